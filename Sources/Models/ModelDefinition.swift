package import GGUF
package import Graph
internal import Tensors

/// A file's model, ready to compile: its graphs over weights that lie in the file's map.
///
/// A graph points into the map: keep the file for as long as a program made from it runs.
package struct ModelDefinition: Sendable {
    package let architecture: String
    package let kind: ModelKind
    package let traits: ModelTraits
    /// Rows of the embedding table.
    package let vocabularySize: Int
    /// What it can do, the task that it is made for first.
    package let tasks: [ModelTask]
    /// Max positions of a sequence.
    package let contextLength: Int
    private let rope: RopeOverrides
    private let stages: [any Stage]
    private let weights: TensorScope

    /// - Throws: ``ModelError`` when the file is no model of a known family, or its parts do not fit together.
    package init(_ file: GGUFFile, rope: RopeOverrides = RopeOverrides()) throws(ModelError) {
        let architecture: String
        do throws(GGUFError) {
            architecture = try file.metadata.string("general.architecture")
        } catch {
            throw .file(error)
        }
        guard let type = Families.named(architecture) else {
            throw .unknownArchitecture(architecture, path: file.path)
        }
        let hyperparameters = Hyperparameters(file, architecture: architecture, rope: rope)
        let family = try type.init(hyperparameters)
        self.rope = rope
        weights = TensorScope(file)
        traits = try family.traits(weights)
        stages = family.stages
        kind = ModelKind(stages)
        tasks = Self.tasks(kind, weights)
        self.architecture = architecture
        let last = stages[stages.count - 1]
        contextLength = try rope.contextLength(insteadOf: last.contextLength, hyperparameters)
        vocabularySize = try weights.vocabularySize(columns: last.embeddingSize)
    }

    /// The last stage: it gives the model's result.
    private var last: any Stage { stages[stages.count - 1] }

    /// What an encoder-decoder's first stage reads, and how much.
    package var encoder: (any Stage)? { stages.first { $0.role == .encoder } }

    /// Elements of a token's embedding.
    package var hiddenSize: Int { last.hiddenSize }

    private static func tasks(_ kind: ModelKind, _ weights: TensorScope) -> [ModelTask] {
        var tasks: [ModelTask] =
            switch kind {
            case .decoder: [.nextToken, .embedding]
            case .encoder: [.embedding]
            case .textToText: [.decoding, .encoding, .embedding]
            case .speech: [.decoding, .encoding]
            }
        if kind == .encoder, weights.maskedTokenHead != nil || weights.hasPlainTokenHead { tasks.append(.maskedToken) }
        if kind == .encoder || kind == .decoder, weights.hasClassifier { tasks.append(.classification) }
        return tasks
    }

    /// The matrices behind a text's pooled state that the file has, in order: `dense_2`, `dense_3`.
    ///
    /// - Throws: ``ModelError`` when they do not fit together.
    package var denseLayers: [DenseLayer] {
        get throws(ModelError) {
            var layers: [DenseLayer] = []
            var columns = (encoder ?? last).hiddenSize
            for name in ["dense_2.weight", "dense_3.weight"] where weights.has(name) {
                let matrix = try weights.matrix(name, rows: nil, columns: columns)
                layers.append(DenseLayer(weights: matrix, bias: nil, activation: nil))
                columns = matrix.matrix.rows
            }
            return layers
        }
    }

    /// What the model computes for a task, one of ``tasks``.
    ///
    /// - Parameters:
    ///   - layers: follow an embedding, in order.
    ///   - adapters: of this model; a step has their scales in this order.
    /// - Throws: ``ModelError`` when the file's tensors do not fit together, or lack the task's.
    package func graph(
        for task: ModelTask, layers: [DenseLayer] = [], adapters: [LowRankAdapter] = []
    ) throws(ModelError) -> Graph {
        var graph = try graph(for: task, layers, weights.adapted(by: adapters))
        graph.owners = adapters
        return graph
    }

    /// - Throws: ``ModelError/adapter(_:path:)`` when no task of the model multiplies by a weight that the adapter changes.
    package func check(_ adapter: LowRankAdapter) throws(ModelError) {
        var used: Set<String> = []
        for task in tasks { used.formUnion(try graph(for: task, adapters: [adapter]).names.values) }
        let unused = adapter.pairs.filter { !used.contains($1.a.name) }.keys.sorted()
        guard unused.isEmpty else {
            throw .adapter(
                "adapters of \(unused.prefix(5).joined(separator: ", ")) are not supported with this architecture",
                path: adapter.file.path)
        }
    }

    private func graph(
        for task: ModelTask, _ layers: [DenseLayer], _ weights: TensorScope
    ) throws(ModelError) -> Graph {
        let stage =
            switch task {
            case .nextToken, .decoding: last
            case .embedding, .maskedToken, .classification, .encoding: encoder ?? last
            }
        var g = GraphBuilder()
        let states = try stage.build(&g, weights)
        guard rope.isEmpty || g.hasRopeTable else {
            throw weights.refusal("the model has no rotary embedding: leave its scaling and base out")
        }
        if task == .nextToken || task == .decoding {
            let wanted = try g.selectRows(states, weights)
            let normed = try stage.outputNorm(wanted, &g, weights)
            // In a line of its own: the builder would be read before the head is added.
            let logits = try stage.logits(normed, &g, weights)
            return g.graph(output: logits, states: states)
        }
        // A mean is of normalized rows, so the norm comes first.
        let normed = try stage.outputNorm(states, &g, weights)
        if task == .encoding {
            try last.storeCrossKeyValues(normed, &g, weights)
            return g.graph(output: normed, states: states)
        }
        let wanted = try g.selectRows(normed, weights)
        let output: Node =
            switch task {
            case .maskedToken: try g.maskedTokenHead(wanted, traits, columns: stage.embeddingSize, weights)
            case .classification: try g.classifierHead(wanted, traits, weights)
            default: try g.dense(wanted, layers, weights)
            }
        return g.graph(output: output, states: states).attendingWithinBatch()
    }
}
