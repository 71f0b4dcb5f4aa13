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
            var parts = [SequencePart(count: 4, outputs: .all)]
            let expected: InterpreterError
        }

        static let mistakes = [
            Mistake(testDescription: "no tokens", tokens: [], parts: [], expected: .tokenCount(found: 0, most: 12)),
            Mistake(
                testDescription: "too many tokens", tokens: someTokens(13), expected: .tokenCount(found: 13, most: 12)),
            Mistake(
                testDescription: "a token beyond the vocabulary", tokens: [0, 16],
                expected: .token(id: 16, index: 1, vocabulary: 16)),
            Mistake(
                testDescription: "a negative token", tokens: [-1], expected: .token(id: -1, index: 0, vocabulary: 16)),
            Mistake(testDescription: "a full context", expected: .contextFull(capacity: 8, used: 5, new: 4)),
            Mistake(
                testDescription: "a full context of the second part",
                tokens: someTokens(8),
                parts: [
                    SequencePart(count: 1, outputs: .all), SequencePart(sequence: 1, count: 7, outputs: .all),
                ], expected: .contextFull(capacity: 8, used: 2, new: 7)),
            Mistake(testDescription: "no parts", parts: [], expected: .parts("4 tokens belong to no part")),
            Mistake(
                testDescription: "a part too short", parts: [SequencePart(count: 3, outputs: .all)],
                expected: .parts("1 tokens belong to no part")),
            Mistake(
                testDescription: "a part too long", tokens: [1], parts: [SequencePart(count: 2, outputs: .all)],
                expected: .parts("part 0 has 2 tokens, 1 are left")),
            Mistake(
                testDescription: "a huge part", parts: [SequencePart(count: .max, outputs: .all)],
                expected: .parts("part 0 has \(Int.max) tokens, 4 are left")),
            Mistake(
                testDescription: "an empty part", parts: [SequencePart(count: 0, outputs: .all)],
                expected: .parts("part 0 has 0 tokens, 4 are left")),
            Mistake(
                testDescription: "no such sequence", parts: [SequencePart(sequence: 2, count: 4, outputs: .all)],
                expected: .parts("there is no sequence 2")),
            Mistake(
                testDescription: "a negative sequence", parts: [SequencePart(sequence: -1, count: 4, outputs: .all)],
                expected: .parts("there is no sequence -1")),
            Mistake(
                testDescription: "a sequence twice",
                parts: [
                    SequencePart(sequence: 1, count: 2, outputs: .all),
                    SequencePart(sequence: 1, count: 2, outputs: .all),
                ], expected: .parts("sequence 1 is there twice")),
            Mistake(
                testDescription: "more parts than a step has tokens",
                parts: (0..<13).map { SequencePart(sequence: $0, count: 1, outputs: .all) },
                expected: .parts("13 parts for 4 tokens")),
        ]

        @Test(arguments: mistakes) func `a wrong step throws and changes nothing`(mistake: Mistake) throws {
            var interpreter = try filled()
            var reference = try filled()
            let before = interpreter.rows
            #expect(throws: mistake.expected) { try interpreter.run(mistake.tokens, mistake.parts) }
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
                    SequencePart(sequence: 0, count: 5, outputs: .last),
                    SequencePart(sequence: 1, count: 2, outputs: .all),
                ])
            return interpreter
        }

        @Test(arguments: [
            (0, 1), (1, 0), (-1, 1), (1, -1), (Int.max, 2), (1 << 31, 1), (1 << 16, 1 << 16), (.max, .max),
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
                let wide = try net.linear(net.embedding(columns: 32), rows: 1 << 14)
                return try net.attention(query: wide, keys: wide, values: wide, heads)
            }
            var interpreter = try Interpreter(program, .small(contextLength: Int(Int32.max) - 1, stepTokens: 1))
            #expect(interpreter.store.usedByteCount == 0)
            _ = try interpreter.run([1])
            let pageBytes = Page.positions * 2 * 4 << 14
            #expect(interpreter.store.usedByteCount == pageBytes)
        }
    }
}
