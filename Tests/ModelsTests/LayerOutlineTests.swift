import Foundation
import GGUF
import Graph
import Models
import TestSupport
import Testing

/// Layers are found in the graph of every family, which says nothing of them.
@Suite struct LayerOutlineTests {
    static let names: [String] = {
        let folder = Fixtures.path("models")
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.filter { $0.hasSuffix(".gguf") && !$0.hasPrefix("vocab-") && !$0.hasPrefix("gemma3n") }.sorted()
    }()

    private func layers(_ name: String) throws -> [(task: ModelTask, layers: [LayerOutline], graph: Graph)] {
        let file = try GGUFFile(path: Fixtures.path("models/\(name)"))
        let definition = try ModelDefinition(file)
        let tasks: [ModelTask] =
            definition.tasks.contains(.decoding) ? [.encoding, .decoding] : [definition.tasks[0]]
        return try tasks.map { task in
            let graph = try definition.graph(for: task)
            return (task, graph.layers, graph)
        }
    }

    @Test(arguments: names) func `each layer has its stream, its attention and its terms`(name: String) throws {
        let file = try GGUFFile(path: Fixtures.path("models/\(name)"))
        let architecture = try file.metadata.string("general.architecture")
        for (task, layers, graph) in try layers(name) {
            let kind = task == .encoding ? ".encoder" : task == .decoding ? ".decoder" : ""
            let keys = ["\(architecture)\(kind).block_count", "\(architecture).decoder_block_count"]
            let key = task == .decoding ? keys.first(where: file.metadata.contains) : keys[0]
            let count = try file.metadata.int(
                key.flatMap { file.metadata.contains($0) ? $0 : nil } ?? "\(architecture).block_count")
            // The last layers of GLM-4.5 predict further tokens, and are left out.
            let unused = try file.metadata.int("\(architecture).nextn_predict_layers", default: 0)
            #expect(layers.count == count - unused, "\(task)")
            #expect(layers.last?.output == graph.finalStates)
            for (layer, next) in zip(layers, layers.dropFirst()) { #expect(layer.output == next.input) }
            for layer in layers {
                #expect(!layer.terms.isEmpty)
                #expect(layer.attentions.isEmpty || layer.terms.contains { $0.source == .attention })
                // Nemotron-H's layers attend or have a feed-forward.
                #expect(
                    layer.attentions.isEmpty || architecture.hasPrefix("nemotron_h")
                        || layer.terms.contains { $0.source == .feedForward })
                #expect((task == .decoding) == layer.attentions.contains { $0.isCross })
            }
        }
    }

    @Test func `layers that hand on several streams hand on one value`() throws {
        let file = try GGUFFile(path: Fixtures.path("models/gemma3n-f32.gguf"))
        let (_, layers, graph) = try layers("gemma3n-f32.gguf")[0]
        #expect(try layers.count == file.metadata.int("gemma3n.block_count"))
        let columns = try file.metadata.int("gemma3n.embedding_length") * file.metadata.int("gemma3n.altup.num_inputs")
        for (layer, next) in zip(layers, layers.dropFirst()) { #expect(layer.output == next.input) }
        for layer in layers {
            #expect(graph.shape(of: layer.output).columns == columns)
            #expect(layer.attentions.count == 1 && layer.terms.isEmpty && !layer.isSum)
        }
        let last = try #require(layers.last?.output)
        #expect(last != graph.finalStates && graph.part(from: last, to: graph.output) != nil)
    }

    @Test func `streams are sums where norms come first, and none where norms follow the sums`() throws {
        for (name, isSum) in [("llama-f32", true), ("falcon-f32", true), ("gemma2-f32", true), ("bert-f16", false)] {
            let found = try layers("\(name).gguf")[0].layers
            #expect(found.allSatisfy { $0.isSum == isSum }, "\(name)")
        }
    }

    @Test func `what leads from the last layer to the logits stands alone`() throws {
        let (_, layers, graph) = try layers("llama-f32.gguf")[0]
        let states = try #require(graph.finalStates)
        let tail = try #require(graph.part(from: states, to: graph.output))
        #expect(tail.operations.map(\.payload.name) == ["input", "select rows", "norm", "product"])
        #expect(graph.part(from: layers[0].input, to: graph.output) == nil)
    }
}
