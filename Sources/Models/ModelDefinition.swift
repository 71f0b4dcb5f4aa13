package import GGUF
package import Graph
internal import Tensors

/// A file's model, ready to compile: its graphs over weights that lie in the file's map.
///
/// A graph points into the map: keep the file for as long as a program made from it runs.
package struct ModelDefinition: Sendable {
    package let architecture: String
    package let contextLength: Int
    /// Elements of a token's embedding.
    package let hiddenSize: Int
    /// Rows of the embedding table.
    package let vocabularySize: Int
    /// Whether every token sees the whole text.
    package let isEncoder: Bool
    /// Whether the classifier reads the mean of a text's states where the file does not say.
    package let classifiesMeans: Bool
    /// What it can do, the task that it is made for first.
    package let tasks: [ModelTask]
    /// What it computes for that task.
    package let graph: Graph
    private let family: any ModelFamily
    private let norm: Norm
    private let weights: TensorScope

    /// - Throws: ``ModelError`` when the file is no model of a known family, or its parts do not fit together.
    package init(_ file: GGUFFile) throws(ModelError) {
        let architecture: String
        do throws(GGUFError) {
            architecture = try file.metadata.string("general.architecture")
        } catch {
            throw .file(error)
        }
        if Families.speech.contains(where: { $0.architectures.contains(architecture) }) {
            throw .otherKind(
                architecture: architecture, found: "transcribes speech", expected: "reads text", path: file.path)
        }
        guard let type = Families.named(architecture) else {
            throw .unknownArchitecture(architecture, known: Families.architectures, path: file.path)
        }
        let hyperparameters = Hyperparameters(file, architecture: architecture)
        let weights = TensorScope(file)
        family = try type.init(hyperparameters)
        norm = try Norm(hyperparameters.has("attention.layer_norm_epsilon") ? .layer : .rms, hyperparameters)
        isEncoder = type.isEncoder
        classifiesMeans = type.classifiesMeans
        self.architecture = architecture
        contextLength = family.contextLength
        hiddenSize = try hyperparameters.positive("embedding_length")
        vocabularySize = try weights.vocabularySize(columns: hiddenSize)
        var tasks: [ModelTask] = type.isEncoder ? [.hiddenState] : [.nextToken, .hiddenState]
        if type.isEncoder, weights.maskedTokenHead != nil { tasks.append(.maskedToken) }
        if weights.hasClassifier { tasks.append(.classes) }
        self.tasks = tasks
        self.weights = weights
        graph = try Self.graph(tasks[0], family, norm, weights)
    }

    /// What the model computes for a task.
    ///
    /// - Parameter layers: follow the hidden state, in order.
    /// - Throws: ``ModelError`` when the file's tensors do not fit together, or lack the task's.
    package func graph(for task: ModelTask, layers: [DenseLayer] = []) throws(ModelError) -> Graph {
        try Self.graph(task, family, norm, weights, layers)
    }

    private static func graph(
        _ task: ModelTask, _ family: any ModelFamily, _ norm: Norm, _ weights: TensorScope, _ layers: [DenseLayer] = []
    ) throws(ModelError) -> Graph {
        var builder = GraphBuilder()
        let states = try family.build(&builder, weights)
        if task == .nextToken {
            let wanted = try builder.selectRows(states, weights)
            let normed = try family.outputNorm(wanted, &builder, weights)
            // In a line of its own: the builder would be read before the head is added.
            let logits = try builder.nextTokenHead(normed, weights)
            return builder.graph(output: logits)
        }
        // A mean is of normalized rows, so the norm comes first.
        let normed = try family.outputNorm(states, &builder, weights)
        let wanted = try builder.selectRows(normed, weights)
        let output: Node =
            switch task {
            case .nextToken, .hiddenState: try builder.dense(wanted, layers, weights)
            case .maskedToken: try builder.maskedTokenHead(wanted, norm, weights)
            case .classes:
                try builder.classifierHead(wanted, norm, type(of: family).classifierActivation(weights), weights)
            }
        return builder.graph(output: output).attendingWithinBatch()
    }
}
