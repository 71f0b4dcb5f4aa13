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
    /// From a row of mel bands for each frame to `[tokens, hidden]`; the decoder attends to its cache.
    package let encoder: Graph
    /// From tokens to logits, `[outputs, vocabulary]`.
    package let decoder: Graph
    /// The decoder's attentions to the encoder's result, by layer.
    package let crossAttentions: [Node]

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
        let family = try type.init(Hyperparameters(file, architecture: architecture))
        self.architecture = architecture
        sizes = family.sizes
        vocabularySize = try weights.vocabularySize(columns: sizes.hiddenSize)
        var builder = GraphBuilder()
        let encoded = try family.buildEncoder(&builder, weights)
        encoder = builder.graph(output: encoded)
        builder = GraphBuilder()
        let layers = try family.buildDecoder(&builder, weights)
        crossAttentions = layers.crossAttentions
        let wanted = try builder.selectRows(layers.states, weights)
        let logits = try family.logits(wanted, &builder, weights)
        decoder = builder.graph(output: logits)
    }
}
