import Graph
import Interpreter
import Tensors
import TestSupport
import Testing

extension InterpreterTests {
    /// Masks, score biases, softcap and sinks, alone and together, against plain code: of prompts at once, in chunks, after
    /// rewinds, in batches and on several threads.
    @Suite struct AttentionTests {
        struct Variant: CustomTestStringConvertible, Sendable {
            let testDescription: String
            var mask = AttentionMask.causal
            var bias: Net.Bias?
            var softcap: Float?
            var hasSinks = false
            var heads = Heads(queries: 6, keyValues: 2, keyDimension: 16, valueDimension: 32)
        }

        static let cached = [
            Variant(testDescription: "softcap", softcap: 1.5),
            Variant(testDescription: "sinks", hasSinks: true),
            Variant(testDescription: "sliding window", mask: .sliding(length: 5)),
            Variant(testDescription: "a window of one", mask: .sliding(length: 1), hasSinks: true),
            Variant(testDescription: "causal ALiBi", bias: .alibi(maxBias: 8)),
            Variant(
                testDescription: "relative buckets, causal",
                bias: .relative(buckets: 8, bidirectional: false, maxDistance: 20)),
            Variant(
                testDescription: "all, many heads on one", mask: .sliding(length: 9), bias: .alibi(maxBias: 4),
                softcap: 3,
                hasSinks: true, heads: Heads(queries: 80, keyValues: 1, keyDimension: 16, valueDimension: 16)),
        ]

        static let batched = [
            Variant(testDescription: "a window on both sides", mask: .window(radius: 3), hasSinks: true),
            Variant(testDescription: "more ahead than back", mask: AttentionMask(back: 1, ahead: 4), softcap: 2),
            Variant(testDescription: "ALiBi", mask: .bidirectional, bias: .alibi(maxBias: 8)),
            Variant(
                testDescription: "relative buckets", mask: .bidirectional,
                bias: .relative(buckets: 8, bidirectional: true, maxDistance: 20)),
            Variant(
                testDescription: "relative buckets in a window", mask: .window(radius: 6),
                bias: .relative(buckets: 16, bidirectional: true, maxDistance: 12), softcap: 4, hasSinks: true),
        ]

        private static func net(_ variant: Variant, cached: Bool) throws -> (Net, Net.Tensor) {
            var net = Net(seed: 77)
            let heads = variant.heads
            // Slices, as products of few tokens and of many differ within rounding.
            let sizes = [
                heads.queries * heads.keyDimension, heads.keyValues * heads.keyDimension,
                heads.keyValues * heads.valueDimension,
            ]
            let x = try net.embedding(columns: sizes.reduce(0, +))
            let query = try net.slice(x, 0..<sizes[0])
            let keys = try net.slice(x, sizes[0]..<sizes[0] + sizes[1])
            let values = try net.slice(x, sizes[0] + sizes[1]..<x.columns)
            let output = try net.attention(
                query: query, keys: keys, values: values, heads, variant.mask, bias: variant.bias,
                softcap: variant.softcap, hasSinks: variant.hasSinks, cached: cached)
            return (net, output)
        }

        @Test(arguments: cached, instructionSets)
        func `attention to a cache is that of plain code, in chunks and after rewinds`(
            variant: Variant, instructionSet: String
        ) throws {
            let (net, output) = try Self.net(variant, cached: true)
            let program = net.program(output)
            let tokens = someTokens(41)
            let expected = net.reference(output, tokens)
            for threads in 1...3 {
                var interpreter = try Interpreter(program, .small(instructionSet, threads: threads))
                let whole = try interpreter.run(tokens)
                #expect(difference(whole, expected) <= floatTolerance)
                for chunk in [1, 7, 40] {
                    interpreter.truncate(to: 0)
                    #expect(try interpreter.run(tokens, chunk: chunk) == whole)
                }
                interpreter.truncate(to: 11)
                _ = try interpreter.run(someTokens(9, seed: 5))
                interpreter.truncate(to: 11)
                #expect(try interpreter.run(Array(tokens[11...]), chunk: 6) == Array(whole[11...]))
            }
        }

        @Test(arguments: batched + cached, instructionSets)
        func `attention within a batch is that of plain code, in any company`(
            variant: Variant, instructionSet: String
        ) throws {
            let (net, output) = try Self.net(variant, cached: false)
            let program = net.program(output)
            let lengths = [3, 40, 1, 17, 2]
            let texts = lengths.indices.map { someTokens(lengths[$0], seed: $0) }
            let parts = lengths.indices.map { BatchEntry(sequence: $0, count: lengths[$0], outputs: .none) }
            var results: [[[Float]]] = []
            for threads in 1...3 {
                var interpreter = try Interpreter(program, .small(instructionSet, threads: threads, sequences: 5))
                results.append(try interpreter.run(texts.flatMap(\.self), parts))
            }
            #expect(difference(results[0], texts.flatMap { net.reference(output, $0) }) <= floatTolerance)
            var alone: [[Float]] = []
            for text in texts {
                var interpreter = try Interpreter(program, .small(instructionSet))
                alone += try interpreter.run(text)
            }
            #expect(results.allSatisfy { $0 == alone })
        }

        @Test func `a layer may read the cache of another`() throws {
            var (net, first) = try Self.net(Self.cached[2], cached: true)
            let query = try net.embedding(columns: 96)
            let shared = try net.shareCache(query: query, of: first)
            let output = try net.add(net.slice(first, 0..<64), net.slice(shared, 64..<128))
            let tokens = someTokens(17)
            var interpreter = try Interpreter(net.program(output), .small(threads: 2))
            #expect(difference(try interpreter.run(tokens, chunk: 5), net.reference(output, tokens)) <= floatTolerance)
            let within = net.builder.graph(output: output.node).attendingWithinBatch().compile()
            #expect(within.states.isEmpty)
            var other = try Interpreter(within, .small())
            #expect(difference(try other.run(tokens), net.reference(output, tokens)) <= floatTolerance)
        }

        /// With more than one thread, one token's attention is divided by KV splits, which share one sink.
        @Test(arguments: instructionSets, CacheFormat.allCases)
        func `a long window gives the same bits on any number of threads`(
            instructionSet: String, format: CacheFormat
        ) throws {
            let length = SplitPartials.positions + 60
            let variant = Variant(
                testDescription: "", mask: .sliding(length: length), bias: .alibi(maxBias: 8), softcap: 20,
                hasSinks: true,
                heads: Heads(queries: 4, keyValues: 2, keyDimension: 32, valueDimension: 32))
            let (net, output) = try Self.net(variant, cached: true)
            let program = net.program(output)
            var results: [[[Float]]] = []
            for threads in 1...3 {
                var interpreter = try Interpreter(
                    program,
                    .small(
                        instructionSet, threads: threads, cache: format, contextLength: 4 * SplitPartials.positions,
                        stepTokens: 1_400))
                var rows = try interpreter.run(someTokens(length - 2))
                for count in [1, 1, 3] { rows += try interpreter.run(someTokens(count, seed: count)) }
                rows += try interpreter.run(someTokens(500, seed: 9))
                for count in [1, 16, 2] { rows += try interpreter.run(someTokens(count, seed: count)) }
                results.append(rows)
            }
            #expect(results[1] == results[0] && results[2] == results[0])
            #expect(results[0].allSatisfy { $0.allSatisfy(\.isFinite) })
        }

        @Test(arguments: cached, [CacheFormat.f32, .q8_0])
        func `the weights of any attention are those of plain code`(variant: Variant, format: CacheFormat) throws {
            var variant = variant
            let heads = variant.heads
            variant.heads = Heads(
                queries: heads.queries, keyValues: heads.keyValues, keyDimension: 32, valueDimension: 32)
            for isCached in [true, false] {
                let (net, output) = try Self.net(variant, cached: isCached)
                let program = net.program(output)
                let tokens = someTokens(23)
                var interpreter = try Interpreter(program, .small(threads: 2, cache: format, sequences: 2))
                let before = try interpreter.run(someTokens(5))
                let wanted = [heads.queries - 1, 0].map { AttentionHead(attention: output.node, head: $0) }
                var found: [[Float]] = []
                try interpreter.attentionWeights(
                    of: tokens.span, heads: wanted, sequence: 1, vocabulary: Net.vocabulary
                ) { rows in
                    found = (0..<rows.rows).map { row in
                        rows.withRow(row) { span in span.indices.map { span[$0] } }
                    }
                }
                let expected = wanted.flatMap { net.weights(output, tokens, head: $0.head) }
                #expect(difference(found, expected) <= (format == .q8_0 && isCached ? 0.03 : floatTolerance))
                #expect(interpreter.store.length(of: 0) == 5 && interpreter.store.length(of: 1) == 0)
                #expect(before.count == 5)
            }
        }

        @Test func `weights of what is no attention, or of a head that is not there, are an error`() throws {
            var (net, output) = try Self.net(Self.cached[0], cached: true)
            let sum = try net.add(output, output)
            var interpreter = try Interpreter(net.program(sum), .small())
            for (node, head) in [(sum.node, 0), (output.node, -1), (output.node, 6)] {
                #expect(throws: InterpreterError.self) {
                    try interpreter.attentionWeights(
                        of: someTokens(3).span, heads: [AttentionHead(attention: node, head: head)], sequence: 0,
                        vocabulary: Net.vocabulary
                    ) { _ in Issue.record("there are no weights") }
                }
            }
            #expect(try interpreter.run(someTokens(3)).count == 3)
        }
    }
}
