import Foundation
import Swiftlet
import TestSupport
import Testing

/// all-MiniLM-L6-v2 against sentence-transformers: 33 sentences in several scripts, `[33, 384]`.
@Suite(.enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absent))) struct MiniLMTests {
    private let sentences: [String]
    private let expected: [Float]

    init() throws {
        let text = try String(contentsOfFile: SharedData.path("minilm/sentences.txt"), encoding: .utf8)
        sentences = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init).dropLast(
            text.hasSuffix("\n") ? 1 : 0)
        expected = try floats(SharedData.path("minilm/sentence_transformers.f32"))
    }

    private func model(_ type: String) throws -> Model {
        try Model(path: SharedData.path("minilm/minilm-l6-v2-\(type).gguf"))
    }

    /// All sentences, or a few for the plain code, which is slow.
    private func some(_ instructionSet: String) -> [String] {
        instructionSet == "scalar" ? Array(sentences.prefix(4)) : sentences
    }

    private func cosines(_ a: [Float], _ b: [Float]) -> [Double] {
        stride(from: 0, to: a.count, by: 384).map { start in
            var (product, first, second) = (0.0, 0.0, 0.0)
            for i in start..<start + 384 {
                product += Double(a[i]) * Double(b[i])
                first += Double(a[i]) * Double(a[i])
                second += Double(b[i]) * Double(b[i])
            }
            return product / (first * second).squareRoot()
        }
    }

    @Test(arguments: [("f16", 0.9999, 0.9999), ("q8_0", 0.995, 0.999)], InstructionSets.runnable)
    func `vectors are those of sentence-transformers`(
        file: (type: String, least: Double, mean: Double), instructionSet: String
    ) throws {
        var options = EmbedderOptions()
        options.instructionSet = instructionSet
        var embedder = try Embedder(model(file.type), options)
        #expect(embedder.pooling == .mean && embedder.dimensions == 384 && embedder.maxTokens == 512)
        let sentences = some(instructionSet)
        let found = try embedder.embed(sentences)
        let cosines = cosines(found.values, expected)
        let mean = cosines.reduce(0, +) / Double(cosines.count)
        #expect(cosines.count == sentences.count)
        #expect(try #require(cosines.min()) >= file.least && mean >= file.mean, "\(cosines.min() ?? 0), \(mean)")
    }

    @Test(arguments: ["f16", "q8_0"]) func `a sentence alone has a bit-identical vector`(type: String) throws {
        let model = try model(type)
        var together = try Embedder(model)
        let all = try together.embed(sentences)
        for (index, sentence) in sentences.enumerated() {
            var options = EmbedderOptions()
            options.threads = 1 + index % 3
            options.batchTokens = 1 + index * 7
            var alone = try Embedder(model, options)
            #expect(try alone.embed([sentence]).values == Array(all[index]))
        }
    }

    @Test func `instruction sets agree`() throws {
        let model = try model("q8_0")
        let all = try InstructionSets.runnable.map { name in
            var options = EmbedderOptions()
            options.instructionSet = name
            var embedder = try Embedder(model, options)
            return try embedder.embed(some("scalar")).values
        }
        for other in all { #expect(try #require(cosines(all[0], other).min()) >= 0.9995) }
    }
}
