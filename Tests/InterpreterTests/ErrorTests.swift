import Graph
import Interpreter
import Tensors
import TestSupport
import Testing

extension InterpreterTests {
    /// Whatever is wrong with a step, it throws, and sequences and result are as they were.
    @Suite struct ErrorTests {
        private let program: Program

        init() throws {
            program = try Net.program(seed: 3) { try $0.randomDecoder(blocks: 5, formats: [.f32]) }
        }

        /// A step that must fail on an interpreter of two sequences of up to 8 positions, in steps of up to 12 tokens,
        /// with 5 positions of the first and 2 of the second filled.
        struct Mistake: CustomTestStringConvertible, Sendable {
            let testDescription: String
            var tokens = someTokens(4)
            var entries = [BatchEntry(count: 4, outputs: .all)]
            let expected: InterpreterError
        }

        static let mistakes = [
            Mistake(testDescription: "no tokens", tokens: [], entries: [], expected: .tokenCount(found: 0, max: 12)),
            Mistake(
                testDescription: "too many tokens", tokens: someTokens(13), expected: .tokenCount(found: 13, max: 12)),
            Mistake(
                testDescription: "a token beyond the vocabulary", tokens: [0, 16],
                expected: .token(id: 16, index: 1, vocabulary: 16)),
            Mistake(
                testDescription: "a negative token", tokens: [-1], expected: .token(id: -1, index: 0, vocabulary: 16)),
            Mistake(testDescription: "a full context", expected: .contextFull(capacity: 8, used: 5, new: 4)),
            Mistake(
                testDescription: "a full context of the second entry",
                tokens: someTokens(8),
                entries: [
                    BatchEntry(count: 1, outputs: .all), BatchEntry(sequence: 1, count: 7, outputs: .all),
                ], expected: .contextFull(capacity: 8, used: 2, new: 7)),
            Mistake(testDescription: "no entries", entries: [], expected: .batch("4 tokens belong to no entry")),
            Mistake(
                testDescription: "an entry too short", entries: [BatchEntry(count: 3, outputs: .all)],
                expected: .batch("1 tokens belong to no entry")),
            Mistake(
                testDescription: "an entry too long", tokens: [1], entries: [BatchEntry(count: 2, outputs: .all)],
                expected: .batch("entry 0 has 2 tokens, 1 are left")),
            Mistake(
                testDescription: "a huge entry", entries: [BatchEntry(count: .max, outputs: .all)],
                expected: .batch("entry 0 has \(Int.max) tokens, 4 are left")),
            Mistake(
                testDescription: "an empty entry", entries: [BatchEntry(count: 0, outputs: .all)],
                expected: .batch("entry 0 has 0 tokens, 4 are left")),
            Mistake(
                testDescription: "no such sequence", entries: [BatchEntry(sequence: 2, count: 4, outputs: .all)],
                expected: .batch("there is no sequence 2")),
            Mistake(
                testDescription: "a negative sequence", entries: [BatchEntry(sequence: -1, count: 4, outputs: .all)],
                expected: .batch("there is no sequence -1")),
            Mistake(
                testDescription: "a sequence twice",
                entries: [
                    BatchEntry(sequence: 1, count: 2, outputs: .all),
                    BatchEntry(sequence: 1, count: 2, outputs: .all),
                ], expected: .batch("sequence 1 is there twice")),
            Mistake(
                testDescription: "more entries than a step has tokens",
                entries: (0..<13).map { BatchEntry(sequence: $0, count: 1, outputs: .all) },
                expected: .batch("13 entries for 4 tokens")),
        ]

        @Test(arguments: mistakes) func `a wrong step throws and changes nothing`(mistake: Mistake) throws {
            var interpreter = try filled()
            var reference = try filled()
            let before = interpreter.rows
            #expect(throws: mistake.expected) { try interpreter.run(mistake.tokens, mistake.entries) }
            #expect(!mistake.expected.description.isEmpty)
            #expect(interpreter.store.length(of: 0) == 5 && interpreter.store.length(of: 1) == 2)
            #expect(interpreter.rows == before)
            #expect(try interpreter.run([1, 2, 3]) == reference.run([1, 2, 3]))
        }

        private func filled() throws -> Interpreter {
            var interpreter = try Interpreter(program, .small(contextLength: 8, sequences: 2, stepTokens: 12))
            _ = try interpreter.run(
                someTokens(7, seed: 4),
                [
                    BatchEntry(sequence: 0, count: 5, outputs: .last),
                    BatchEntry(sequence: 1, count: 2, outputs: .all),
                ])
            return interpreter
        }

        @Test(arguments: [
            (0, 1), (-1, 1), (1, -1), (Int.max, 2), (1 << 31, 1), (1 << 16, 1 << 16), (.max, .max),
        ])
        func `impossible contexts are errors`(contextLength: Int, sequences: Int) throws {
            let withoutCache = try Net.program(seed: 1) { try $0.embedding(columns: 4) }
            for program in [program, withoutCache] {
                #expect(throws: InterpreterError.self) {
                    _ = try Interpreter(program, .small(contextLength: contextLength, sequences: sequences))
                }
            }
        }

        @Test func `a context that memory cannot hold takes what is used of it`() throws {
            let heads = Heads(queries: 1, keyValues: 1, keyDimension: 1 << 14, valueDimension: 1 << 14)
            let program = try Net.program(seed: 1) { net in
                let narrow = try net.embedding(columns: 32)
                let wide = try net.linear(narrow, rows: 1 << 14)
                return try net.attention(
                    query: wide, keys: wide, values: net.linear(narrow, rows: 1 << 14), heads)
            }
            var interpreter = try Interpreter(program, .small(contextLength: Int(Int32.max) - 1, stepTokens: 1))
            #expect(interpreter.store.usedByteCount == 0)
            _ = try interpreter.run([1])
            let pageBytes = Page.positions * 2 * 4 << 14
            #expect(interpreter.store.usedByteCount == pageBytes)
        }
    }
}
