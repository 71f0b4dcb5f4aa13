"""Small templates for formats, escaped text, macros, recursive loops, and the rarer filters and methods."""

SPECS = """
5 <5 >5 ^5 *^7 x=8 =6 05 +5 -5 +05 , _ 12, 012, 08, 010_ .0 .1 .2 .3f .0f 8.2f +.1f e .2e E .0e g .3g G .10g % .1% 10.1%
d 5d +d x X #x #o #b b o c n _x _b 08_b #010x s 5s .2s >5s 05s .3 8.3 ~<9 é^5 <<4 z.1f #g #.3g #.0f ,.2f ,d _d ,x ,s
1 01 00 .  0 = += 5.5.5 abc 1000000000000 {:5} 3.d q +s =s #s ,_ _, ^ * 5! 020,.3f
""".split()
VALUES = ["42", "-7", "0", "1234567", "3.14159", "-0.05", "1e22", "1.5e-7", "0.0", "'ab'", "true", "none", "1234.5", "'ü🙂é'"]

PERCENT = """
%5d %-5d| %05d %+d %x %#x %X %#o %o %e %.2E %g %.3g %G %#g %f %.1f %10.2f %-10.2f| %s %5s %-5s| %.2s %r %a %c %i %u %%
%ld %5% %.3d %.0f %q %+.1e %06.2f % d %#.0f
""".split()

EXPRESSIONS = [
    # str.format
    "'{:>4}'.format(5)", "'{:>4}{:<4}|'.format('a', 'b')", "'{0}{1}{0}'.format(1, 2)", "'{} {a}'.format(1, a=2)",
    "'{0} {}'.format(1, 2)", "'{} {0}'.format(1, 2)", "'{'.format()", "'}'.format()", "'{{}}'.format()", "'{{{}}}'.format(1)",
    "'{a.b}'.format(a={'b': 3})", "'{a[b]}'.format(a={'b': 3})", "'{0[1]}'.format([5, 6])", "'{0[x]}'.format([5])",
    "'{0.nope}'.format(1)", "'{!r}'.format('x')", "'{!s:>4}'.format('x')", "'{!a}'.format('é')", "'{!x}'.format(1)",
    "'{!r:5}|'.format('x')", "'{:{}}|'.format('a', 5)", "'{:{w}.{p}f}'.format(3.14159, w=8, p=2)", "'{:{:{}}}'.format(1, 2, 3)",
    "'{0:{1}}|{0}'.format('a', 4)", "'{}'.format()", "'{a}'.format()", "'{} {}'.format(1)", "'{}'.format(1, 2)",
    "'{}'.format([1, 'a'])", "'{:5}'.format([1])", "'{:5}'.format(none)", "'{}'.format(none)", "'{}'.format(missing)",
    "'{:3}'.format(missing)", "'{p[0][name]}'.format(p=p)", "'{0[a][1][c]}'.format(d)", "'{:d}'.format('x')", "'{:d}'.format(1.5)",
    "'{a}{b}'.format_map({'a': 1, 'b': 2})", "'{a}'.format_map({})", "'{}'.format_map([1])", "'{:%}'.format(0.5)",
    "'{:,}'.format(1234567.891)", "'{:_}'.format(1234567)", "'{:c}'.format(65)", "'{:c}'.format(-1)",
    "'{:08.3f}'.format(-3.14159)", "'{:+}'.format(0)", "'{:e}'.format(0)", "'{:g}'.format(1000000)", "'{:g}'.format(0.00001)",
    "'{:.3}'.format('abcdef')", "'{:.2}'.format(1.0)", "'{:.17g}'.format(0.1)", "'{:.20f}'.format(0.1)", "'{:f}'.format(1e15)",
    "'{:.3%}'.format(1)", "'{:5}|{:<5}|{:^5}|'.format(true, 1, 2.5)", "'{a!r:>5}'.format(a='x')", "'{:'.format(1)", "'{!}'.format(1)",
    "'{!r'.format(1)", "'{a[}'.format(a=1)", "'{a[0]x}'.format(a=[1])", "'{a..b}'.format(a=1)", "'{:}}'.format(1)", "'{:x^{w}}'.format('a', w=3)",
    # The format filter, and % with stars and names
    "'%s-%s'|format(1, 2)", "'%(a)s'|format(a=5)", "'%s'|format(1, a=2)", "'%*d|' % (5, 3)", "'%-*d|' % (5, 3)", "'%.*f' % (2, 3.14159)",
    "'%*d' % (-5, 3)", "'%(a)5s|%(b)r' % {'a': 1, 'b': 'x'}", "'%c%c' % (65, 'B')", "'%c' % 'ab'", "'%c' % 1.5", "'%x' % -255", "'%#X' % 255",
    "'%e' % 12345.678", "'%g' % 1e-5", "'%a' % 'é'", "'%(a' % {}", "'%' % 1", "'%d' % 1e30", "'%s' % ('a'|safe)",
    # Escaped text
    "('a'|safe) + 'b'", "('<'|safe) + '<'", "'<' + ('<'|safe)", "('<b>'|escape) + '<'", "('a'|safe) ~ '<'", "'<'|e|e", "'<'|e|forceescape",
    "('a'|safe) * 2", "2 * ('a'|safe)", "('<%s>'|safe) % '<'", "('%s'|safe) % ('<'|safe)", "('%s%d'|safe) % ('<', 3)", "('%(a)s'|safe) % {'a': '<'}",
    "('{}'|safe).format('<')", "('{:>3}'|safe).format('<')", "('{a}'|safe).format_map({'a': '&'})", "('a,b'|safe).split(',')",
    "('a,b'|safe)|upper", "('aB'|safe).lower() + '<'", "['<'|safe]", "('<'|safe)|tojson", "('ab'|safe)[0] + '<'", "('ab'|safe)[1:]",
    "('abc'|safe)|reverse", "('abc'|safe)|first", "('abc'|safe)|last", "('a b'|safe)|title", "('a'|safe)|string + '<'", "('a'|safe) == 'a'",
    "'a' in ('abc'|safe)", "('a'|safe) in 'abc'", "('b'|safe) > 'a'", "{'a': 1}['a'|safe]", "('<'|safe).join(['<', '&'|safe, 1])", "('x'|safe)|join('<')",
    "['a', '<'|safe]|join('&')", "('a<b'|safe).replace('<', '>')", "('a<b'|safe)|replace('<', '>')", "('a'|safe).center(5, '*')", "('a'|safe).ljust(3, '<')",
    "('a-b'|safe).partition('-')", "('<b>x</b> y&amp;z'|safe).striptags()", "('&lt;'|safe).unescape()", "('  a '|safe)|trim ~ '|'", "('a\nb'|safe)|indent",
    "('abcdef ghi jkl mno'|safe)|truncate(9, end='<', leeway=0)", "('a'|safe) is string", "('a'|safe) is escaped", "('a'|safe)|length", "('a'|safe)|list",
    "('12'|safe)|int", "('1.5'|safe)|float", "('a'|safe).startswith('a')", "('a'|safe)|default('x')", "''|safe or 'empty'", "('a'|safe) + 1", "('a'|safe)|sort",
    "('b'|safe, 'a')|sort", "('A'|safe, 'b')|min", "'%s' % ('<'|e)", "'{}'.format('<'|e)", "('a' ~ ('<'|e)) + '<'", "s|e|length", "(s|safe).count('l')",
    "('ab'|safe).upper().lower() + '&'", "('a'|safe).zfill(3)", "('ab'|safe).removeprefix('a') + '<'", "('a\tb'|safe).expandtabs(4)", "('aXb'|safe).swapcase()",
    # Filters
    "p|groupby('age')|length", "(p|groupby('age')|first).grouper", "(p|groupby('age'))[0].list|map(attribute='name')|join(',')", "p|groupby('age')|list|string|length",
    "p|groupby('nope', default=1)", "p|groupby('nope')", "m|groupby(0)", "['a', 'B', 'A', 'b']|groupby(0)", "['a', 'B', 'A', 'b']|groupby(0, case_sensitive=true)", "p|groupby('a.b', default='x')",
    "z|groupby('x')", "missing|groupby('x')", "5|groupby('x')", "p|groupby", "[{'a': 1}, {'a': 'x'}]|groupby('a')",
    "'the quick brown fox jumps over the lazy dog'|wordwrap(10)", "'abcdefghij klm'|wordwrap(4)", "'abcdefghij klm'|wordwrap(4, false)", "'a-b cd-ef-ghi'|wordwrap(5)",
    "'ab-cd ef-ghi'|wordwrap(4, break_on_hyphens=false)", "'one two\n\nthree four five'|wordwrap(8)", "'one two three'|wordwrap(4, wrapstring='|')", "'a  b   c'|wordwrap(3)", "'   lead'|wordwrap(5)",
    "''|wordwrap(5)", "'abc'|wordwrap(0)", "'abc'|wordwrap(-1)", "''|wordwrap(0)", "'foo--bar baz--qux'|wordwrap(6)", "'well-known x-ray e-mail co-op-er-a-tion'|wordwrap(7)", "u|wordwrap(4)", "5|wordwrap",
    "'--- ---- a---b'|wordwrap(3)", "'a\tb\tcdef'|wordwrap(4)", "'tail   '|wordwrap(4)", "'word word'|wordwrap(79)", "'-a- -bb-cc-'|wordwrap(3)", "'aaa-bbb'|wordwrap(6)", "'aaa-bbb'|wordwrap(3)", "'a\u00a0b c'|wordwrap(2)",
    "d|pprint", "l|pprint", "s|pprint", "1|pprint", "none|pprint", "p|pprint", "(p + p + p)|pprint", "{'b': 1, 'a': [1, 2]}|pprint", "('word ' * 30)|pprint", "['word ' * 30]|pprint", "{'key': 'word ' * 30}|pprint",
    "('x' * 100)|pprint", "('line\n' * 5)|pprint", "('line with words\n' * 10)|pprint", "[('ab ' * 30, 1)]|pprint", "[[1, 2, 3] * 20]|pprint", "{'a': {'b': {'c': ['x' * 30, 'y' * 30, 'z' * 30]}}}|pprint", "()|pprint", "(1,)|pprint", "(('x' * 90),)|pprint",
    "('é🙂 ' * 40)|pprint", "[1.5, true, none, 'a', (1, 2)] * 6|pprint", "([1.5, true, none, 'a', (1, 2)] * 6)|pprint", "range(100)|list|pprint", "(range(100)|list)|pprint", "missing|pprint", "(' lead ' * 20)|pprint", "{1: 2, 0: 3}|pprint",
    "'a b/c?d=é&'|urlencode", "{'a b': 'c/d', 'é': 1}|urlencode", "[('a', 1), ('b', '/')]|urlencode", "5|urlencode", "[1]|urlencode", "none|urlencode", "''|urlencode", "'~_-.'|urlencode", "missing|urlencode", "['ab', 'cd']|urlencode", "true|urlencode",
    "'ff'|int(0, 16)", "'0x1F'|int(base=16)", "'0b101'|int(base=2)", "'0o17'|int(base=8)", "'z'|int(base=36)", "'12'|int(base=3)", "'19'|int(base=8)", "'0x1F'|int(base=0)", "'012'|int(base=0)", "'00'|int(base=0)", "'10'|int(base=1)", "'10'|int(base=37)", "'-0x1f'|int(0, 16)",
    "'1_0'|int(base=16)", "'0x_f'|int(base=16)", "'0x'|int(7, 16)", "'12.7'|int(base=16)", "15|int(base=16)", "'0b1'|int(base=16)", "' 7f '|int(0, 16)", "'x'|int(-1, 16)", "'1e3'|int",
    "d|attr('b')", "d|attr('nope')", "s|attr('upper')()", "l|attr('nope')", "(l|attr('count'))(1)", "s|attr('x') is defined", "d|attr('get')('b')", "s|attr", "m|map('attr', 'upper')|list|length",
    "1000|filesizeformat", "1|filesizeformat", "0|filesizeformat", "999|filesizeformat", "123456789|filesizeformat", "1024|filesizeformat(true)", "1536|filesizeformat(binary=true)", "1e25|filesizeformat", "1e30|filesizeformat", "'1000'|filesizeformat", "-5|filesizeformat", "'x'|filesizeformat",
    "1.5|filesizeformat", "1048576|filesizeformat(true)", "1e15|filesizeformat",
    "'<b>a</b>  c'|striptags", "'a<!-- x -->b'|striptags", "'&lt;b&gt; &#65;&#x42;'|striptags", "'a < b > c'|striptags", "'a & b'|striptags", "''|striptags", "5|striptags",
    "{'a': 1, 'b': none, 'c': '<'}|xmlattr", "{'a': 1}|xmlattr(false)", "{'a b': 1}|xmlattr", "{'a>': 1}|xmlattr", "{}|xmlattr", "[1]|xmlattr", "{'a': missing, 'b': '\"'}|xmlattr", "'<a>'|forceescape", "5|forceescape",
    # Methods
    "'Straße ΑΣ İ ı ſ ŉ Ꭰ ꭰ'.casefold()", "u.casefold()", "'a\tb\tc'.expandtabs()", "'a\tb'.expandtabs(4)", "'ab\tc\n\td'.expandtabs(3)", "'a\tb'.expandtabs(0)", "'ab'.isascii()", "u.isascii()", "''.isascii()", "'a1_'.isidentifier()", "'1a'.isidentifier()", "''.isidentifier()",
    "'½²३'.isnumeric()", "'a'.isnumeric()", "''.isnumeric()", "'a b'.isprintable()", "'a\n'.isprintable()", "''.isprintable()", "'Ab Cd'.istitle()", "'ab'.istitle()", "'AB'.istitle()", "'A1b'.istitle()", "'A1B'.istitle()", "''.istitle()", "'They\\'re'.istitle()",
    "s.find('o', 5)", "s.find('o', 5, 7)", "s.find('o', -4)", "s.rfind('o', 0, 6)", "s.index('o', 5)", "s.index('H', 1)", "s.count('l', 3)", "s.count('l', 3, 5)", "s.count('', 3)", "s.count('', 99)", "s.find('', 12)", "s.find('', 13)", "s.find('', 5, 3)", "s.startswith('W', 7)", "s.startswith('W', -5)",
    "s.endswith('o', 0, 5)", "s.startswith('', 99)", "s.startswith('', 12)", "s.endswith(('x', 'ld'), 3)", "u.find('é', 3)", "u.rfind('a', 1, none)", "s.find('o', none, 5)", "s.find('o', 'a')",
    "l.copy()", "d.copy() == d", "l.index(2)", "l.index(2, 1)", "l.index(3, 1)", "l.index(3, -3)", "l.count(9)", "(1, 2, 1).count(1)", "(1, 2).index(2)", "(1, 2).copy()", "{}.fromkeys(['a', 'b'], 0)", "{}.fromkeys('ab')", "{}.fromkeys(5)",
    "range(2, 9, 3).start", "range(2, 9, 3).stop", "range(5).step", "range(9).count(3)", "range(9).index(3)", "range(3).index(9)", "(5).bit_length()", "(-5).bit_length()", "(0).bit_length()", "(7).bit_count()", "(2.0).is_integer()", "(2.5).is_integer()", "(3).real", "(3).imag", "(3).numerator", "(3).denominator", "(2.5).real", "(2.5).imag", "(true).numerator",
    "(3).conjugate()", "(2.5).conjugate()", "(3).nope", "(3).is_integer is defined", "x.is_integer()", "d['a', 1]", "{(1, 2): 'x'}[1, 2]", "l[0, 1]", "l[1,]",
    # Arguments that are unpacked
    "range(*[2, 5])|list", "dict(**{'a': 1})", "dict(b=2, **{'a': 1})", "dict(a=2, **{'a': 1})", "'{}{}'.format(*[1, 2])", "'{a}'.format(**{'a': 1})", "'{}{a}'.format(*[1], a=2)", "'{}{a}'.format(a=2, *[1])", "range(*5)", "range(**1)", "range(*[1], *[2])", "dict(**{1: 2})",
    "'a,b'.split(*[','])", "l|join(*['-'])", "s|replace(*['l', 'L'])", "4 is divisibleby(*[2])", "dict(**missing)", "range(*missing)",
    # Functions
    "cycler('a', 'b').next()", "cycler()", "cycler('a').current", "cycler(1, 2).items", "cycler(1, 2).pos", "cycler(1).nope", "cycler(a=1)", "joiner()()", "joiner('x')(1)", "joiner('x') is callable", "cycler(1) is callable", "joiner(a=1)",
    "caller is defined", "varargs", "kwargs|length", "caller()",
]

TEMPLATES = [
    # Macros anywhere
    "{% for a in l %}{% macro m(x) %}<{{ x }}{{ a }}>{% endmacro %}{{ m(1) }}{% endfor %}", "{% for a in l %}{% macro m() %}{{ loop.index }}{% endmacro %}{{ m() }}{% endfor %}{{ m is defined }}",
    "{% macro o(a) %}{% macro i(b) %}{{ a }}{{ b }}{% endmacro %}{{ i(2) }}{{ i(3) }}{% endmacro %}{{ o(1) }}", "{% macro o(a) %}{% macro i() %}{{ a }}{% set a = 9 %}{{ a }}{% endmacro %}{{ i() }}{{ a }}{% endmacro %}{{ o(1) }}",
    "{% for a in l %}{% if a > 1 %}{% macro m() %}{{ a }}{% endmacro %}{{ m() }}{% endif %}{% endfor %}", "{% with v = 5 %}{% macro m() %}{{ v }}{% endmacro %}{{ m() }}{% endwith %}{{ m is defined }}",
    "{% set b %}{% macro m() %}x{% endmacro %}{{ m() }}{% endset %}{{ b }}", "{% for a in l %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}",
    "{% macro f(n) %}{{ n }}{% if n > 0 %}{% macro g(k) %}-{{ f(k) }}{% endmacro %}{{ g(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}", "{% macro m(a) %}{{ a }}{% endmacro %}{{ m.name }}{{ m.arguments }}{{ m.catch_kwargs }}{{ m.catch_varargs }}{{ m.caller }}{{ m.nope }}",
    "{% macro m() %}{{ varargs }}{{ kwargs }}{{ caller is defined }}{% endmacro %}{{ m.catch_kwargs }}{{ m.catch_varargs }}{{ m.caller }}", "{% set ns = namespace() %}{% for a in l %}{% macro m() %}{{ a }}{% endmacro %}{% set ns.m = m %}{{ ns.m() }}{% endfor %}",
    "{% macro m() %}{{ m2() }}{% endmacro %}{% macro m2() %}z{% endmacro %}{{ m() }}", "{% macro a() %}{% set q = 1 %}{{ b() }}{% endmacro %}{% macro b() %}{{ q is defined }}{% endmacro %}{{ a() }}",
    # varargs, kwargs
    "{% macro m(a) %}{{ a }}{{ varargs }}{% endmacro %}{{ m(1, 2, 3) }}{{ m(1) }}{{ m() }}", "{% macro m(a) %}{{ a }}{{ kwargs }}{% endmacro %}{{ m(1, b=2) }}{{ m(a=1) }}{{ m(1, a=3) }}",
    "{% macro m() %}{% for k, v in kwargs.items() %}{{ k }}={{ v }},{% endfor %}{{ varargs|join('-') }}{% endmacro %}{{ m(1, 2, x=3, y=4) }}", "{% macro m(a, b=2) %}{{ a }}{{ b }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(*[1, 5, 6], **{'c': 3}) }}",
    "{% macro i(a, b) %}{{ a }}+{{ b }}{% endmacro %}{% macro m() %}{{ i(*varargs, **kwargs) }}{% endmacro %}{{ m(1, 2) }}{{ m(1, b=3) }}{{ m(a=1, b=4) }}", "{% macro m(varargs) %}{{ varargs }}{% endmacro %}{{ m(1) }}{{ m(1, 2) }}", "{% macro m(kwargs=1) %}{{ kwargs }}{% endmacro %}{{ m() }}{{ m(kwargs=3) }}",
    "{% macro m() %}{% set varargs = 5 %}{{ varargs }}{% endmacro %}{{ m() }}", "{% macro m() %}{% set varargs = 5 %}{{ varargs }}{% endmacro %}{{ m(1) }}", "{% macro m() %}{% for varargs in l %}{{ varargs }}{% endfor %}{% endmacro %}{{ m() }}", "{% macro m() %}x{% endmacro %}{{ m(a=1) }}", "{% macro m() %}{{ kwargs.a }}{% endmacro %}{{ m(a=1) }}{{ m() }}|",
    "{% macro m(a, b='x', c=varargs) %}{{ c is defined }}{% endmacro %}{{ m(1) }}", "{% set varargs = 7 %}{{ varargs }}{% macro m() %}{{ varargs }}{% endmacro %}{{ m(1) }}",
    # call
    "{% macro m() %}[{{ caller() }}]{% endmacro %}{% call m() %}x{{ i }}{% endcall %}", "{% macro m(a) %}{% for v in a %}{{ caller(v) }};{% endfor %}{% endmacro %}{% call(v) m(l) %}<{{ v }}>{% endcall %}",
    "{% macro m() %}{{ caller(1) }}{{ caller(1, 2) }}{% endmacro %}{% call(a, b='d') m() %}{{ a }}{{ b }},{% endcall %}", "{% macro m() %}{{ caller() }}{% endmacro %}{{ m() }}", "{% macro m() %}x{% endmacro %}{% call m() %}y{% endcall %}",
    "{% macro m() %}{% if caller %}{{ caller() }}{% else %}none{% endif %}{% endmacro %}{{ m() }}{% call m() %}c{% endcall %}", "{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}{% call m() %}c{% endcall %}", "{% call 5 %}x{% endcall %}", "{% call m %}x{% endcall %}", "{% call m()|upper %}x{% endcall %}",
    "{% macro m() %}{{ caller() }}{% endmacro %}{% call 1 or m() %}x{% endcall %}", "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() if t else m() %}x{% endcall %}", "{% call missing() %}x{% endcall %}", "{% call s.upper() %}x{% endcall %}", "{% call dict(a=1) %}x{% endcall %}", "{% call joiner('x') %}y{% endcall %}",
    "{% macro a() %}<{{ caller() }}>{% endmacro %}{% macro b() %}({% call a() %}in{% endcall %}){% endmacro %}{{ b() }}", "{% macro a() %}<{{ caller() }}>{% endmacro %}{% macro b() %}{% call a() %}{{ caller() }}{% endcall %}{% endmacro %}{% call b() %}x{% endcall %}", "{% macro a() %}<{{ caller() }}>{% endmacro %}{% macro b() %}{% set c = caller %}{% call a() %}{{ c() }}{% endcall %}{% endmacro %}{% call b() %}x{% endcall %}",
    "{% macro m() %}{{ caller() }}{{ caller() }}{% endmacro %}{% for a in l %}{% call m() %}{{ a }}{{ loop.index }}{% endcall %}{% endfor %}", "{% macro m() %}{{ caller()|upper }}{% endmacro %}{% call m() %}\n  x\n{% endcall %}\ny", "{% macro m(*a) %}{% endmacro %}", "{% call(a, a) m() %}{% endcall %}", "{% macro m() %}{{ caller() }}{% endmacro %}{% call(x) m() %}{{ x is defined }}{% endcall %}",
    "{% macro m() %}{{ caller(varargs) }}{% endmacro %}{% call(x) m(1, 2) %}{{ x }}{% endcall %}", "{% macro m() %}{{ caller(1, 2) }}{% endmacro %}{% call m() %}{{ varargs }}{% endcall %}", "{% macro m() %}{{ caller(a=1) }}{% endmacro %}{% call m() %}{{ kwargs }}{% endcall %}", "{% macro m(caller) %}{{ caller }}{% endmacro %}{{ m(1) }}", "{% macro m(caller=none) %}{{ caller }}{% endmacro %}{{ m(1) }}{{ m() }}", "{% macro m(caller) %}x{% endmacro %}{{ m(1) }}",
    "{% macro m(caller=none) %}{{ caller() }}{% endmacro %}{% call m() %}x{% endcall %}", "{% macro m(a) %}{{ a }}{{ caller() }}{% endmacro %}{% call m(*[1]) %}x{% endcall %}", "{% macro m(a) %}{{ a }}{{ caller() }}{% endmacro %}{% call m(**{'a': 1}) %}x{% endcall %}", "{% macro m(a) %}{{ caller() }}{% endmacro %}{% call m(caller=1) %}x{% endcall %}", "{% macro m() %}{{ kwargs }}{% endmacro %}{% call m() %}x{% endcall %}{{ 1 / 0 }}", "{% macro m() %}{{ caller.name }}{{ caller.arguments }}{% endmacro %}{% call(q) m() %}x{% endcall %}",
    "{% for a in l %}{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{% break %}{% endcall %}{% endfor %}", "{% macro m() %}{% set i = 3 %}{{ caller() }}{% endmacro %}{% call m() %}{{ i }}{% endcall %}", "{% macro m() %}{{ caller() }}{% endmacro %}{% set q = 1 %}{% call m() %}{% set q = 2 %}{{ q }}{% endcall %}{{ q }}", "{% set x %}{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}a{% endcall %}{% endset %}{{ x }}", "{% macro m() %}{{ caller() }}{% endmacro %}{% filter upper %}{% call m() %}a{% endcall %}{% endfilter %}",
    # Recursive loops
    "{% for n in tree recursive %}<{{ n.name }}{% if n.sub %}{{ loop(n.sub) }}{% endif %}>{% endfor %}", "{% for n in tree recursive %}{{ loop.depth }}{{ loop.depth0 }}{{ loop.index }}{{ loop.length }}{{ loop(n.sub) }};{% endfor %}", "{% for n in tree if n.name != 'b' recursive %}{{ n.name }}{{ loop(n.sub) }}{% endfor %}", "{% for n in tree recursive %}{{ n.name }}{{ loop(n.sub) }}{% else %}-{% endfor %}",
    "{% for n in tree recursive %}{{ loop.first }}{{ loop.last }}{% set r = loop(n.sub) %}[{{ r|trim|length }}]{% endfor %}", "{% for n in l recursive %}{{ n }}{% endfor %}", "{% for n in l %}{{ loop(l) }}{% endfor %}", "{% for n in l recursive %}{{ loop() }}{% endfor %}", "{% for n in l recursive %}{{ loop(n) }}{% endfor %}", "{% for n in [1, [2, [3, 4]], 5] recursive %}{% if n is number %}{{ n }}{% else %}({{ loop(n) }}){% endif %}{% endfor %}",
    "{% for n in [1, [2, 9, [3, 4]], 5] recursive %}{% if n == 9 %}{% continue %}{% endif %}{% if n == 3 %}{% break %}{% endif %}{% if n is number %}{{ n }}{% else %}({{ loop(n) }}){% endif %}{% endfor %}", "{% for n in tree recursive %}{% for s in n.sub %}{{ loop.index }}{{ s.name }}{% endfor %}{{ loop(n.sub) }}{% endfor %}", "{% for n in tree recursive %}{{ n.name }}{% set o = loop %}{% for s in n.sub %}{{ o([s]) }}{% endfor %}{% endfor %}",
    "{% set x = 'o' %}{% for n in tree recursive %}{{ x }}{% set x = n.name %}{{ x }}{{ loop(n.sub) }}{% endfor %}{{ x }}", "{% macro m(t) %}{% for n in t recursive %}{{ n.name }}{{ loop(n.sub) }}{% endfor %}{% endmacro %}{{ m(tree) }}", "{% for a in l %}{% for n in tree recursive %}{{ a }}{{ n.name }}{{ loop(n.sub) }}{% endfor %},{% endfor %}", "{% for n in tree recursive -%}\n  {{ n.name }}\n  {{- loop(n.sub) }}\n{% endfor %}\n", "{% for n in tree recursive %}{{ loop(n.sub)|upper }}{{ n.name }}{% endfor %}",
    "{% for n in missing recursive %}x{% else %}y{% endfor %}", "{% for a in l %}{% for n in [] recursive %}{% else %}{% break %}{% endfor %}{% endfor %}", "{% for n in tree recursive %}{{ loop.previtem.name }}{{ loop.nextitem.name }}{{ loop(n.sub) }}{% endfor %}", "{% for n in tree recursive %}{{ loop.cycle('a', 'b') }}{{ loop.changed(n.name) }}{{ loop(n.sub) }}{% endfor %}", "{% for n in tree recursive %}{{ loop is callable }}{{ loop(n.sub) }}{% endfor %}", "{% for k, v in {'a': {'b': {}}}.items() recursive %}{{ k }}({{ loop(v.items()) }}){% endfor %}",
    # Cyclers and joiners
    "{% set c = cycler('a', 'b', 'c') %}{% for v in l %}{{ c.next() }}{{ c.current }}{{ c.pos }}{% endfor %}{% set _ = c.reset() %}{{ c.next() }}{{ c.reset() }}", "{% set j = joiner() %}{% for v in l %}{{ j() }}{{ v }}{% endfor %}", "{% set j = joiner(' | ') %}{{ j() }}a{{ j() }}b{% for v in l %}{{ j() }}{{ v }}{% endfor %}", "{% set c = cycler(1) %}{{ c.next() }}{{ c.next(2) }}", "{% set j = joiner(5) %}{{ j() }}{{ j() + 1 }}", "{% set a = cycler(1, 2) %}{% set b = cycler(1, 2) %}{{ a.next() }}{{ b.next() }}{{ a.next() }}{{ a == b }}{{ a == a }}",
    # groupby in loops, escaped text in blocks
    "{% for age, people in p|groupby('age') %}{{ age }}:{% for q in people %}{{ q.name }}{% endfor %};{% endfor %}", "{% for g in p|groupby('age') %}{{ g.grouper }}{{ g.list|length }}{{ g[0] }}{{ g|length }};{% endfor %}", "{% for g in p|groupby('name') %}{{ g.nope is defined }}{% endfor %}", "{% set x = '<'|e %}{{ x + '<' }}{% set y %}{{ x }}<{% endset %}{{ y + '<' }}", "{% macro m() %}<{% endmacro %}{{ m() + ('<'|safe) }}", "{% filter escape %}<{{ s }}>{% endfilter %}",
    # call within macros as models use them
    "{%- macro render(t, level=0) %}{% for k, v in t.items() %}{{ '  ' * level ~ k }}:{% if v is mapping %}\n{{ render(v, level + 1) }}{% else %} {{ v }}\n{% endif %}{% endfor %}{% endmacro -%}\n{{ render({'a': {'b': 1, 'c': {'d': 'x'}}, 'e': 2}) }}", "{% macro tag(name) %}<{{ name }}{% for k, v in kwargs|dictsort %} {{ k }}=\"{{ v }}\"{% endfor %}>{{ caller() if caller }}</{{ name }}>{% endmacro %}{% call tag('p', id=1) %}a{{ tag('b') }}{% endcall %}",
]

TREE = [{"name": "a", "sub": [{"name": "b", "sub": [{"name": "c", "sub": []}]}, {"name": "d", "sub": []}]}, {"name": "e", "sub": []}]


def formats():
    for spec in SPECS:
        for value in VALUES:
            yield "{{ '{:%s}'.format(%s) }}" % (spec, value)
    for conversion in PERCENT:
        for value in VALUES:
            yield "{{ '%s' %% %s }}" % (conversion, value)
