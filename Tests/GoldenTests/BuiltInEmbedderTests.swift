import Swiftlet
import TestSupport
import Testing

/// `Fixtures/embed.gguf` against PyTorch on its dequantized weights: `Fixtures/golden/make_embed.py`.
@Suite struct BuiltInEmbedderTests {
    struct List: Decodable { let texts: [Golden] }

    struct Golden: Decodable {
        let text: String
        let ids: [Token]
        let vector: [Float]
    }

    @Test(arguments: InstructionSets.runnable) func `vectors are PyTorch's`(instructionSet: String) throws {
        let goldens = try decode(List.self, Fixtures.path("golden/embed.json")).texts
        #expect(goldens.count > 10)
        let model = try Model(path: Fixtures.path("embed.gguf"))
        var options = EmbedderOptions()
        options.instructionSet = instructionSet
        var embedder = try Embedder(model, options)
        let found = try embedder.embed(goldens.map(\.text))
        for (index, golden) in goldens.enumerated() {
            #expect(model.tokenize(golden.text) == golden.ids, "\(golden.text)")
            let vector = found.values[index * found.dimensions..<(index + 1) * found.dimensions]
            let cosine = zip(vector, golden.vector).reduce(Float(0)) { $0 + $1.0 * $1.1 }
            // Activations are rounded to int8.
            #expect(cosine > 0.998, "\(golden.text): \(cosine)")
        }
    }

    @Test func `what means the same is nearer than what does not`() throws {
        var embedder = try Embedder(Model(path: Fixtures.path("embed.gguf")))
        let texts = ["a library to read images", "loads pictures from files", "plays chess against you"]
        let vectors = try embedder.embed(texts)
        #expect(vectors.similarity(0, 1) > vectors.similarity(0, 2) + 0.1)
    }
}
