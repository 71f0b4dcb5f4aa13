package import GGUF
package import Graph
internal import Tensors

/// A file's speech model, ready to compile.
///
/// A graph points into the map: keep the file for as long as a program made from it runs.
package struct SpeechDefinition: Sendable {
    package let architecture: String
    package let sizes: SpeechSizes
    /// Rows of the embedding table.
    package let vocabularySize: Int
    /// From a row of mel bands for each frame to `[tokens, hidden]`; its cache is what the decoder attends to.
    package let encoder: Graph
    /// From tokens to logits, `[outputs, vocabulary]`.
    package let decoder: Graph
    private let family: any SpeechFamily
    private let weights: TensorScope

    /// - Throws: ``ModelError`` when the file is no model of a known family, or its parts do not fit together.
    package init(_ file: GGUFFile) throws(ModelError) {
        let architecture: String
        do throws(GGUFError) {
            architecture = try file.metadata.string("general.architecture")
        } catch {
            throw .file(error)
        }
        guard let type = Families.speech.first(where: { $0.architectures.contains(architecture) }) else {
            guard Families.named(architecture) == nil else {
                throw .otherKind(
                    architecture: architecture, found: "reads text", expected: "transcribes speech", path: file.path)
            }
            throw .unknownArchitecture(
                architecture, known: Families.speech.flatMap { $0.architectures }, path: file.path)
        }
        let weights = TensorScope(file)
        family = try type.init(Hyperparameters(file, architecture: architecture))
        self.architecture = architecture
        self.weights = weights
        sizes = family.sizes
        vocabularySize = try weights.vocabularySize(columns: sizes.hiddenSize)
        var builder = GraphBuilder()
        let encoded = try family.buildEncoder(&builder, weights)
        encoder = builder.graph(output: encoded)
        builder = GraphBuilder()
        let states = try family.buildDecoder(&builder, weights).states
        let wanted = try builder.selectRows(states, weights)
        let logits = try family.logits(wanted, &builder, weights)
        decoder = builder.graph(output: logits)
    }

    /// From tokens to the weights with which some heads, by layer and number, attend to the encoder's result:
    /// `[tokens, heads.count * audioContext]`.
    package func alignment(_ heads: [(layer: Int, head: Int)]) throws(ModelError) -> Graph {
        var builder = GraphBuilder()
        let decoder = try family.buildDecoder(&builder, weights)
        let wanted = heads.map { CrossHead(query: decoder.queries[$0.layer], layer: $0.layer, head: $0.head) }
        let shape = sizes.decoderHeads
        let output = try builder.checked(weights) { g throws(GraphError) in
            try g.attentionWeights(
                wanted, heads: shape, scale: 1 / Float(shape.keyDimension).squareRoot(), capacity: sizes.audioContext)
        }
        return builder.graph(output: output)
    }
}
