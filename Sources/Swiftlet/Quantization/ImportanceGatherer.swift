internal import GGUF
internal import Graph
internal import Interpreter
internal import Models
internal import Quantization
internal import Tensors

/// Gathers an ``ImportanceMatrix`` from texts, chunk by chunk.
///
/// ```swift
/// var gatherer = try ImportanceGatherer(Model(path: "model-f16.gguf"), chunkSize: 512)
/// for chunk in chunks { try gatherer.add(chunk) }
/// try gatherer.matrix.write(to: "imatrix.gguf")
/// ```
public struct ImportanceGatherer: ~Copyable {
    /// What was gathered so far, and what it began with.
    public private(set) var matrix: ImportanceMatrix
    private let model: Model
    private let inputs: [Input]
    private let isCausal: Bool
    private let needsAllOutputs: Bool
    private var interpreter: Interpreter

    /// A weight's input.
    fileprivate struct Input {
        let product: ProductInput
        let request: SquaresRequest
        /// Whether the file has one matrix where the product has several, as of heads that share a tensor's rows.
        let joinsMatrices: Bool
    }

    /// Tokens of a step.
    private static let maxStep = 512

    /// - Parameters:
    ///   - chunkSize: tokens of a chunk, 2 up to the model's context.
    ///   - includesOutput: also gathers for `output.weight`, which takes the time of computing all logits.
    ///   - matrix: what was gathered before with this model, with chunks of this size.
    /// - Throws: ``SwiftletError``: `invalidArgument` for another size; `model` for a model that reads sound, or is of an
    ///   encoder and a decoder; `outOfMemory`.
    public init(
        _ model: Model, chunkSize: Int = 512, includesOutput: Bool = false, continuing matrix: ImportanceMatrix? = nil,
        _ runtime: RuntimeOptions = RuntimeOptions()
    ) throws(SwiftletError) {
        guard model.kind == .decoder || model.kind == .encoder else {
            throw SwiftletError(
                .model, "\(model.path): importance matrices are of decoders and of encoders alone, this is neither")
        }
        guard chunkSize >= 2, chunkSize <= model.contextLength else {
            throw SwiftletError(
                .invalidArgument,
                "chunks of \(chunkSize) tokens are not possible: use 2 to \(model.contextLength), the model's context")
        }
        let task: ModelTask = model.kind == .decoder ? .nextToken : .embedding
        var graph = try model.graph(for: task, without: [])
        let inputs = graph.productInputs.filter { input in
            input.name.hasPrefix("blk.") || includesOutput && input.name == "output.weight"
        }.map { Input($0, model) }
        graph.observed = Set(inputs.map(\.request.node))
        let program = graph.compile(model.weightLayout)
        let isCausal = model.kind == .decoder
        var settings = try runtime.interpreterOptions(
            isFloat32: model.isFloat32, contextLength: chunkSize,
            stepTokens: isCausal ? min(chunkSize, Self.maxStep) : chunkSize)
        settings.packed = model.packed
        let interpreter = try Interpreter.opened(program, settings)
        self.model = model
        self.inputs = inputs
        self.isCausal = isCausal
        self.interpreter = interpreter
        needsAllOutputs = includesOutput
        self.matrix = matrix ?? ImportanceMatrix(chunkSize: chunkSize)
    }

    /// Stops the running step from any thread.
    public var cancellation: SessionCancellation { SessionCancellation(interpreter.cancellation) }

    /// Adds what one chunk has, which begins a sequence.
    ///
    /// The result does not depend on threads, and is the same whether or not the matrix was written and read in between.
    ///
    /// - Throws: ``SwiftletError``: `invalidArgument` for tokens that are not the vocabulary's or more than a chunk; `model`
    ///   where a value is infinite or NaN; `cancelled`. The matrix is then as it was before.
    public mutating func add(_ tokens: [Token]) throws(SwiftletError) {
        try model.check(tokens, limit: matrix.chunkSize, "the chunk")
        var sums: [String: (sums: [Double], counts: [Double])] = [:]
        interpreter.truncate(to: 0)
        let step = isCausal ? min(tokens.count, Self.maxStep) : tokens.count
        for first in stride(from: 0, to: tokens.count, by: step) {
            let part = Array(tokens[first..<min(first + step, tokens.count)])
            do throws(InterpreterError) {
                try interpreter.startTracing(nodes: [], squares: inputs.map(\.request))
                let entry: InlineArray<1, BatchEntry> = [
                    BatchEntry(count: part.count, outputs: needsAllOutputs ? .all : .last)
                ]
                try interpreter.step(part.span, entries: entry.span, vocabulary: model.vocabularySize)
            } catch {
                throw SwiftletError(error)
            }
            for input in inputs { take(input, &sums) }
        }
        var next = matrix.values
        for (name, sum) in sums {
            // Rounded once a chunk: sums that were written and read go on as they would have.
            let old = next.entries[name]
            let added = ImportanceSums.Entry(
                sums: sum.sums.indices.map { Float(Double(old?.sums[$0] ?? 0) + sum.sums[$0]) },
                counts: sum.counts.indices.map { Float(Double(old?.counts[$0] ?? 0) + sum.counts[$0]) })
            guard added.sums.allSatisfy(\.isFinite) else {
                throw SwiftletError(
                    .model,
                    "\(model.path): an input of \(name.debugDescription) is infinite or NaN: the model is damaged")
            }
            next.entries[name] = added
        }
        next.chunkCount += 1
        matrix.values = next
    }

    /// Adds the last step's sums of an input.
    private func take(_ input: Input, _ sums: inout [String: (sums: [Double], counts: [Double])]) {
        guard let found = interpreter.tracedSquares(input.request) else { return }
        let product = input.product
        let (width, heads) =
            if case .heads(let heads) = product.form { (found.columns / heads, heads) } else { (product.columns, 1) }
        let matrices = input.joinsMatrices ? 1 : product.matrixCount
        let counts = if case .places = product.form, !input.joinsMatrices { matrices } else { 1 }
        var entry =
            sums[product.name] ?? (
                sums: [Double](repeating: 0, count: matrices * product.columns),
                counts: [Double](repeating: 0, count: counts)
            )
        for matrix in 0..<product.matrixCount {
            let target = (input.joinsMatrices ? 0 : matrix) * product.columns
            for column in 0..<product.columns {
                entry.sums[target + column] +=
                    heads > 1 ? found[0, matrix * width + column] : found[found.matrices > 1 ? matrix : 0, column]
            }
            if counts == product.matrixCount || input.joinsMatrices || matrix == 0 {
                entry.counts[counts > 1 ? matrix : 0] += found.count(found.matrices > 1 ? matrix : 0)
            }
        }
        sums[product.name] = entry
    }
}

extension ImportanceGatherer.Input {
    init(_ product: ProductInput, _ model: Model) {
        self.product = product
        request =
            if case .places(let routing) = product.form {
                SquaresRequest(product.node, routing)
            } else {
                SquaresRequest(product.node)
            }
        let dimensions = model.file.tensor(named: product.name)?.dimensions ?? []
        let stored = dimensions.count > 2 ? dimensions[2...].reduce(1, *) : 1
        joinsMatrices = product.matrixCount > 1 && stored != product.matrixCount
    }
}
