"""Small templates: every operator, filter, test, method and tag, alone and wrong."""

import pathlib

import features

CONTEXT = {
    "s": "Hello, World", "e": "", "u": "Straße Ǆ ΑΣ İ 🙂é", "w": " \t pad\u00a0\n", "n": None, "t": True, "f": False,
    "i": 7, "k": -3, "x": 2.5, "y": 1e22, "l": [3, 1, 2], "m": ["b", "A", "c", "a"], "z": [],
    "d": {"b": 1, "a": [1, {"c": None}], "items": "x", "B": 2.0}, "q": "it's \"q\" \\ \n\u200b",
    "p": [{"name": "Bo", "age": 3, "a": {"b": [1]}}, {"name": "al", "age": 5}, {"name": "Cy", "age": 3}],
    "tree": features.TREE,
}

EXPRESSIONS = (pathlib.Path(__file__).parent / "expressions.txt").read_text().strip("\n").split("\n")

TEMPLATES = [
    "a\n", "a\n\n", "a\r\nb\rc\n", "{{ 1 }}\n", "{{ 1 }}\n\n{{ 2 }}", "  {{ 1 }}  ", "  {% if t %}  \n  x\n  {% endif %}  \n",
    "x  {% if t %}y{% endif %}", "  {%+ if t %}y{% endif %}", "  {%- if t -%}  y  {%- endif -%}  z", "a {{- 1 -}} b",
    "a\n\n{%- if t %}\n\nb{% endif +%}\nc", "{% if t +%}\nx{% endif %}", "{# c #}\nx", "  {# c #}\nx", "a {#- c -#} b",
    "a {#+ c +#}\n b", "{#-#}x", "{{ '{{' }}", "{{ '}}' }}", "{{ {'a': {'b': 1}} }}", "{{ {'a': {'b': 1}}}}",
    "{% raw %}{{ x }}{% endraw %}", "{% raw %}\nx\n{% endraw %}\ny", "a {%- raw -%} {{ }} {%- endraw -%} b",
    "  {% raw %} x {% endraw %}  \n", "{# x", "{{ 1", "{% if t %}", "{% endif %}", "{% nope %}", "{%", "{{",
    "{", "{ {", "}}", "%}", "{{}}", "{% %}", "{{ 1 }", "{{ ) }}", "{{ (] }}", "{{ a $ }}",
    "{% if t: %}x{% endif %}", "{% if f %}a{% elif t %}b{% else %}c{% endif %}", "{% if f %}a{% elif f %}b{% else %}c{% endif %}",
    "{% if f %}a{% endif %}", "{% if missing %}a{% else %}b{% endif %}", "{% if 1 if t else 0 %}x{% endif %}",
    "{% if f %}{{ s|nope }}{% endif %}x", "{% if t %}{{ s|nope }}{% endif %}x", "{{ (s|nope) if f else 'x' }}",
    "{% for a in l %}{{ a }},{% endfor %}", "{% for a in z %}x{% else %}empty{% endfor %}",
    "{% for a in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{{ loop.revindex0 }};{% endfor %}",
    "{% for a in l %}{{ loop.previtem }}<{{ a }}>{{ loop.nextitem }};{% endfor %}",
    "{% for a in l %}{{ loop.cycle('x', 'y') }}{% endfor %}", "{% for a in [1, 1, 2] %}{{ loop.changed(a) }}{% endfor %}",
    "{% for a in l %}{{ loop.depth }}{{ loop.depth0 }}{{ loop.nope }}{% endfor %}", "{% for a in l if a > 1 %}{{ loop.index }}:{{ a }}/{{ loop.length }} {% endfor %}",
    "{% for a in l if a > 9 %}x{% else %}none{% endfor %}", "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in d|dictsort %}{{ k }}{{ loop.index }}{% endfor %}", "{% for k in d %}{{ k }}{% endfor %}",
    "{% for a, (b, c) in [(1, (2, 3))] %}{{ a + b + c }}{% endfor %}", "{% for a, b in [(1, 2, 3)] %}{% endfor %}", "{% for a, b in l %}{% endfor %}",
    "{% for a in s[:3] %}[{{ a }}]{% endfor %}", "{% for a in u %}[{{ a }}]{% endfor %}", "{% for a in 5 %}x{% endfor %}", "{% for a in none %}x{% endfor %}",
    "{% for a in missing %}x{% else %}y{% endfor %}", "{% for a in 1, 2 %}{{ a }}{% endfor %}", "{% for a in range(3) %}{{ a }}{% endfor %}",
    "{% for a in l recursive %}{{ a }}{% endfor %}{{ 1 / 0 }}", "{% for loop in l %}{% endfor %}", "{% for a in l %}{% endfor", "{% for 1 in l %}{% endfor %}",
    "{% for a in l %}{% if a == 1 %}{% break %}{% endif %}{{ a }}{% endfor %}", "{% for a in l %}{% if a == 1 %}{% continue %}{% endif %}{{ a }}{% endfor %}",
    "{% for a in l %}{% break %}{% else %}e{% endfor %}", "{% for a in l %}{% continue %}{% else %}e{% endfor %}", "{% for a in l %}x{% else %}e{% endfor %}",
    "{% for a in l %}{% for b in l %}{% if b == 2 %}{% break %}{% endif %}{{ a }}{{ b }}{{ loop.index }} {% endfor %}{{ loop.index }}{% endfor %}",
    "{% break %}", "{% for a in l %}{% with x = 1 %}{% continue %}{% endwith %}{% endfor %}{{ x }}",
    "{% set a = 1 %}{{ a }}", "{% set a = 1, 2 %}{{ a }}", "{% set a, b = 1, 2 %}{{ a }}{{ b }}", "{% set a, b = l %}", "{% set (a, b) = 'xy' %}{{ b }}{{ a }}",
    "{% set a = 0 %}{% for b in l %}{% set a = a + b %}{{ a }}{% endfor %}{{ a }}", "{% set ns = namespace(a=0) %}{% for b in l %}{% set ns.a = ns.a + b %}{% endfor %}{{ ns.a }}",
    "{% set d.a = 1 %}", "{% set missing.a = 1 %}", "{% set ns = namespace() %}{% set ns.x, y = 1, 2 %}{{ ns.x }}{{ y }}", "{% set ns = namespace() %}{{ ns['x'] }}{% set ns.x = 1 %}{{ ns['x'] }}",
    "{% set true = 1 %}", "{% set a %}x{{ i }}{% endset %}[{{ a }}]", "{% set a | upper | replace('X', 'y') %}x{{ i }}{% endset %}[{{ a }}]",
    "{% set a %}{% set i = 9 %}{{ i }}{% endset %}{{ a }}{{ i }}", "{% if t %}{% set a = 1 %}{% endif %}{{ a }}", "{% for b in l %}{% set a = 1 %}{% endfor %}{{ a is defined }}",
    "{% for b in l %}{{ a }}{% set a = b %}{% endfor %}", "{% set i = i + 1 %}{{ i }}", "{% set a = missing %}{{ a is defined }}",
    "{% macro m(a, b=2, c='x') %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }}|{{ m(1, 3) }}|{{ m(c=5, a=1) }}|{{ m() }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}", "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=2) }}", "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, a=2) }}",
    "{% macro m(a) %}{{ a is defined }}{% endmacro %}{{ m() }}{{ m(none) }}", "{% macro m(a, b=a) %}{{ b }}{% endmacro %}{{ m(4) }}", "{% macro m() %}{{ i }}{% set i = 1 %}{{ i }}{% endmacro %}{{ m() }}{{ i }}",
    "{% macro m(n) %}{{ n }}{% if n > 0 %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(3) }}", "{% macro m() %}x{% endmacro %}{{ m()|upper ~ m() }}", "{{ m() }}{% macro m() %}x{% endmacro %}",
    "{% macro m() %}{{ a }}{% endmacro %}{% set a = 5 %}{{ m() }}", "{% macro m() %}{{ b }}{% endmacro %}{% for b in l %}{{ m() }}{% endfor %}", "{% macro m(a=1, b) %}{% endmacro %}",
    "{%- macro m(x) -%}\n  {{ x }}\n{%- endmacro -%}\n[{{ m(1) }}]", "{% macro m(a) %}{{ a }}{% endmacro %}{{ m([1, 2])|length }}", "{% macro m() %}{% for a in l %}{{ loop.index }}{% endfor %}{% endmacro %}{{ m() }}",
    "{% with %}{% set i = 1 %}{{ i }}{% endwith %}{{ i }}", "{% with a = 1, b = i %}{{ a }}{{ b }}{% endwith %}{{ a }}", "{% with i = 1, b = i %}{{ b }}{% endwith %}",
    "{% filter upper %}a{{ s }}{% endfilter %}", "{% filter replace('a', 'b')|upper %}xaa{% endfilter %}", "{% filter nope %}{% endfilter %}", "{% print 1, s %}", "{% print %}",
    "{% generation %}a{{ s }}{% endgeneration %}b", "{% generation %}\nx\n{% endgeneration %}\n", "{% set i = 1 %}{% generation %}{% set i = 2 %}{{ i }}{% endgeneration %}{{ i }}",
    "{% for a in l %}{% generation %}{{ loop.index }}{{ a }}{% endgeneration %}{% endfor %}", "{% if t %}\n  {% for a in l %}\n    {{ a }}\n  {% endfor %}\n{% endif %}\n",
    "{{ s }}\n{{ s }}\n", "{%- set a = 1 -%}\n\n {{ a }} \n", "{% set a = [] %}{% for b in l %}{% set a = a + [b] %}{% endfor %}{{ a }}", "{{ l.append(1) }}", "{{ d.update(a=1) }}", "{{ d.__class__() }}",
    "{% if l is defined and l|length > 2 and l[0] == 3 %}y{% endif %}", "{{- '\\n' -}}", "{{ 'a' -}}\n\n  b", "{%- for a in l -%}\n {{ a }} \n{%- endfor -%}", "{% for a in l -%}\n {{ a }}\n{%- endfor %}\n!",
    "\n\n{% if t %}x{% endif %}\n\n", " {% if t %}\n {% if t %}\n x\n {% endif %}\n {% endif %}\n", "{%if t%}x{%endif%}", "{%if t-%} x {%-endif%}", "{{s}}{{i}}",
    "{% set x = 'a' if f %}{{ x is defined }}{{ x }}", "{% for m in p if m.age == 3 %}{{ m.name }}{% if not loop.last %}, {% endif %}{% endfor %}", "{% for m in p|selectattr('age', 'eq', 3) %}{{ loop.last }}{% endfor %}",
    "{% for a in l|reverse %}{{ a }}{{ loop.length }}{% endfor %}", "{% for a in p|map(attribute='name') %}{{ a }}{{ loop.last }}{% endfor %}", "{% for a in l|batch(2) %}{{ a }}{% endfor %}",
    "{% set first = (p|first).name %}{{ first }}", "{% include 'x' %}", "{% extends 'x' %}", "{% import 'x' as y %}", "{{ raise_exception() }}", "{% set a.b.c = 1 %}",
    "{% for a in l %}{% for a in [7, 8] %}{{ a }}{% endfor %}{{ a }}{% endfor %}", "{% for a in l %}{% else %}{{ loop }}{% endfor %}", "{% for a in [] %}{% else %}{% set q = 1 %}{% endfor %}{{ q == 1 }}",
]


def cases():
    """Template, name of the context, context."""
    for expression in EXPRESSIONS + features.EXPRESSIONS:
        yield "{{ " + expression + " }}", "all", CONTEXT
    for template in TEMPLATES + features.TEMPLATES + list(features.formats()):
        yield template, "all", CONTEXT
