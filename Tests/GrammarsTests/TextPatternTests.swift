import Grammars
import JSON
import Testing

/// Grammars that a program puts together.
@Suite struct TextPatternTests {
    private static func number(in range: ClosedRange<Int>) throws -> TextPattern {
        let schema = #"{"type": "integer", "minimum": \#(range.lowerBound), "maximum": \#(range.upperBound)}"#
        return .json(schema: try JSONParser.parse(schema))
    }

    @Test func `parts follow one another`() throws {
        let grammar = try Grammar(
            .sequence([
                .text("<"), .choice([.text("é"), try Self.number(in: 1...20)]), .optional(.text("!")),
                .repeated(.character(["a"..."b"]), min: 1, max: 2), .text(">"),
            ]))
        for text in ["<éa>", "<7!ab>", "<20bb>"] { #expect(try matches(grammar, text), "\(text)") }
        for text in ["<é>", "<21a>", "<éaba>", "<e!a>", "<a>"] { #expect(try !matches(grammar, text), "\(text)") }
    }

    @Test func `several schemas keep their own rules`() throws {
        let schema =
            ##"{"$defs": {"n": {"enum": [%]}}, "type": "array", "items": {"$ref": "#/$defs/n"}, "minItems": 1}"##
        let parts = try ["1", "2"].map { value in
            TextPattern.json(schema: try JSONParser.parse(schema.replacing("%", with: value)))
        }
        let grammar = try Grammar(.sequence(parts))
        #expect(try matches(grammar, "[1][2,2]") && !matches(grammar, "[2][1]") && !matches(grammar, "[1][1]"))
    }

    @Test(arguments: ["</a>", "aab", "abab", "é"]) func `a text goes on to the first end`(end: String) throws {
        let grammar = try Grammar(.until(end: end))
        let almost = String(end.dropLast())
        for text in ["", "x", "xy<é", almost, almost + almost] where !(text + end).dropLast().contains(end) {
            #expect(try matches(grammar, text + end), "\(text)")
            #expect(try !matches(grammar, text), "\(text)")
            #expect(try !matches(grammar, text + end + "x") && !matches(grammar, text + end + end), "\(text)")
        }
    }

    @Test func `no character is a byte of a token`() throws {
        let grammar = try Grammar(.sequence([.untilBytes([0xFF, 1]), .text("x")]))
        let texts: [[UInt8]?] = [[0x61], [0xFF, 1], [0xFF, 2], [0x78], Array("é".utf8)]
        var constraint = try GrammarConstraint(grammar, tree: TokenTree(texts), texts: texts)
        let first = try constraint.allowed()
        #expect((0..<5).map { first.contains($0) } == [true, true, false, true, true])
        #expect(try constraint.accept(4) && constraint.accept(1))
        let last = try constraint.allowed()
        #expect((0..<5).map { last.contains($0) } == [false, false, false, true, false])
        #expect(try constraint.accept(3) && constraint.mayEnd)
    }

    @Test func `a rule may have itself within`() throws {
        let grammar = try Grammar(
            .rule("list"),
            rules: ["list": .sequence([.text("("), .repeated(.rule("list"), min: 0, max: nil), .text(")")])])
        #expect(try matches(grammar, "(()(()))") && !matches(grammar, "(()"))
    }
}
