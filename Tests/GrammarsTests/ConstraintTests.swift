import Grammars
import Testing

/// Masks of tokens.
@Suite struct ConstraintTests {
    /// Tokens of one to four letters of a small alphabet, some of them twice, some of them no text.
    static let texts: [[UInt8]?] = {
        var state: UInt64 = 3
        var texts: [[UInt8]?] = Array("abc{}\":,1 ".utf8).map { [$0] }
        let letters = Array("abc{}\":,1 \u{e9}".utf8)
        for _ in 0..<600 {
            let length = 1 + Int(next(&state) % 4)
            texts.append((0..<length).map { _ in letters[Int(next(&state) % UInt64(letters.count))] })
        }
        return texts + [nil, [], nil]
    }()

    @Test(arguments: [
        "root ::= \"{\" (pair (\",\" pair)*)? \"}\"\npair ::= \"\\\"\" [a-c]+ \"\\\":\" (root | [1]+)",
        "root ::= [a-c]* \"1\" root | \"{\" root \"}\" | \" \"",
        "root ::= .*",
        "root ::= (\"a\" | \"ab\" | \"abc\"){3,5} \"1\"",
    ])
    func `a mask has the tokens that the grammar allows one by one`(text: String) throws {
        let grammar = try Grammar(gbnf: text)
        let tree = TokenTree(Self.texts)
        var state: UInt64 = 11
        for _ in 0..<40 {
            var constraint = try GrammarConstraint(grammar, tree: tree, texts: Self.texts)
            for _ in 0..<12 {
                let mask = try constraint.allowed()
                var allowed: [Int] = []
                for token in Self.texts.indices {
                    var copy = constraint
                    let expected = try Self.texts[token].map { !$0.isEmpty } == true && copy.accept(token)
                    #expect(mask.contains(token) == expected, "token \(token)")
                    if expected { allowed.append(token) }
                }
                #expect(mask.count == allowed.count)
                guard !allowed.isEmpty else { break }
                try constraint.accept(allowed[Int(next(&state) % UInt64(allowed.count))])
            }
        }
    }

    @Test(arguments: 1...12) func `a text ends within its budget`(budget: Int) throws {
        let grammar = try Grammar(gbnf: "root ::= \"a\" root \"b\" | \"c\"+ | \"{\" [a-c]* \"}\"")
        let tree = TokenTree(Self.texts)
        var state: UInt64 = 5
        for _ in 0..<50 {
            var constraint = try GrammarConstraint(grammar, tree: tree, texts: Self.texts)
            for remaining in stride(from: budget, to: 0, by: -1) {
                let mask = try constraint.allowed(budget: remaining)
                let tokens = Self.texts.indices.filter { mask.contains($0) }
                guard !tokens.isEmpty else { break }
                try constraint.accept(tokens[Int(next(&state) % UInt64(tokens.count))])
            }
            #expect(constraint.mayEnd)
        }
    }

    @Test func `after the last character nothing is allowed and the text may end`() throws {
        var constraint = try GrammarConstraint(try Grammar(gbnf: "root ::= \"ab\""), tree: byteTree, texts: byteTexts)
        #expect(!constraint.mayEnd)
        #expect(constraint.distance == 2)
        let steps = try [97, 97, 98].map { try constraint.accept($0) }
        #expect(steps == [true, false, true], "a refused token changes nothing")
        #expect(constraint.mayEnd)
        let mask = try constraint.allowed()
        #expect(mask.count == 0)
        let others = try [-1, 256].map { try constraint.accept($0) }
        #expect(others == [false, false])
    }

    @Test func `a long text does not fill the memory`() throws {
        var constraint = try GrammarConstraint(
            try Grammar(gbnf: "root ::= \"(\" root \")\" root | \"x\"?"), tree: byteTree, texts: byteTexts)
        for _ in 0..<20_000 {
            let mask = try constraint.allowed()
            #expect(mask.contains(40))
            try constraint.accept(40)
        }
        #expect(constraint.distance == 20_000)
        for _ in 0..<20_000 { try constraint.accept(41) }
        #expect(constraint.mayEnd)
    }

    @Test func `every character is in the ranges that hold it`() throws {
        for (low, high) in [
            (0x20, 0x7E), (0x70, 0x90), (0x7F, 0x900), (0x7FF, 0x800), (0x1234, 0x54321), (0xD000, 0xE100),
        ] {
            let grammar = try Grammar(
                gbnf: "root ::= [\\U\(hexadecimal(low))-\\U\(hexadecimal(high))]")
            for value in Set([low, high, low - 1, high + 1] + stride(from: 1, to: 0x60000, by: 379)) {
                guard let scalar = Unicode.Scalar(UInt32(value)) else { continue }
                #expect(try matches(grammar, String(scalar)) == (low...high).contains(value), "\(value)")
            }
        }
    }

    private func hexadecimal(_ value: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
