import Swiftlet
import TestSupport
import Testing

/// Sessions of models with linear attention, some with layers that keep keys and values.
@Suite struct LinearAttentionTests {
    static let files = ["qwen3next-f32", "qwen35-f32", "qwen35-q8_0", "qwen35moe-f32", "rwkv6-f32", "rwkv7-f32"]

    private func model(_ file: String) throws -> Model { try Model(path: Fixtures.path("models/\(file).gguf")) }

    private let ids = (0..<60).map { (i: Int) in Token((37 * i + 11 * i * i) % 280) }

    private func session(_ model: Model, stepTokens: Int = 512, threads: Int = 1) throws -> Session {
        var options = SessionOptions()
        options.stepTokens = stepTokens
        options.threads = threads
        return try Session(model, options)
    }

    private func rows(_ session: inout Session, _ ids: [Token]) throws -> [[Float]] {
        var rows: [[Float]] = []
        try session.append(ids) { _, row in rows.append(row.indices.map { row[$0] }) }
        return rows
    }

    @Test(arguments: files) func `a prompt in chunks of any size gives the same bits`(file: String) throws {
        let model = try model(file)
        var whole = try session(model)
        let expected = try rows(&whole, ids)
        for (stepTokens, threads) in [(1, 3), (7, 2), (12, 1), (15, 2)] {
            var chunked = try session(model, stepTokens: stepTokens, threads: threads)
            #expect(try rows(&chunked, ids) == expected, "\(stepTokens)")
        }
    }

    @Test(arguments: files) func `a rewound session goes on as a fresh one`(file: String) throws {
        let model = try model(file)
        var fresh = try session(model)
        _ = try rows(&fresh, Array(ids[..<25]))
        let expected = try rows(&fresh, Array(ids[25...]))
        var session = try session(model)
        _ = try rows(&session, Array(ids[..<25]))
        _ = try rows(&session, ids.reversed().dropLast(30))
        session.rewind(to: 25)
        #expect(session.position == 25 && session.withLogits { _ in } == nil)
        #expect(try rows(&session, Array(ids[25...])) == expected)
        session.rewind(to: 0)
        _ = try rows(&session, Array(ids[..<25]))
        #expect(try rows(&session, Array(ids[25...])) == expected)
    }

    @Test(arguments: files) func `a saved session goes on as it would have`(file: String) throws {
        let model = try model(file)
        var session = try session(model)
        _ = try rows(&session, Array(ids[..<25]))
        let saved = try session.saved()
        let expected = try rows(&session, Array(ids[25...]))
        var other = try self.session(model, stepTokens: 40)
        _ = try rows(&other, Array(ids[7..<20]))
        try other.restore(saved: saved)
        #expect(other.tokens == Array(ids[..<25]))
        #expect(try rows(&other, Array(ids[25...])) == expected)
        for length in stride(from: 0, to: saved.count, by: 997) {
            #expect(throws: SwiftletError.self) { try other.restore(saved: Array(saved[..<length])) }
        }
    }

    @Test func `the states of RWKV do not grow with the text, those of hybrids by their attention alone`() throws {
        let columns = 32
        let bytes = [
            // Of each layer, a matrix for each head and two rows.
            "rwkv7-f32": (state: 3 * 4 * (16 * columns + 2 * columns), position: 0),
            // Of two layers, a matrix for each of four heads and the last inputs of 128 channels; keys and values of one.
            "qwen3next-f32": (state: 2 * 4 * (4 * 16 * 16 + 3 * 128), position: 4 * (16 + 16)),
        ]
        for (file, size) in bytes {
            let model = try model(file)
            var options = SessionOptions()
            options.cacheType = .f32
            options.contextLength = 128
            #expect(try Session(model, options).cacheByteCount == size.state + 128 * size.position, "\(file)")
        }
    }

    @Test(arguments: files) func `guesses of tokens are refused, as they cannot be taken back`(file: String) throws {
        let model = try model(file)
        for drafting in [Drafting.lookup(), .model(model)] {
            let error = #expect(throws: SwiftletError.self) { try drafting.validate(for: model) }
            #expect(error?.code == .invalidArgument && error?.message.contains("cannot be taken back") == true)
        }
    }

    @Test(arguments: files) func `texts are embedded as their tokens are read`(file: String) throws {
        let model = try model(file)
        var embedder = try Embedder(model)
        let texts = ["the cat", "a dog on the mat", "it"]
        let together = try embedder.embed(texts)
        for (index, text) in texts.enumerated() {
            let alone = try embedder.embed([text])
            #expect(Array(alone[0]) == Array(together[index]))
        }
        #expect(together.values.allSatisfy { $0.isFinite })
    }
}
