internal import Graph
internal import Tensors

extension Interpreter {
    /// Whether the times of operations are noted. A step is then some microseconds slower.
    package var isTiming: Bool { times.view.count > 0 }

    /// Notes the times of the steps from here on.
    package mutating func startTiming() {
        times = FixedBuffer(repeating: OperationTime(), count: operations.view.count * pool.count)
        timedWork = StepProfile()
        timedMasks = Set(
            program.costs.compactMap { cost in
                if case .sequence(let mask) = cost.attended { mask } else { nil }
            })
    }

    /// Stops timing; returns the times since ``startTiming()``.
    package mutating func endTiming() -> StepProfile {
        var found = timedWork
        let count = operations.view.count
        found.operations = (0..<(isTiming ? count : 0)).map { index in
            (0..<pool.count).reduce(into: OperationTime()) { sum, thread in
                let time = times[thread * count + index]
                sum.work += time.work / pool.count
                sum.waiting += time.waiting / pool.count
            }
        }
        times = FixedBuffer(repeating: OperationTime(), count: 0)
        timedWork = StepProfile()
        return found
    }

    mutating func note(since start: Duration, entries count: Int) {
        timedWork.steps += 1
        timedWork.total += MonotonicClock.now - start
        timedWork.tokens += tokenCount
        timedWork.outputs += outputCount
        for index in 0..<crossTileCount {
            let (tile, positions) = (crossTiles[index], entries[crossTiles[index].entry].cross?.length ?? 0)
            // The keys of a sequence that several tiles attend to come from memory once.
            if index == 0 || crossTiles[index - 1].entry != tile.entry { timedWork.crossPositions += positions }
            timedWork.pairs[.cross, default: 0] += tile.count * positions
        }
        for index in 0..<count { timedWork.positions += entries[index].cachedLength + entries[index].count }
        for mask in timedMasks {
            timedWork.pairs[.sequence(mask), default: 0] += (0..<count).reduce(0) { sum, index in
                sum + mask.pairs(past: entries[index].cachedLength, count: entries[index].count)
            }
        }
    }
}
