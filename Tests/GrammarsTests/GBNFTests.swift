import Grammars
import Testing

/// GBNF: which texts a grammar has, and what is no grammar.
@Suite struct GBNFTests {
    struct Language: Sendable, CustomTestStringConvertible {
        var grammar: String
        var texts: [String]
        var others: [String]

        var testDescription: String { grammar }
    }

    static let languages = [
        Language(grammar: "root ::= \"yes\" | \"no\"", texts: ["yes", "no"], others: ["", "ye", "yesno", "n"]),
        Language(grammar: "root ::= [a-c]+ \"!\"?", texts: ["a", "abcb!", "c!"], others: ["", "!", "d", "a!!"]),
        Language(grammar: "root ::= [^a-c\\n]*", texts: ["", "xyz", "é€😀"], others: ["xa", "\n"]),
        Language(grammar: "root ::= .{2,3}", texts: ["ab", "😀é", "abc"], others: ["a", "abcd"]),
        Language(
            grammar: "root ::= \"a\"{2} \"b\"{2,} \"c\"{0,1}", texts: ["aabb", "aabbbbc"], others: ["abb", "aab"]),
        Language(grammar: "root ::= ws \"x\" ws\nws ::= [ \\t]*", texts: ["x", "  x\t"], others: [" ", "xx"]),
        Language(
            grammar: "root ::= \"(\" root \")\" | # nothing\n", texts: ["", "()", "((()))"],
            others: ["(", "())", "()()"]),
        Language(
            grammar: "root ::= (\n  \"a\" |\n  \"b\" root\n)\n", texts: ["a", "bba"], others: ["b", "ab"]),
        Language(
            grammar: "root ::= term (\"+\" term)*\nterm ::= [0-9]+\n  | \"(\" root \")\"",
            texts: ["1", "12+(3+4)+5"], others: ["+1", "1+", "(1"]),
        Language(grammar: "root ::= \"\\x41\\u00e9\\U0001F600\\\"\\\\\"", texts: ["Aé😀\"\\"], others: ["A"]),
        Language(grammar: "root ::= [\\]\\-x]+", texts: ["]-x"], others: ["\\"]),
        Language(grammar: "root ::= (\"a\"*)*", texts: ["", "aaa"], others: ["b"]),
    ]

    @Test(arguments: languages) func `a grammar has its texts and no others`(language: Language) throws {
        let grammar = try Grammar(gbnf: language.grammar)
        for text in language.texts { #expect(try matches(grammar, text), "\(text)") }
        for text in language.others { #expect(try !matches(grammar, text), "\(text)") }
    }

    @Test(arguments: [
        ("", GrammarError.missingRoot),
        ("start ::= \"a\"", .missingRoot),
        ("root ::= a", .undefinedRule("a")),
        ("root ::= root \"a\" | \"b\"", .leftRecursion("root")),
        ("root ::= e a\ne ::= \"x\"?\na ::= e root", .leftRecursion("a")),
        ("root ::= \"a\" root", .endless("root")),
        ("root = \"a\"", .syntax(line: 1, column: 6, problem: "expected '::=' after the rule's name")),
        ("root ::= \"a", .syntax(line: 1, column: 12, problem: "expected '\"' at the end of the string")),
        ("root ::= \"a\nb\"", .syntax(line: 2, column: 1, problem: "a line ends within quotes or brackets")),
        ("root ::= [z-a]", .syntax(line: 1, column: 14, problem: "the range 'z-a' is empty")),
        ("root ::= (\"a\"", .syntax(line: 1, column: 14, problem: "expected ')'")),
        ("root ::= \"a\")", .syntax(line: 1, column: 13, problem: "expected the end of the rule, found ')'")),
        (
            "root ::= \"a\"{3,1}",
            .syntax(line: 1, column: 17, problem: "a repetition of at least 3 and at most 1 times")
        ),
        ("root ::= \"\\q\"", .syntax(line: 1, column: 13, problem: "an unknown escape '\\q'")),
        ("root ::= \"\\ud800\"", .syntax(line: 1, column: 17, problem: "a character number that is no character")),
        ("root ::= \"\(String(repeating: "a", count: 200_000))\"", .tooLarge),
        ("root ::= []", .syntax(line: 1, column: 12, problem: "a class without characters")),
        (
            "root ::= <think>",
            .syntax(
                line: 1, column: 10, problem: "tokens in angle brackets are not supported; write their text in quotes")
        ),
    ])
    func `what is no grammar is an error that says where`(text: String, error: GrammarError) {
        #expect(throws: error) { try Grammar(gbnf: text) }
    }

    @Test func `hostile nesting is an error`() {
        let text = "root ::= " + String(repeating: "(", count: 100_000)
        #expect(throws: GrammarError.self) { try Grammar(gbnf: text) }
    }

    @Test func `thousands of rules take no longer each than a few`() throws {
        // Each rule calls the next first, the worst order for whoever looks at them again and again.
        func seconds(_ count: Int) throws -> Double {
            let rules = (0..<count).map { "r\($0) ::= r\($0 + 1)? \"a\" | \"b\" r\(($0 * 7 + 1) % count)\n" }
            let text = "root ::= r0\n" + rules.joined() + "r\(count) ::= \"c\"?\n"
            let clock = ContinuousClock()
            let start = clock.now
            _ = try Grammar(gbnf: text)
            return (clock.now - start) / .seconds(1)
        }
        _ = try seconds(500)
        let few = try seconds(500)
        let many = try seconds(5_000)
        #expect(many < 100 * max(few, 0.001), "\(few) s for 500, \(many) s for 5,000")
        #expect(many < 20)
    }

    @Test func `a chain of thousands of rules that ends where it began is left recursion`() {
        let count = 5_000
        let rules = (0..<count).map { "r\($0) ::= \"x\"? r\(($0 + 1) % count) | \"y\"\n" }
        #expect(throws: GrammarError.leftRecursion("r0")) { try Grammar(gbnf: "root ::= r0\n" + rules.joined()) }
    }

    @Test func `distances that double with every rule are an error, not a trap`() throws {
        let rules = (0..<100).map { "r\($0) ::= r\($0 + 1) r\($0 + 1)\n" }
        #expect(throws: GrammarError.self) {
            try Grammar(gbnf: "root ::= r0\n" + rules.joined() + "r100 ::= \"a\"\n")
        }
    }

    @Test func `more ways to read a text than can be followed are an error`() throws {
        let rules = (0..<40).map { "r\($0) ::= r\($0 + 1) \"a\" | r\($0 + 1) \"b\"\n" }
        let grammar = try Grammar(gbnf: "root ::= r0\n" + rules.joined() + "r40 ::= \"c\"\n")
        #expect(throws: GrammarError.ambiguous) { try matches(grammar, "c") }
    }

    @Test func `any text is a grammar or an error`() {
        let parts = [
            "root", " ::= ", "\"a\"", "[a-z]", "(", ")", "*", "+", "?", "{2}", "{1,", "|", "\n", "\\", "x", "\u{0}",
            "é",
        ]
        var state: UInt64 = 7
        for _ in 0..<20_000 {
            var text = "root ::= "
            for _ in 0..<Int(next(&state) % 12) { text += parts[Int(next(&state) % UInt64(parts.count))] }
            _ = try? Grammar(gbnf: text)
        }
    }
}

func next(_ state: inout UInt64) -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
}

/// Whether the grammar has the text, one byte a token.
func matches(_ grammar: Grammar, _ text: String) throws -> Bool {
    var constraint = try GrammarConstraint(grammar, tree: byteTree, texts: byteTexts)
    for byte in text.utf8 {
        guard try constraint.allowed().contains(Int(byte)), try constraint.accept(Int(byte)) else { return false }
    }
    return constraint.mayEnd
}

let byteTexts: [[UInt8]?] = (0..<256).map { [UInt8($0)] }
let byteTree = TokenTree(byteTexts)
