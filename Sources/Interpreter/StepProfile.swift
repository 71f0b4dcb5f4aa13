package import Graph
internal import Tensors

/// Times of one operation, summed over steps.
package struct OperationTime: BitwiseCopyable, Sendable {
    /// Until a thread had done its part.
    package var work = Duration.zero
    /// Until all others had done theirs.
    package var waiting = Duration.zero
}

/// Where the time of some steps went, and how much they computed.
package struct StepProfile: Sendable {
    package var steps = 0
    /// From the first step's start to its end, and so on for all.
    package var total = Duration.zero
    package var tokens = 0
    package var outputs = 0
    /// Positions that the caches held after each step.
    package var positions = 0
    /// Positions that cross-attention read, of each step.
    package var crossPositions = 0
    /// Pairs of a token and a position that it attends to.
    package var pairs: [Cost.Attended: Int] = [:]
    /// Of each operation, the mean of all threads.
    package var operations: [OperationTime] = []

    /// Of no steps.
    package init() {}

    /// Rows of all steps.
    package func rows(of domain: RowDomain) -> Int {
        switch domain {
        case .tokens: tokens
        case .outputs: outputs
        case .frames: 2 * tokens
        }
    }

    /// Adds up what was noted of other steps of the same program.
    package static func += (sum: inout StepProfile, other: StepProfile) {
        sum.steps += other.steps
        sum.total += other.total
        sum.tokens += other.tokens
        sum.outputs += other.outputs
        sum.positions += other.positions
        sum.crossPositions += other.crossPositions
        sum.pairs.merge(other.pairs, uniquingKeysWith: +)
        guard !sum.operations.isEmpty else { return sum.operations = other.operations }
        for index in other.operations.indices {
            sum.operations[index].work += other.operations[index].work
            sum.operations[index].waiting += other.operations[index].waiting
        }
    }
}

extension Step {
    /// ``execute(_:)`` with two time stamps for each operation: when this thread is done, and when all are.
    func executeTimed(_ worker: Worker) {
        let first = worker.thread * operations.count
        var start = MonotonicClock.now
        for index in 0..<operations.count {
            let operation = operations[index]
            if case .checkpoint = operation {
                if stops(at: index) { return }
                continue
            }
            execute(operation, worker)
            let done = MonotonicClock.now
            decideNext(after: index, worker)
            worker.barrier()
            let end = MonotonicClock.now
            var time = times[first + index]
            time.work += done - start
            time.waiting += end - done
            times[first + index] = time
            start = end
        }
    }
}
