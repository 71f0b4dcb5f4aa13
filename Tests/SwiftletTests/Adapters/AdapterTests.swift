import GGUF
import Swiftlet
import TestSupport
import Testing

/// Adapters of sessions and of an engine's sequences: each as if it were alone from the start.
@Suite final class AdapterTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Some adapters of a model, with random values.
    private func adapters(_ model: Model, _ count: Int) throws -> [Adapter] {
        let file = try GGUFFile(path: model.path)
        return try (0..<count).map { number in
            let adapter = try AdapterFile(of: file, rank: 2 + 3 * number, seed: number) { name in
                name.hasPrefix("blk.") && (number != 1 || name.contains("attn"))
            }
            return try Adapter(path: folder.write(adapter.bytes, to: "\(number).gguf"), for: model)
        }
    }

    private func bits(
        _ model: Model, _ adapters: [ScaledAdapter], _ tokens: [Token], threads: Int = 1
    ) throws -> [UInt32] {
        var options = SessionOptions()
        options.threads = threads
        options.adapters = adapters
        var session = try Session(model, options)
        try session.append(tokens)
        return session.logitBits
    }

    @Test(arguments: ["llama-f32.gguf", "llama-q8_0.gguf", "llama-q4_0.gguf"])
    func `a switch gives the bits of a session that had the adapters from the start`(file: String) throws {
        let model = try TinyModels.open(file)
        let loaded = try adapters(model, 3)
        let prompt = TinyModels.prompt(model, 30)
        let sets: [[ScaledAdapter]] = [
            [], [ScaledAdapter(loaded[0])], [ScaledAdapter(loaded[0], scale: 0.5)],
            [ScaledAdapter(loaded[1]), ScaledAdapter(loaded[2], scale: -0.25)], [ScaledAdapter(loaded[2])], [],
        ]
        var options = SessionOptions()
        options.threads = 2
        var session = try Session(model, options)
        try session.append(Array(prompt.dropLast()))
        for set in sets {
            try session.setAdapters(set)
            #expect(session.adapters.count == set.count)
            #expect(session.tokens == Array(prompt.dropLast()))
            try session.append([prompt[29]])
            let found = session.logitBits
            var own = SessionOptions()
            own.threads = 1
            own.adapters = set
            var fresh = try Session(model, own)
            try fresh.append(Array(prompt.dropLast()))
            try fresh.append([prompt[29]])
            #expect(found == fresh.logitBits, "\(set.map(\.scale))")
            session.rewind(to: 29)
        }
        let all = try Set(sets.map { try bits(model, $0, prompt) })
        #expect(all.count == sets.count - 1, "each set gives other logits")
    }

    @Test func `threads change nothing, nor do steps`() throws {
        let model = try TinyModels.open("llama-q4_0.gguf")
        let set = try adapters(model, 2).map { ScaledAdapter($0) }
        let prompt = TinyModels.prompt(model, 36)
        let expected = try bits(model, set, prompt)
        for threads in 2...3 { #expect(try bits(model, set, prompt, threads: threads) == expected) }
        var options = SessionOptions()
        options.stepTokens = 12
        options.adapters = set
        var session = try Session(model, options)
        try session.append(prompt)
        #expect(session.logitBits == expected)
    }

    @Test func `sequences with different adapters in one step give what each gives alone`() throws {
        let model = try TinyModels.open("llama-q8_0.gguf")
        let loaded = try adapters(model, 2)
        let sets: [[ScaledAdapter]] = [
            [], [ScaledAdapter(loaded[0])], [ScaledAdapter(loaded[1])], [ScaledAdapter(loaded[0], scale: 2)], [],
            loaded.map { ScaledAdapter($0) },
        ]
        let engine = try Engine(model)
        let sequences = try sets.map { set in
            let sequence = try engine.open()
            try engine.setAdapters(set, of: sequence)
            return sequence
        }
        var alone = try sets.map { set in
            var options = SessionOptions()
            options.threads = 1
            options.adapters = set
            return Box(try Session(model, options))
        }
        for step in 0..<4 {
            let tokens = sets.indices.map { index in
                step == 0 ? TinyModels.prompt(model, 3 + 5 * index) : [Token((step * 7 + index) % model.vocabularySize)]
            }
            let entries = sets.indices.map { EngineEntry(sequences[$0], tokens[$0][...]) }
            let found = try engine.bits(entries)
            for index in sets.indices {
                try alone[index].session.append(tokens[index])
                #expect(found[index] == alone[index].session.logitBits, "step \(step), sequence \(index)")
            }
        }
        let fork = try engine.fork(sequences[1])
        let entries = [EngineEntry(fork, [5]), EngineEntry(sequences[0], [6])]
        let found = try engine.bits(entries)
        try alone[1].session.append([5])
        #expect(found[0] == alone[1].session.logitBits)
        // What is wrong with one stops all.
        let length = try engine.length(of: sequences[0])
        let wrong = [EngineEntry(sequences[0], [1]), EngineEntry(sequences[1], [-1])]
        #expect(throws: SwiftletError.self) { try engine.bits(wrong) }
        #expect(try engine.length(of: sequences[0]) == length)
        alone = []
    }

    private final class Box {
        var session: Session

        init(_ session: consuming Session) { self.session = session }
    }

    @Test func `a saved session is taken by one with the same adapters alone`() throws {
        let model = try TinyModels.open("llama-q8_0.gguf")
        let loaded = try adapters(model, 2)
        var options = SessionOptions()
        options.adapters = [ScaledAdapter(loaded[0])]
        var session = try Session(model, options)
        try session.append(TinyModels.prompt(model, 20))
        let saved = try session.saved()
        var same = try Session(model, options)
        try same.restore(saved: saved)
        try same.append([3])
        try session.append([3])
        #expect(same.logitBits == session.logitBits)
        for other in [[], [ScaledAdapter(loaded[1])], [ScaledAdapter(loaded[0], scale: 0.5)]] {
            try same.setAdapters(other)
            let error = #expect(throws: SwiftletError.self) { try same.restore(saved: saved) }
            #expect(error?.message.contains("with other adapters") == true)
        }
    }

    @Test func `adapters that cannot be are errors`() throws {
        let model = try TinyModels.open("llama-q8_0.gguf")
        let adapter = try adapters(model, 1)[0]
        var session = try Session(model)
        for scale in [Float.nan, .infinity] {
            let error = #expect(throws: SwiftletError.self) {
                try session.setAdapters([ScaledAdapter(adapter, scale: scale)])
            }
            #expect(error?.code == .invalidArgument && error?.message.contains("use a number") == true)
        }
        let other = try TinyModels.open("llama-q8_0.gguf")
        var options = SessionOptions()
        options.adapters = [ScaledAdapter(adapter)]
        let error = #expect(throws: SwiftletError.self) { _ = try Session(other, options) }
        #expect(error?.code == .invalidArgument && error?.message.contains("open it for that") == true)
        #expect(session.adapters.isEmpty)
        // Nothing of an adapter is left with the scale 0, and one that is there twice counts twice.
        try session.setAdapters([ScaledAdapter(adapter, scale: 0)])
        #expect(session.adapters.isEmpty)
        try session.setAdapters([ScaledAdapter(adapter), ScaledAdapter(adapter, scale: 0.5)])
        #expect(session.adapters.map(\.scale) == [1.5])
    }

    @Test func `vectors change with an adapter, and an index tells them apart`() throws {
        let model = try Model(path: Fixtures.path("models/bert-q8_0.gguf"))
        let adapter = try adapters(model, 1)[0]
        var options = EmbedderOptions()
        var plain = try Embedder(model, options)
        options.adapters = [ScaledAdapter(adapter)]
        var adapted = try Embedder(model, options)
        let texts = ["a b c", "d e"]
        let (first, second) = (try plain.embed(texts), try adapted.embed(texts))
        #expect(Array(first[0]) != Array(second[0]))
        #expect(plain.indexModel != adapted.indexModel)
        options.threads = 3
        var threaded = try Embedder(model, options)
        let third = try threaded.embed(texts)
        #expect(Array(third[1]) == Array(second[1]))
    }
}
