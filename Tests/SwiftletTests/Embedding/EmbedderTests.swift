import Swiftlet
import TestSupport
import Testing

/// An embedder's handling of texts and options; its arithmetic is tested in GoldenTests.
@Suite struct EmbedderTests {
    private func model(_ name: String = "bert-f16") throws -> Model {
        try Model(path: Fixtures.path("models/\(name).gguf"))
    }

    private func embed(
        _ texts: [String], _ name: String = "bert-f16", _ change: (inout EmbedderOptions) -> Void = { _ in }
    ) throws -> Embeddings {
        var options = EmbedderOptions()
        change(&options)
        var embedder = try Embedder(model(name), options)
        return try embedder.embed(texts)
    }

    private func length(_ vector: ArraySlice<Float>) -> Float {
        vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    private static let texts = ["a", "the other one", "", "🦉", "sort of it", "x"]

    @Test(arguments: [
        "bert-f16", "nomic-bert-f16", "modern-bert-f16", "jina-bert-v2-f16", "qwen3-f32", "llama-q4_0", "gemma3-f32",
        "qwen3moe-f32", "nomic-bert-moe-f16",
    ])
    func `a text has a bit-identical vector in any batch`(name: String) throws {
        let all = try embed(Self.texts, name)
        #expect(all.count == Self.texts.count)
        for (index, text) in Self.texts.enumerated() {
            let alone = try embed([text], name) { options in
                options.threads = 1 + index % 3
                options.batchTokens = 1 + index
            }
            #expect(Array(alone[0]) == Array(all[index]))
            #expect(alone.texts[0].tokenCount == all.texts[index].tokenCount)
        }
        let reversed = try embed(Self.texts.reversed(), name) { $0.batchTokens = 9 }
        for index in Self.texts.indices {
            #expect(Array(reversed[Self.texts.count - 1 - index]) == Array(all[index]))
        }
    }

    /// Some steps are walked by one thread each then, the long texts' by all.
    @Test(arguments: [1, 2, 3, 8], [1, 40, 200])
    func `many texts have the vectors that each has alone`(threads: Int, batchTokens: Int) throws {
        let texts = (0..<80).map { String(repeating: ["a", "of ", "the other ", "🦉"][$0 % 4], count: $0 * 13 % 29) }
        var options = EmbedderOptions()
        options.overflow = .truncate
        var alone = try Embedder(model(), options)
        let expected = try texts.map { try alone.embed([$0]) }
        options.threads = threads
        options.batchTokens = batchTokens
        for pooling in [EmbedderOptions.Pooling.mean, .max] {
            options.pooling = pooling
            var embedder = try Embedder(model(), options)
            embedder.startProfile()
            let found = try embedder.embed(texts)
            #expect(embedder.endProfile().tokens == found.texts.reduce(0) { $0 + $1.tokenCount })
            for index in texts.indices where pooling == .mean {
                #expect(Array(found[index]) == Array(expected[index][0]))
            }
            #expect(try embedder.embed(texts).values == found.values)
            embedder.cancellation.cancel()
            #expect(throws: SwiftletError.self) { _ = try embedder.embed(texts) }
            #expect(try embedder.embed(texts).values == found.values)
        }
    }

    @Test func `an empty text, an emoji and no text at all have their vectors`() throws {
        let found = try embed(["", "🦉"])
        #expect(found.texts.map(\.tokenCount) == [2, 6])
        #expect(abs(length(found[0]) - 1) < 1e-6 && abs(length(found[1]) - 1) < 1e-6)
        let none = try embed([])
        #expect(none.count == 0 && none.values.isEmpty && none.dimensions == 32)
    }

    @Test func `a text without a token has a vector of zeros`() throws {
        var embedder = try Embedder(model("qwen3-f32"))
        let found = try embedder.embed(["", "a"])
        #expect(found[0].allSatisfy { $0 == 0 } && found.texts[0].tokenCount == 0)
        #expect(abs(length(found[1]) - 1) < 1e-6)
    }

    @Test func `a text that is too long is an error that says so, or is truncated and says so`() throws {
        let long = String(repeating: "x", count: 100_000)
        let error = #expect(throws: SwiftletError.self) { _ = try embed(["a", long]) }
        #expect(error?.code == .contextFull)
        #expect(error?.message.contains("text 2 has 100002 tokens, the model takes 64") == true)
        let found = try embed(["a", long]) { $0.overflow = .truncate }
        #expect(found.texts.map(\.isTruncated) == [false, true])
        #expect(found.texts[1].tokenCount == 64)
        // The beginning, and the token that ends every text.
        #expect(Array(found[1]) == Array(try embed([String(repeating: "x", count: 62)])[0]))
        let short = try embed([long]) { options in
            options.overflow = .truncate
            options.maxTokens = 10
        }
        #expect(short.texts[0].tokenCount == 10)
        #expect(Array(short[0]) == Array(try embed([String(repeating: "x", count: 8)])[0]))
    }

    @Test func `fewer dimensions are the first ones, scaled to the length 1`() throws {
        let whole = try embed(Self.texts) { $0.normalize = false }
        let found = try embed(Self.texts) { $0.dimensions = 10 }
        #expect(found.dimensions == 10)
        for text in Self.texts.indices {
            let first = whole[text].prefix(10)
            let scale = length(first)
            #expect(zip(found[text], first).allSatisfy { abs($0 - $1 / scale) < 1e-6 })
            #expect(abs(length(found[text]) - 1) < 1e-6)
        }
    }

    @Test func `pooling is what is asked for, else what the file says`() throws {
        let states = try embed(["the other one"]) { options in
            options.pooling = EmbedderOptions.Pooling.none
            options.normalize = false
        }
        let count = states.texts[0].tokenCount
        #expect(states.texts[0].rows == 0..<count && states[0].count == count * 32)
        let rows = (0..<count).map { Array(states.values[$0 * 32..<($0 + 1) * 32]) }
        func pooled(_ pooling: EmbedderOptions.Pooling?) throws -> [Float] {
            try embed(["the other one"]) { options in
                options.pooling = pooling
                options.normalize = false
            }.values
        }
        #expect(try pooled(.cls) == rows.first)
        #expect(try pooled(.last) == rows.last)
        #expect(try pooled(.max) == (0..<32).map { column in rows.map { $0[column] }.max() })
        let mean = (0..<32).map { column in rows.reduce(0) { $0 + $1[column] } / Float(count) }
        #expect(zip(try pooled(.mean), mean).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(try pooled(nil) == pooled(.mean))
    }

    @Test func `a decoder's vector is its last token's state`() throws {
        let model = try model("qwen3-f32")
        var embedder = try Embedder(model)
        #expect(embedder.pooling == .last && embedder.dimensions == model.hiddenSize)
        let found = try embedder.embed(["the other one", "the other two"])
        #expect(found.similarity(0, 1) < 0.9999 && abs(length(found[0]) - 1) < 1e-6)
    }

    @Test func `a prefix stands before the texts of its role`() throws {
        var options = EmbedderOptions()
        options.queryPrefix = "query: "
        options.passagePrefix = "passage: "
        var embedder = try Embedder(model(), options)
        for (role, prefix) in [(TextRole.plain, ""), (.query, "query: "), (.passage, "passage: ")] {
            #expect(try embedder.embed(["one"], as: role).values == embedder.embed([prefix + "one"]).values)
        }
    }

    @Test func `options that no model can serve are errors`() throws {
        let wrongs: [(inout EmbedderOptions) -> Void] = [
            { $0.dimensions = 0 }, { $0.dimensions = 33 }, { $0.maxTokens = 0 }, { $0.maxTokens = 65 },
            { $0.batchTokens = 0 }, { $0.threads = -1 }, { $0.instructionSet = "mmx" },
        ]
        for wrong in wrongs {
            let error = #expect(throws: SwiftletError.self) { _ = try embed(["a"], "bert-f16", wrong) }
            #expect(error?.code == .invalidArgument)
        }
        let error = #expect(throws: SwiftletError.self) { _ = try embed(["a"], "bert-reranker-f16") }
        #expect(error?.code == .model && error?.message.contains("Reranker") == true)
    }

    @Test func `an encoder writes no text`() throws {
        let error = #expect(throws: SwiftletError.self) { _ = try Session(model()) }
        #expect(error?.code == .model && error?.message.contains("encoder") == true)
    }

    @Test func `a token that there is not is an error, and the next text is not`() throws {
        var embedder = try Embedder(model())
        #expect(throws: SwiftletError.self) { _ = try embedder.embed(tokens: [[284, 288]]) }
        #expect(try embedder.embed(["a"]).values == embed(["a"]).values)
    }
}
