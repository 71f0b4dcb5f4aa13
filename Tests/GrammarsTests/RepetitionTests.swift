import Grammars
import Testing

/// Repetitions that are counted while a text is followed, beside a recognizer that knows no automata and beside the same
/// repetitions written out.
@Suite struct RepetitionTests {
    /// A grammar of a few rules over `a`, `b`, `c`.
    indirect enum Node {
        case text(String)
        case sequence([Node])
        case choice([Node])
        case repetition(Node, Int, Int?)
        case rule(Int)

        /// - Parameter rules: those that it may call; `root` only where a byte has come before.
        static func random(_ state: inout UInt64, depth: Int, rules: Range<Int>) -> Node {
            switch depth == 0 ? next(&state) % 3 : next(&state) % 12 {
            case 0: return .text("a")
            case 1: return .text(["b", "ab", "ba", ""][Int(next(&state) % 4)])
            case 2:
                return rules.isEmpty ? .text("c") : .rule(rules.lowerBound + Int(next(&state) % UInt64(rules.count)))
            case 3, 4, 5:
                return .sequence((0..<2).map { _ in random(&state, depth: depth - 1, rules: rules) })
            case 6, 7: return .choice((0..<2).map { _ in random(&state, depth: depth - 1, rules: rules) })
            case 8: return .sequence([.text("c"), .rule(0)])
            default:
                let low = Int(next(&state) % 4)
                let high = next(&state) % 4 == 0 ? nil : low + Int(next(&state) % 4)
                return .repetition(random(&state, depth: depth - 1, rules: rules), low, high)
            }
        }

        var gbnf: String {
            switch self {
            case .text(let text): "\"\(text)\""
            case .sequence(let items): "(" + items.map(\.gbnf).joined(separator: " ") + ")"
            case .choice(let items): "(" + items.map(\.gbnf).joined(separator: " | ") + ")"
            case .repetition(let item, let low, let high): "(\(item.gbnf)){\(low),\(high.map { "\($0)" } ?? "")}"
            case .rule(let rule): rule == 0 ? "root" : "r\(rule)"
            }
        }

        /// Where a match that begins at a place may end.
        func ends(_ text: [UInt8], from start: Int, _ rules: [Node]) -> Set<Int> {
            switch self {
            case .text(let value):
                let end = start + value.utf8.count
                return end <= text.count && text[start..<end].elementsEqual(value.utf8) ? [end] : []
            case .sequence(let items):
                return items.reduce([start]) { places, item in
                    places.reduce(into: []) { $0.formUnion(item.ends(text, from: $1, rules)) }
                }
            case .choice(let items): return items.reduce(into: []) { $0.formUnion($1.ends(text, from: start, rules)) }
            case .repetition(let item, let low, let high):
                var result: Set<Int> = low == 0 ? [start] : []
                var places: Set<Int> = [start]
                // No more times than there are bytes lead to anything new, once it is enough.
                for count in 1...max(1, min(high ?? .max, low + text.count + 1)) where count <= high ?? .max {
                    places = places.reduce(into: []) { $0.formUnion(item.ends(text, from: $1, rules)) }
                    if count >= low { result.formUnion(places) }
                }
                return result
            case .rule(let rule): return rules[rule].ends(text, from: start, rules)
            }
        }
    }

    static let seeds = Array(1...40).map { UInt64($0) &* 0x9E37_79B9_7F4A_7C15 }

    /// Rules that call only later ones, or the root behind a byte.
    private func rules(_ seed: UInt64) -> [Node] {
        var state = seed
        return (0..<3).map { .random(&state, depth: 3 - $0 / 2, rules: $0 + 1..<3) }
    }

    private func gbnf(_ rules: [Node]) -> String {
        rules.enumerated().map { ($0.offset == 0 ? "root" : "r\($0.offset)") + " ::= " + $0.element.gbnf + "\n" }
            .joined()
    }

    private static let words: [[UInt8]] = {
        var result: [[UInt8]] = [[]]
        var layer: [[UInt8]] = [[]]
        for _ in 0..<5 {
            layer = layer.flatMap { word in Array("abc".utf8).map { word + [$0] } }
            result += layer
        }
        return result
    }()

    private static let tokens: [[UInt8]?] = words.filter { 1...3 ~= $0.count }

    @Test(arguments: seeds) func `counted repetitions have the texts that they describe`(seed: UInt64) throws {
        let rules = rules(seed)
        guard let grammar = try? Grammar(gbnf: gbnf(rules), unrolledLimit: 0) else { return }
        let start = try GrammarConstraint(grammar, tree: byteTree, texts: byteTexts)
        let accepted = Set(Self.words.filter { rules[0].ends($0, from: 0, rules).contains($0.count) })
        for word in Self.words {
            var constraint = start
            let goesOn = try word.allSatisfy { try constraint.accept(Int($0)) }
            let isAccepted = accepted.contains(word)
            #expect((goesOn && constraint.mayEnd) == isAccepted, "\(String(decoding: word, as: UTF8.self))")
            guard goesOn else { continue }
            let after = accepted.filter { $0.starts(with: word) }.map { $0.count - word.count }.min()
            if let after { #expect(constraint.distance == after, "\(String(decoding: word, as: UTF8.self))") }
        }
    }

    @Test(arguments: seeds) func `counted repetitions have the masks of those written out`(seed: UInt64) throws {
        let text = gbnf(rules(seed))
        guard let counted = try? Grammar(gbnf: text, unrolledLimit: 0) else { return }
        let written = try Grammar(gbnf: text, unrolledLimit: 1_000)
        let tree = TokenTree(Self.tokens)
        var state = seed
        for _ in 0..<12 {
            var a = try GrammarConstraint(counted, tree: tree, texts: Self.tokens)
            var b = try GrammarConstraint(written, tree: tree, texts: Self.tokens)
            for _ in 0..<10 {
                let budget = next(&state) % 2 == 0 ? Int.max : Int(next(&state) % 12)
                let mask = try a.allowed(budget: budget), other = try b.allowed(budget: budget)
                #expect(mask == other, "budget \(budget)")
                #expect(a.mayEnd == b.mayEnd)
                #expect(a.distance == b.distance)
                let allowed = Self.tokens.indices.filter { mask.contains($0) }
                guard !allowed.isEmpty else { break }
                let token = allowed[Int(next(&state) % UInt64(allowed.count))]
                try a.accept(token)
                try b.accept(token)
            }
        }
    }

    /// Tokens of both parts of a tree: up to 32 bytes, and more.
    private static let longTokens: [[UInt8]?] =
        ([1, 2, 3, 7, 31, 32, 33, 34, 40, 64, 100] as [Int]).flatMap { count in
            ["a", "b"].map { Array(repeating: Array($0.utf8)[0], count: count) }
        } + ["ab", ",a", "a,", "é"].map { Array($0.utf8) } + [Array(",".utf8)]

    @Test(arguments: [
        "root ::= [ab]{0,70}", "root ::= [ab]{35,}", "root ::= [ab]{10,90} \",\"? [ab]{0,40}",
        "root ::= (\"a\"{1,40} \",\"){2,5} \"b\"{3}", "root ::= (\"a\" | \"aa\"){20,50}",
        "root ::= ((\"a\" | \"b\"{0,3}){0,9}){0,9} \",\"", "root ::= (\"a\"{0,3} \"b\"?){0,40}",
    ])
    func `counted repetitions end where those written out end, whatever the tokens' length`(text: String) throws {
        let counted = try Grammar(gbnf: text, unrolledLimit: 0)
        let written = try Grammar(gbnf: text, unrolledLimit: 100_000)
        let tree = TokenTree(Self.longTokens)
        var state: UInt64 = 17
        for _ in 0..<10 {
            var a = try GrammarConstraint(counted, tree: tree, texts: Self.longTokens)
            var b = try GrammarConstraint(written, tree: tree, texts: Self.longTokens)
            for step in 0..<60 {
                let budget = next(&state) % 3 == 0 ? Int(next(&state) % 120) : Int.max
                let mask = try a.allowed(budget: budget), other = try b.allowed(budget: budget)
                #expect(mask == other, "step \(step), budget \(budget)")
                #expect(a.mayEnd == b.mayEnd)
                #expect(a.distance == b.distance)
                let allowed = Self.longTokens.indices.filter { mask.contains($0) }
                guard !allowed.isEmpty else { break }
                let token = allowed[Int(next(&state) % UInt64(allowed.count))]
                try a.accept(token)
                try b.accept(token)
            }
        }
    }

    @Test func `a great count is counted, not written out, and is kept`() throws {
        let grammar = try Grammar(gbnf: "root ::= \"[\" [a-z]{99998,100000} \"]\"")
        #expect(grammar.stateCount < 100)
        var constraint = try GrammarConstraint(grammar, tree: byteTree, texts: byteTexts)
        #expect(constraint.distance == 100_000)
        try constraint.accept(0x5B)
        for count in 0..<100_000 {
            let mask = try constraint.allowed()
            #expect(mask.contains(0x61) && mask.contains(0x5D) == (count >= 99_998))
            try constraint.accept(0x61)
        }
        let last = try constraint.allowed()
        #expect(last.count == 1 && last.contains(0x5D))
    }

    @Test func `a repetition of what may be empty ends`() throws {
        let grammar = try Grammar(gbnf: "root ::= ((\"\"{99999} \"a\"?){99999}){99999} \"b\"")
        #expect(try matches(grammar, "b"))
        #expect(try matches(grammar, "aaaaab"))
        #expect(try !matches(grammar, "aba"))
    }

    @Test func `times that can be counted in several ways are followed or are an error`() throws {
        #expect(try matches(Grammar(gbnf: "root ::= (\"a\" | \"aa\"){0,10000}"), String(repeating: "a", count: 5_000)))
        #expect(try !matches(Grammar(gbnf: "root ::= (\"a\" | \"aa\"){0,100}"), String(repeating: "a", count: 201)))
        #expect(try matches(Grammar(gbnf: "root ::= (\"a\" | \"aa\"){100,200}"), String(repeating: "a", count: 400)))
        #expect(try !matches(Grammar(gbnf: "root ::= (\"a\" | \"aa\"){100,200}"), String(repeating: "a", count: 99)))
        let nested = try Grammar(gbnf: "root ::= (((\"a\"{1,1000}){1,1000}){1,1000}){1,1000}")
        var constraint = try GrammarConstraint(nested, tree: byteTree, texts: byteTexts)
        #expect(throws: GrammarError.ambiguous) {
            for _ in 0..<10_000 { try constraint.accept(0x61) }
        }
    }
}
