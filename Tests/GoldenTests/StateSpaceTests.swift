import Swiftlet
import TestSupport
import Testing

/// Sessions of models with a state that each step replaces, without a key/value cache or beside one.
@Suite struct StateSpaceTests {
    static let files = [
        "mamba-f32", "mamba-q8_0", "mamba-parameter-norms-f32", "mamba2-f32", "mamba2-q8_0", "lfm2-f32",
        "falcon-h1-f32", "nemotron_h-f32",
    ]
    static let mixtures = [
        "granitehybrid-f32", "granitehybrid-all-experts-q8_0", "nemotron_h_moe-f32", "jamba-f32", "lfm2moe-f32",
    ]

    private func model(_ file: String) throws -> Model { try Model(path: Fixtures.path("models/\(file).gguf")) }

    private let ids = (0..<60).map { (i: Int) in Token((37 * i + 11 * i * i) % 280) }

    private func session(_ model: Model, stepTokens: Int = 512, _ context: Int? = nil) throws -> Session {
        var options = SessionOptions()
        options.stepTokens = stepTokens
        options.contextLength = context
        return try Session(model, options)
    }

    private func rows(_ session: inout Session, _ ids: [Token]) throws -> [[Float]] {
        var rows: [[Float]] = []
        try session.append(ids) { _, row in rows.append(row.indices.map { row[$0] }) }
        return rows
    }

    @Test(arguments: files + mixtures) func `a prompt in chunks of any size gives the same bits`(file: String) throws {
        let model = try model(file)
        var whole = try session(model)
        let expected = try rows(&whole, ids)
        for stepTokens in [1, 7, 12, 15] {
            var chunked = try session(model, stepTokens: stepTokens)
            #expect(try rows(&chunked, ids) == expected, "\(stepTokens)")
        }
    }

    @Test func `tokens one by one differ from a prompt by the rounding of sums`() throws {
        for file in (Self.files + Self.mixtures).filter({ $0.hasSuffix("f32") }) {
            let model = try model(file)
            var whole = try session(model)
            let expected = try rows(&whole, ids)
            var single = try session(model)
            let found = try ids.flatMap { try rows(&single, [$0]) }
            // Of up to 8; a cache of float16 rounds sums that differ.
            let most: Float = file.hasPrefix("mamba") ? 1e-4 : 2e-2
            #expect(Divergence.largestDifference(Array(expected.joined()), Array(found.joined())) < most)
        }
    }

    @Test(arguments: files + mixtures) func `a rewound session goes on as a fresh one`(file: String) throws {
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

    /// Of a conversation, an answer that is told otherwise in the next prompt, and one that is asked for again.
    @Test(arguments: files + mixtures) func `a rewound session computes no more than since the last prompt`(
        file: String
    ) throws {
        let model = try model(file)
        var session = try session(model)
        try session.append(Array(ids[..<20]))
        var first = try self.session(model)
        try first.append(Array(ids[..<20]))
        let expected = try rows(&first, Array(ids[30..<40]))
        for token in ids[20..<30] { try session.append([token]) }
        session.rewind(to: 20)
        #expect(session.computedCount == 20)
        #expect(try rows(&session, Array(ids[30..<40])) == expected)
        try session.append([7])
        session.rewind(to: 29)
        #expect(session.computedCount == 20 && session.position == 29)
        session.rewind(to: 19)
        #expect(session.computedCount == 0)
    }

    @Test(arguments: files + mixtures) func `a saved session goes on as it would have`(file: String) throws {
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
        for length in stride(from: 0, to: saved.count, by: 97) {
            #expect(throws: SwiftletError.self) { try other.restore(saved: Array(saved[..<length])) }
        }
        #expect(throws: SwiftletError.self) { try other.restore(saved: self.otherState) }
    }

    /// Of a model with attention.
    private var otherState: [UInt8] {
        get throws {
            var session = try Session(Model(path: Fixtures.path("models/llama-f32.gguf")))
            try session.append([1, 2, 3])
            return try session.saved()
        }
    }

    @Test func `memory does not grow with the text`() throws {
        let model = try model("mamba-f32")
        let bytes = 2 * 4 * 128 * (16 + 3)  // layers, bytes, channels, state and past inputs
        for (stepTokens, context) in [(512, 64), (7, 10)] {
            let session = try session(model, stepTokens: stepTokens, context)
            #expect(session.cacheByteCount == bytes)
        }
        var session = try session(model)
        try session.append([5])
        let used = session.usedCacheByteCount
        try session.append(ids)
        #expect(session.usedCacheByteCount == used && used <= 3 * bytes)
    }

    @Test(arguments: SessionOptions.CacheType.allCases)
    func `the type of the cache makes no difference`(cacheType: SessionOptions.CacheType) throws {
        let model = try model("mamba-q8_0")
        var session = try session(model)
        var options = SessionOptions()
        options.cacheType = cacheType
        var other = try Session(model, options)
        #expect(try rows(&other, ids) == rows(&session, ids))
    }

    /// Of two layers with state and convolution, and one of keys and values for 64 positions in float32.
    @Test func `a hybrid keeps a state of fixed size beside its keys and values`() throws {
        let session = try session(model("granitehybrid-f32"))
        #expect(session.cacheByteCount == 2 * 4 * (64 * 16 + 3 * 96) + 2 * 16 * 4 * 64)
    }

    @Test(arguments: ["mamba-f32", "granitehybrid-f32", "lfm2-f32"])
    func `guesses of tokens are refused, as they cannot be taken back`(file: String) throws {
        let model = try model(file)
        var session = try session(model)
        var options = GenerationOptions()
        options.sampling = .greedy
        options.maxTokens = 4
        options.ignoresEnd = true
        let expected = try session.generate(from: ids, options).tokens
        #expect(expected.count == 4)
        session.rewind(to: 0)
        for drafting in [Drafting.lookup(), .model(model)] {
            options.drafting = drafting
            let errors = [
                #expect(throws: SwiftletError.self) { try session.generate(from: ids, options) },
                #expect(throws: SwiftletError.self) { try drafting.validate(for: model) },
            ]
            for error in errors {
                #expect(error?.code == .invalidArgument && error?.message.contains("cannot be taken back") == true)
            }
        }
    }
}
