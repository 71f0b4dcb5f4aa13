package import GGUF
package import Graph

/// A file's model, ready to compile: its graph over weights that lie in the file's map.
///
/// The graph points into the map: keep the file for as long as a program made from it runs.
package struct ModelDefinition: Sendable {
    package let architecture: String
    package let contextLength: Int
    /// Elements of a token's embedding.
    package let hiddenSize: Int
    /// Rows of the embedding table.
    package let vocabularySize: Int
    package let graph: Graph

    /// - Throws: ``ModelError`` when the file is no model of a known family, or its parts do not fit together.
    package init(_ file: GGUFFile) throws(ModelError) {
        let architecture: String
        do throws(GGUFError) {
            architecture = try file.metadata.string("general.architecture")
        } catch {
            throw .file(error)
        }
        guard let family = Families.named(architecture) else {
            throw .unknownArchitecture(architecture, known: Families.architectures, path: file.path)
        }
        let hyperparameters = Hyperparameters(file, architecture: architecture)
        let model = try family.init(hyperparameters)
        var builder = GraphBuilder()
        let weights = TensorScope(file)
        let output = try model.build(&builder, weights)
        self.architecture = architecture
        contextLength = model.contextLength
        hiddenSize = try hyperparameters.positive("embedding_length")
        vocabularySize = builder.shape(of: output).columns
        graph = builder.graph(output: output)
    }
}
