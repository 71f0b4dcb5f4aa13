#!/usr/bin/env node
// Writes `patterns.tsv`: patterns, and which texts a JavaScript engine finds them in. `PatternTests` reads it.
//
//     node check_patterns.mjs > patterns.tsv
//
// Each line is a pattern, the texts that it is found in, and texts that it is not found in, as JSON, with a tab between.
const fixed = [
    "^$", "", "a", "^a", "a$", "^a$", "^$|^https?://.+$", "(^a$)|(^b$)", "^(a|b)$", "^a|b$", "a|^b|c$", "(a|^)b", "x(^a)",
    "(a$)b", "^(^(^a))$", "^a$$", "^C:\\\\$", "^\\$\\^$", "a\\$", "^[a-z]*$", "^[a-z]+$", "^[a-z]{2,4}$", "^.{2}$", "^.$",
    "^[^]$", "[]", "^[]*$", "^[^a]$", "^[^\\d]$", "^[\\w.-]+@[\\w-]+\\.[a-z]{2,}$", "\\d{3}", "^\\D*$", "^\\w\\W$", "^\\s$",
    "^\\S$", "\\s\\S", "^\\t\\n\\v\\f\\r\\0$", "^\\x41\\u0042\\u{43}\\u{1F600}$", "^\\uD83D\\uDE00$", "^\\cJ$", "^[\\b]$", "^[\\x00-\\x1f]+$",
    "^[a\\-z]+$", "^[-a]+$", "^[a-]+$", "^[\\]]$", "^[\\^a]+$", "^\\p{L}+$", "^\\P{L}$", "^\\p{Lu}\\p{Ll}*$",
    "^\\p{General_Category=Nd}+$", "^\\p{gc=Sc}$", "^\\p{Letter}\\p{Number}$", "^[\\p{P}\\p{Zs}]+$", "^[^\\p{L}]$", "^\\p{Cn}$",
    "^\\p{LC}$", "^\\p{Co}$", "^\\p{M}$", "^\\p{Alphabetic}$", "^\\p{White_Space}$", "^\\p{ASCII}$", "^\\p{Any}$", "^\\p{Uppercase}+$",
    "^(?<year>\\d{4})-(?<month>\\d\\d)$", "^(?:ab)+$", "^a*?b+?c??$", "^a{0}$", "^a{0,2}$", "^(a*)*$", "^(a|b*)*c$", "^(|a)b$",
    "^a{2,}b$", "^(a{2}){2}$", "^(?!\\.)[a.]+$", "^(?=a).b$", "^(?!.*\\.\\.)(?!a)[a.b]+$", "^(?!a$)a|^b", "^(?=.*\\d)(?=.*[a-z]).{2,4}$",
    "^(a|ab)(c|bcd)(d*)$", "^[A-Z]{2}-\\d+(\\.|\")$", "^[\\u00e0-\\u00ff]$", "^\\/path\\/$", "^[+*?.(){}|]+$", "\\.", "^\"$", "^(.|\\n)$",
    "^[^\\s]+$", "^[\\s\\S]{2}$", "^[\\w\\s]+$", "^\u00e9$", "^[\u{1F600}-\u{1F64F}]$", "^((a|b)?c){2}$", "^(?:a|(?:b|(?:c|d)))$",
]

const texts = [
    "", "a", "b", "c", "ab", "ba", "aa", "bb", "abc", "aab", "aabc", "aaaa", "aaaaa", "abab", "abcd", "acd", "abcdd", "ac", "cc", "bc", "xa",
    "http://", "http://x", "https://a b", "https://a\nb", "C:\\", "C:\\x", "$^", "a$", "A", "Z", "AB-12.", "AB-1\"", "AB-", "Ab", "a1", "1a", "12", "123",
    "x123y", "a b", "a@b.co", "a.b@c-d.org", "a@b", ".", "..", "a.", ".a", "a.a", "a..b", "b.a", "-", "--", "a-z", "]", "^", "^a", "é", "É", "ÿ", "ß", "ñ",
    "Ελ", "ελ", "я", "日本", "日", "😀", "😀😀", "🙏", "👍", "٣", "١٢", "²", "½", "Ⅷ", "ǅ", "ʰ", "́", "€", "$", "£", "«", "»", "_", "\u{E000}", "\u{378}",
    " ", "\t", "\n", "\r", "\u000b", "\f", "\0", "\u0008", "\u001f", "\u007f", "\u0085", "\u00a0", "\u180e", "\u2003", "\u2028", "\u2029", "\u202f", "\u3000", "\ufeff",
    "a\n", "\na", "a\u2028", " a", "a ", "a\tb", "\t\n\u000b\f\r\0", "ABC\u{1F600}", "2024-02", "2024-2", "/path/", "*", "(){}|?+", "\"", "\\", "b1", "1b", "zz9", "A1", "a_b",
    "ccc", "acbc", "acc", "d", "\u{10FFFF}", "\uffff", "aaab", "ab ", "x\ny", "..a", "a..",
]

// Patterns put together at random, over few characters.
let state = 12345n
const random = n => {
    state ^= (state << 13n) & 0xffffffffffffffffn
    state ^= state >> 7n
    state ^= (state << 17n) & 0xffffffffffffffffn
    return Number(state % BigInt(n))
}
const pick = list => list[random(list.length)]
function pattern(depth) {
    if (depth === 0) return pick(["a", "b", "c", "[ab]", "[^a]", ".", "\\w", "^", "$", "ab", "\\d", "é"])
    switch (random(8)) {
    case 0: case 1: return pattern(depth - 1) + pattern(depth - 1)
    case 2: return "(" + pattern(depth - 1) + "|" + pattern(depth - 1) + ")"
    case 3: return pattern(depth - 1) + "|" + pattern(depth - 1)
    case 4: return "(?:" + pattern(depth - 1) + ")" + pick(["*", "+", "?", "{2}", "{1,}", "{0,2}", "*?", "{2,3}"])
    case 5: return "^" + pattern(depth - 1) + "$"
    case 6: return "^" + pattern(depth - 1)
    default: return pattern(depth - 1)
    }
}
const patterns = [...fixed]
while (patterns.length < fixed.length + 220) {
    const next = pattern(3)
    if (!patterns.includes(next)) patterns.push(next)
}

const line = []
for (const source of patterns) {
    const expression = new RegExp(source, "u")
    const found = texts.filter(text => expression.test(text))
    const others = texts.filter(text => !expression.test(text))
    // A few of each, which differ from pattern to pattern.
    const some = list => { const at = random(97); return list.filter((_, i) => list.length <= 12 || (i * 31 + at) % list.length < 12) }
    const short = patterns.indexOf(source) >= fixed.length
    line.push([source, short ? some(found) : found, short ? some(others) : some(others)].map(v => JSON.stringify(v)).join("\t"))
}
console.log(line.join("\n"))
