"""Writes random templates with what Jinja2 makes of them, in the form of expectations.json: for comparing by hand.

    python make_random.py COUNT SEED > random.json
"""

import copy
import json
import random
import sys

import features
from cases import CONTEXT
from cases import EXPRESSIONS as PLAIN
from cases import TEMPLATES as BLOCKS
from environment import environment, render

EXPRESSIONS = PLAIN + features.EXPRESSIONS
TEMPLATES = BLOCKS + features.TEMPLATES
LINKS = [" + ", " ~ ", " == ", " < ", " in ", " and ", " or ", " * ", " % ", " // ", " - ", " not in ", " >= "]
SUFFIXES = ["|upper", "|tojson", "|list", "|sort", "|length", "|string", "|int", "|first", "|join('-')", "|trim",
            "[1:]", "[::-1]", "[0]", "[-1]", "|default('z')", "|title", "|float", " is string", " is odd", ".a",
            "|indent", "|replace('a', 'b')", "|round(1)", "|sum", "|max", "|unique|list", "|capitalize", "|last", "|safe",
            "|e", "|wordwrap(5)", "|pprint", "|urlencode", "|groupby(0)", "|striptags", "|int(0, 16)", ".casefold()",
            ".find('a', 1)", ".split()", "|attr('count')", "|string|length", "|format(1, 'a')", " is escaped", "|forceescape"]


def expression(rng):
    if rng.random() < 0.1:
        return "'{:%s}'.format(%s)" % (rng.choice(features.SPECS), rng.choice(PLAIN))
    text = rng.choice(EXPRESSIONS)
    for _ in range(rng.randrange(3)):
        suffix = rng.choice(SUFFIXES) if rng.random() < 0.6 else rng.choice(LINKS) + f"({rng.choice(EXPRESSIONS)})"
        text = f"({text}){suffix}"
    return text


def template(rng):
    a, b = expression(rng), expression(rng)
    return rng.choice([
        "{{ %s }}" % a, "{%% for v in %s if v %%}{{ v }}{{ loop.last }},{%% else %%}-{%% endfor %%}" % a,
        "{%% set v = %s %%} {%%- if v %%}{{ v }}{%% endif %%}" % a, rng.choice(TEMPLATES) + rng.choice(TEMPLATES),
        "{{ (%s) if (%s) else 'no' }}" % (a, b),
        "{%% macro m(a, b=%s) %%}{{ a }}{{ b }}{{ varargs }}{{ kwargs }}{%% endmacro %%}{{ m(%s) }}" % (a, b),
        "{%% macro m(a) %%}{{ caller(a, %s) }}{%% endmacro %%}{%% call(x, y=1) m(%s) %%}{{ x }}{{ y }}{%% endcall %%}" % (a, b),
        "{%% for v in %s recursive %%}{{ loop.depth }}{{ v }}{%% if loop.depth < 3 %%}{{ loop(%s) }}{%% endif %%}{%% endfor %%}" % (a, b)])


def main():
    rng = random.Random(int(sys.argv[2]))
    env = environment()
    cases = []
    for _ in range(int(sys.argv[1])):
        source = template(rng)
        text = render(env, source, copy.deepcopy(CONTEXT))
        # Some filters change lists in place. What Python prints with an address is refused on purpose.
        if text is None or (" at 0x" not in text and len(text) < 10000):
            cases.append([source, "all", text])
    json.dump({"cases": cases, "contexts": {"all": CONTEXT}, "rendered": []}, sys.stdout, ensure_ascii=False)


main()
