internal import Graph
internal import Interpreter
internal import Tensors

/// Where the time of some steps went: the mean of a step, by operation. Where threads run steps of their own, as for many
/// texts, a step's time and rates are those of one thread.
public struct Profile: Sendable {
    /// Operations of one kind on weights of one role, format and shape, those of all layers together.
    public struct Row: Sendable {
        /// `product`, `attention`, `norm`, ...
        public let operation: String
        /// The weights' names without their layer: `attn_q attn_k attn_v`; empty where there are none.
        public let weights: String
        /// The weights' formats: `Q4_K Q6_K`.
        public let format: String
        /// `[rows+rows x columns]` of matrices, else the columns or the heads.
        public let shape: String
        /// Operations in a step.
        public let calls: Int
        /// Seconds of work, the mean of all threads.
        public internal(set) var seconds: Double
        /// Seconds that a thread waited for others to do their parts, the mean of all threads.
        public internal(set) var waitingSeconds: Double
        /// Bytes of weights and cache that have to be read; 0 where neither is.
        public internal(set) var bytes: Double
        /// Multiplications with an addition each, those of products and attention.
        public internal(set) var multiplyAdds: Double

        /// Bytes a second, waiting counted in; nil where no bytes count.
        public var bytesPerSecond: Double? { rate(bytes) }
        /// Multiplications a second, waiting counted in; nil where there are none.
        public var multiplyAddsPerSecond: Double? { rate(multiplyAdds) }

        private func rate(_ amount: Double) -> Double? {
            let time = seconds + waitingSeconds
            return amount > 0 && time > 0 ? amount / time : nil
        }
    }

    /// Steps that were measured.
    public let steps: Int
    /// Tokens of all steps.
    public let tokens: Int
    /// Seconds of a step from start to end.
    public let seconds: Double
    /// Those that took longest first. Their work, ``waitingSeconds`` and ``otherSeconds`` add up to ``seconds``.
    public let rows: [Row]

    /// Seconds of a step that a thread waited for others, the mean of all threads.
    public var waitingSeconds: Double { rows.reduce(0) { $0 + $1.waitingSeconds } }

    /// Seconds of a step before its first operation and after its last: threads wake up and are waited for.
    public var otherSeconds: Double { max(0, seconds - rows.reduce(0) { $0 + $1.seconds + $1.waitingSeconds }) }
}

extension Session {
    /// Measures the steps from here on by operation, which makes each slower by some microseconds.
    public mutating func startProfile() {
        try? engine.withInterpreter(sequence) { interpreter, _ in interpreter.startTiming() }
    }

    /// Stops profiling; returns the profile since ``startProfile()``, empty if there was none.
    public mutating func endProfile() -> Profile {
        let times = try? engine.withInterpreter(sequence) { interpreter, _ in
            (interpreter.endTiming(), interpreter.program)
        }
        return Profile(
            times?.0 ?? StepProfile(), times?.1 ?? model.program, cacheType.format, crossCache: cacheType.format)
    }
}

extension Profile {
    /// - Parameters:
    ///   - cache: the format of the program's own cache.
    ///   - crossCache: the format of the cache that its cross-attention reads, if it has any.
    init(_ times: StepProfile, _ program: Program, _ cache: CacheFormat, crossCache: CacheFormat) {
        struct Key: Hashable {
            let operation, weights, format, shape: String
        }
        let perStep = 1 / Double(max(times.steps, 1))
        var sums: [Key: Row] = [:]
        for (cost, time) in zip(program.costs, times.operations) where cost.operation != "checkpoint" {
            let key = Key(
                operation: cost.operation, weights: cost.weights, format: cost.formats, shape: cost.shape)
            let count = times.rows(of: cost.domain)
            let cacheBytes =
                cost.attended == .cross
                ? crossCache.bytes(columns: cost.cacheColumns) * times.crossPositions
                : cache.bytes(columns: cost.cacheColumns) * times.positions
            let bytes = cost.weightBytes * (count > 0 ? times.steps : 0) + cost.rowBytes * count + cacheBytes
            let pairs = cost.attended.flatMap { times.pairs[$0] } ?? 0
            let products = cost.multiplyAddsPerRow * count + cost.multiplyAddsPerPair * pairs
            let sum = sums[key]
            sums[key] = Row(
                operation: key.operation, weights: key.weights, format: key.format, shape: key.shape,
                calls: (sum?.calls ?? 0) + 1,
                seconds: (sum?.seconds ?? 0) + time.work / .seconds(1) * perStep,
                waitingSeconds: (sum?.waitingSeconds ?? 0) + time.waiting / .seconds(1) * perStep,
                bytes: (sum?.bytes ?? 0) + Double(bytes) * perStep,
                multiplyAdds: (sum?.multiplyAdds ?? 0) + Double(products) * perStep)
        }
        steps = times.steps
        tokens = times.tokens
        seconds = times.total / .seconds(1) * perStep
        rows = sums.values.sorted { ($0.seconds, $0.weights) > ($1.seconds, $1.weights) }
    }
}
