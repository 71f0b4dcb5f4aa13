internal import Graph
internal import Models

/// The adapters that a model runs with, checked: each once, none with the scale 0.
struct AdapterSet: Sendable, Equatable {
    private(set) var adapters: [Adapter] = []
    private(set) var scales: [Float] = []

    /// The model alone.
    static let none = AdapterSet()

    private init() {}

    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for an adapter of another model, or a scale that is not
    ///   finite.
    init(_ wanted: [ScaledAdapter], of model: Model) throws(SwiftletError) {
        for one in wanted {
            guard one.adapter.model === model else {
                throw SwiftletError(
                    .invalidArgument,
                    "\(one.adapter.path) was opened for \(one.adapter.model.path), not for \(model.path): open it for that"
                )
            }
            if let place = adapters.firstIndex(where: { $0 === one.adapter }) {
                scales[place] += one.scale
            } else {
                adapters.append(one.adapter)
                scales.append(one.scale)
            }
        }
        if let place = scales.firstIndex(where: { !$0.isFinite }) {
            throw SwiftletError(
                .invalidArgument, "\(adapters[place].path): a scale of \(scales[place]) is not possible: use a number")
        }
        for place in scales.indices.reversed() where scales[place] == 0 {
            adapters.remove(at: place)
            scales.remove(at: place)
        }
    }

    var isEmpty: Bool { adapters.isEmpty }

    /// Whether one program serves both, with scales of their own.
    func hasSameAdapters(as other: AdapterSet) -> Bool {
        adapters.count == other.adapters.count && zip(adapters, other.adapters).allSatisfy { $0 === $1 }
    }

    static func == (a: AdapterSet, b: AdapterSet) -> Bool { a.hasSameAdapters(as: b) && a.scales == b.scales }
}

extension Model {
    /// The program for a task with adapters; those are not kept by the model.
    ///
    /// - Parameter layers: behind a text's vector.
    /// - Throws: ``SwiftletError`` with the code `model` when the file lacks what the task needs.
    func program(
        for task: ModelTask, _ set: AdapterSet, dense layers: [DenseLayer] = []
    ) throws(SwiftletError) -> Program {
        guard !set.isEmpty || !layers.isEmpty else { return try program(for: task) }
        try checkTask(task)
        do throws(ModelError) {
            return try definition.graph(for: task, layers: layers, adapters: set.adapters.map(\.weights))
                .compile(definition.weightLayout)
        } catch {
            throw SwiftletError(error)
        }
    }

    /// An identifier of the model with adapters.
    ///
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for adapters that cannot be.
    package func identity(with adapters: [ScaledAdapter]) throws(SwiftletError) -> String {
        try identity(AdapterSet(adapters, of: self))
    }

    /// An identifier of the model with adapters.
    func identity(_ set: AdapterSet) -> String {
        zip(set.adapters, set.scales).reduce(identity) { "\($0)+\($1.0.identity)*\($1.1)" }
    }
}
