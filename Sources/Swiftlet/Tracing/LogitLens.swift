internal import Graph
internal import Interpreter
internal import Models
internal import Tensors

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What the model would predict if a layer were its last.
public struct LensReading: Sendable {
    /// A token and the logarithm of its probability.
    public struct Candidate: Sendable, Hashable {
        /// Its id.
        public let token: Token
        /// At most 0.
        public let logProbability: Double
    }

    /// Layers that the stream went through, from 0 on; the model's own prediction is that behind the last.
    public let layer: Int
    /// The position whose state was read.
    public let position: Int
    /// The most probable tokens, best first.
    public let top: [Candidate]
    /// Of all tokens' probabilities, in nats.
    public let entropy: Double
    /// Kullback-Leibler divergence of this prediction from the model's own, in nats.
    public let divergence: Double
    /// The logarithm of the probability of the token that follows in the text; nil at its end.
    public let target: Double?
}

/// The end of a model's graph by itself: output norm, output matrix and softcap, run on any layer's stream.
public struct LogitLens: ~Copyable {
    private let model: Model
    private var interpreter: Interpreter
    private let batch: Int
    /// Elements of a state.
    private let size: Int

    /// Floats of logits that are there at once.
    private static let maxLogits = 1 << 23

    /// - Throws: ``SwiftletError`` with the code `model` for a model that predicts no tokens.
    public init(_ model: Model, _ runtime: RuntimeOptions = RuntimeOptions()) throws(SwiftletError) {
        let task = model.tracedTask
        guard task != .embedding else {
            throw SwiftletError(
                .model, "\(model.path): the model predicts no tokens, so there is no lens: it has no head for that")
        }
        let graph = try model.graph(for: task, without: [])
        // Several streams are joined before the norm.
        guard let states = graph.layers.last?.output ?? graph.finalStates,
            let tail = graph.part(from: states, to: graph.output)
        else {
            throw SwiftletError(.model, "\(model.path): its head reads more than the last layer's result")
        }
        let batch = max(1, min(64, Self.maxLogits / max(1, model.vocabularySize)))
        var settings = try runtime.interpreterOptions(
            isFloat32: model.isFloat32, contextLength: batch, stepTokens: batch)
        settings.packed = model.packed
        let interpreter = try Interpreter.opened(tail.compile(model.weightLayout), settings)
        self.interpreter = interpreter
        self.batch = batch
        size = graph.shape(of: states).columns
        self.model = model
    }

    /// Stops the running step from any thread.
    package var cancellation: SessionCancellation { SessionCancellation(interpreter.cancellation) }

    /// The logits of some states: `[rows, vocabularySize]`.
    ///
    /// - Parameter states: `[rows, hiddenSize]`, row by row, of any layer.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for no whole rows.
    public mutating func logits(of states: ArraySlice<Float>) throws(SwiftletError) -> [Float] {
        var found: [Float] = []
        try forEachBatch(states) { rows in
            for row in 0..<rows.rows { found += rows.values(row) }
        }
        return found
    }

    private mutating func forEachBatch(
        _ states: ArraySlice<Float>, _ body: (FloatRows) -> Void
    ) throws(SwiftletError) {
        guard states.count % size == 0 else {
            throw SwiftletError(.invalidArgument, "\(states.count) numbers are no states of \(size)")
        }
        let count = states.count / size
        for first in stride(from: 0, to: count, by: batch) {
            let rows = min(batch, count - first)
            do throws(InterpreterError) {
                try interpreter.step(count: rows) { input in
                    for row in 0..<rows {
                        let start = states.startIndex + (first + row) * size
                        for column in 0..<size { input[row, column] = states[start + column] }
                    }
                }
            } catch {
                throw SwiftletError(error)
            }
            body(interpreter.result)
        }
    }

    /// Reads the stream behind some layers.
    ///
    /// - Parameters:
    ///   - layers: numbers of layers that the stream went through, from 0 to the stage's number of layers.
    ///   - positions: those of the stage that are read.
    ///   - top: how many tokens of each prediction are kept.
    /// - Returns: by layer, then by position.
    /// - Throws: ``SwiftletError``.
    public mutating func read(
        _ stage: StageTrace, layers: [Int], positions: Range<Int>, top: Int = 5
    ) throws(SwiftletError) -> [[LensReading]] {
        guard layers.allSatisfy((0...stage.layerCount).contains), positions.lowerBound >= 0,
            positions.upperBound <= stage.count, stage.hiddenSize == size
        else {
            throw SwiftletError(
                .invalidArgument,
                "there are \(stage.layerCount) layers and \(stage.count) positions: layers \(layers) and positions "
                    + "\(positions) go beyond them")
        }
        var found = [[LensReading]](repeating: [], count: layers.count)
        for first in stride(from: positions.lowerBound, to: positions.upperBound, by: batch) {
            let rows = first..<min(first + batch, positions.upperBound)
            func states(_ layer: Int) -> ArraySlice<Float> {
                let all = stage.hiddenStates(after: layer)
                let start = all.startIndex + rows.lowerBound * stage.hiddenSize
                return all[start..<start + rows.count * stage.hiddenSize]
            }
            // The states behind the last layer give the model's own prediction.
            let own = try logits(of: states(stage.layerCount))
            let width = model.vocabularySize
            let references = interpreter.pool.map(count: rows.count, piece: 1) { row, _ in
                LogProbabilities(own[row * width..<(row + 1) * width])
            }
            for (place, layer) in layers.enumerated() {
                let logits = layer == stage.layerCount ? own : try self.logits(of: states(layer))
                found[place] += interpreter.pool.map(count: rows.count, piece: 1) { row, _ in
                    let position = rows.lowerBound + row
                    let next =
                        stage.isDecoder
                        ? (position + 1 < stage.tokens.count ? stage.tokens[position + 1] : nil)
                        : stage.tokens[position]
                    return LogProbabilities(logits[row * width..<(row + 1) * width])
                        .reading(layer, position, top: top, of: references[row], target: next)
                }
            }
        }
        return found
    }
}

extension Model {
    /// The logarithm of each token's probability in the traced text, `[count]`: of a decoder's from what stands before it,
    /// NaN for the first; of an encoder's from the whole text.
    ///
    /// - Throws: ``SwiftletError``, as ``LogitLens/init(_:_:)``.
    public func logProbabilities(
        of trace: Trace, _ runtime: RuntimeOptions = RuntimeOptions()
    ) throws(SwiftletError) -> [Float] {
        let stage = trace.main
        var lens = try LogitLens(self, runtime)
        let own = try lens.read(stage, layers: [stage.layerCount], positions: 0..<stage.count, top: 0)[0]
        let known = own.compactMap { $0.target.map { Float($0) } }
        return stage.isDecoder ? [.nan] + known : known
    }
}

/// The logarithms of a row's probabilities.
private struct LogProbabilities: Sendable {
    let logits: ArraySlice<Float>
    /// The logarithm of the sum of all exponentials.
    let normalizer: Double

    init(_ logits: ArraySlice<Float>) {
        self.logits = logits
        let greatest = Double(logits.max() ?? 0)
        normalizer = greatest + log(logits.reduce(0.0) { $0 + exp(Double($1) - greatest) })
    }

    func reading(
        _ layer: Int, _ position: Int, top: Int, of reference: LogProbabilities, target: Token?
    ) -> LensReading {
        var (entropy, divergence) = (0.0, 0.0)
        var best: [(token: Int, logit: Float)] = []
        for (place, (logit, other)) in zip(logits, reference.logits).enumerated() {
            let own = Double(logit) - normalizer
            entropy -= exp(own) * own
            let exact = Double(other) - reference.normalizer
            divergence += exp(exact) * (exact - own)
            guard top > 0, best.count < top || logit > (best.last?.logit ?? -.infinity) else { continue }
            let at = best.firstIndex { $0.logit < logit } ?? best.count
            best.insert((place, logit), at: at)
            if best.count > top { best.removeLast() }
        }
        return LensReading(
            layer: layer, position: position,
            top: best.map {
                LensReading.Candidate(token: Token($0.token), logProbability: Double($0.logit) - normalizer)
            },
            entropy: entropy, divergence: max(0, divergence),
            target: target.map { Double(logits[logits.startIndex + Int($0)]) - normalizer })
    }
}
