/// Analyses of a network once all its rules are there, each in time linear in its size, but for a logarithm.
extension NetworkBuilder {
    /// Measures the min number of bytes from each state to the end of its rule.
    ///
    /// The state that is nearest to its end comes first, and what leads to it is then known to be no farther than through it:
    /// Dijkstra's algorithm, for sums of two distances as well (Knuth 1977, doi:10.1016/0020-0190(77)90002-3).
    mutating func measureDistances() {
        let links = ReverseLinks(states, loops, ruleCount: starts.count)
        var ruleOfStart: [Int32: Int] = [:]
        for (rule, start) in starts.enumerated() { ruleOfStart[start] = rule }
        var queue = DistanceQueue()
        for index in states.indices where states[index].ends { queue.push(0, Int32(index)) }
        while let (distance, state) = queue.popNearest() {
            guard distance < states[Int(state)].distance else { continue }
            states[Int(state)].distance = distance
            for link in links.steps[Int(state)] { queue.push(distance + link.bytes, link.from) }
            for call in links.returns[Int(state)] {
                let within = states[Int(starts[Int(call.rule)])].distance
                if within < Grammar.unreachable {
                    queue.push(distance + saturatingProduct(call.times, within), call.from)
                }
            }
            guard let rule = ruleOfStart[state] else { continue }
            for call in links.calls[rule] {
                let after = states[Int(call.target)].distance
                if after < Grammar.unreachable {
                    queue.push(saturatingProduct(call.times, distance) + after, call.from)
                }
            }
        }
    }

    /// Refuses rules that would be entered without end before the first byte. After ``measureDistances()``.
    func refuseLeftRecursion() throws(GrammarError) {
        let calls = starts.map { rulesCalledFirst(from: $0) }
        // Depth first: a rule that is met again while what it calls is still looked at, calls itself.
        enum Mark { case new, open, done }
        var marks = [Mark](repeating: .new, count: starts.count)
        for first in starts.indices where marks[first] == .new {
            var path: [(rule: Int, next: Int)] = [(first, 0)]
            marks[first] = .open
            while let (rule, next) = path.last {
                guard next < calls[rule].count else {
                    marks[rule] = .done
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let called = Int(calls[rule][next])
                switch marks[called] {
                case .open: throw .leftRecursion(names[called])
                case .done: break
                case .new:
                    marks[called] = .open
                    path.append((called, 0))
                }
            }
        }
    }

    /// The rules that are called in the states that can be reached without a byte.
    private func rulesCalledFirst(from start: Int32) -> [Int32] {
        var found: Set<Int32> = [start]
        var rules: Set<Int32> = []
        var work = [start]
        while let state = work.popLast() {
            var next = states[Int(state)].empty
            for call in states[Int(state)].calls {
                rules.insert(call.rule)
                let isSkipped = call.loop >= 0 && loops[Int(call.loop)].min == 0
                if isSkipped || states[Int(starts[Int(call.rule)])].distance == 0 { next.append(call.target) }
            }
            for target in next where found.insert(target).inserted { work.append(target) }
        }
        return rules.sorted()
    }

    /// Marks states from which only the rule's end can follow: a call before them needs no place to return to.
    mutating func markEnds() {
        var before = [[Int32]](repeating: [], count: states.count)
        var work: [Int32] = []
        for (index, state) in states.enumerated() {
            states[index].onlyEnds = state.edges.isEmpty && state.calls.isEmpty
            if !states[index].onlyEnds { work.append(Int32(index)) }
            for target in state.empty { before[Int(target)].append(Int32(index)) }
        }
        while let state = work.popLast() {
            for previous in before[Int(state)] where states[Int(previous)].onlyEnds {
                states[Int(previous)].onlyEnds = false
                work.append(previous)
            }
        }
    }
}

/// Where states are led to from.
private struct ReverseLinks {
    /// By state: what leads there by itself or by a byte.
    private(set) var steps: [[(from: Int32, bytes: Int)]]
    /// By state: the calls that return there, and how often the rule must come.
    private(set) var returns: [[(from: Int32, rule: Int32, times: Int)]]
    /// By rule: where it is called, and where that returns to.
    private(set) var calls: [[(from: Int32, target: Int32, times: Int)]]

    init(_ states: [Grammar.State], _ loops: [Grammar.Loop], ruleCount: Int) {
        steps = Array(repeating: [], count: states.count)
        returns = Array(repeating: [], count: states.count)
        calls = Array(repeating: [], count: ruleCount)
        for (index, state) in states.enumerated() {
            let from = Int32(index)
            for edge in state.edges { steps[Int(edge.target)].append((from, 1)) }
            for target in state.empty { steps[Int(target)].append((from, 0)) }
            for call in state.calls {
                let times = call.loop < 0 ? 1 : loops[Int(call.loop)].min
                if times == 0 {
                    steps[Int(call.target)].append((from, 0))
                } else {
                    returns[Int(call.target)].append((from, call.rule, times))
                    calls[Int(call.rule)].append((from, call.target, times))
                }
            }
        }
    }
}

/// States by their distance, in a binary heap.
private struct DistanceQueue {
    private var entries: [(distance: Int, state: Int32)] = []

    mutating func push(_ distance: Int, _ state: Int32) {
        entries.append((distance, state))
        var place = entries.count - 1
        while place > 0, entries[(place - 1) / 2].distance > entries[place].distance {
            entries.swapAt((place - 1) / 2, place)
            place = (place - 1) / 2
        }
    }

    mutating func popNearest() -> (distance: Int, state: Int32)? {
        guard let nearest = entries.first, let last = entries.popLast() else { return nil }
        guard !entries.isEmpty else { return nearest }
        entries[0] = last
        var place = 0
        while 2 * place + 1 < entries.count {
            var child = 2 * place + 1
            if child + 1 < entries.count, entries[child + 1].distance < entries[child].distance { child += 1 }
            guard entries[child].distance < entries[place].distance else { break }
            entries.swapAt(child, place)
            place = child
        }
        return nearest
    }
}
