internal import Graph
internal import Tensors

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension Step {
    /// Threads choose for rows of their own; one sorts all choices, which takes microseconds.
    func route(_ route: Operation.Route, _ worker: Worker) {
        let logits = rows(route.logits)
        for row in worker.share(of: logits.rows) { choose(route, logits, row, scratch(worker)) }
        worker.barrier()
        if worker.thread == 0 { sort(route.routing, scratch(worker)) }
    }

    /// The experts of a row, best first, and their weights.
    private func choose(_ route: Operation.Route, _ logits: FloatRows, _ row: Int, _ scratch: Scratch) {
        let routing = route.routing
        let count = routing.experts
        let scores = scratch.floats(rows: 1, columns: count)
        kernels.copy(logits, row: row, to: scores, row: 0)
        score(scores, route.scoring)
        var rest = scratch.dropping(4 * count)
        var ranked = scores
        if route.bias != nil || route.groups != nil {
            ranked = rest.floats(rows: 1, columns: count)
            rest = rest.dropping(4 * count)
            kernels.copy(scores, row: 0, to: ranked, row: 0)
            kernels.add(bias: route.bias, residual: nil, to: ranked, row: 0)
            if let groups = route.groups { exclude(groups, ranked, rest) }
        }
        let experts = indices(routing.places)  // until choices are sorted
        let first = row * routing.used
        kernels.topK(
            ranked, row: 0, values: rest.floats(rows: 1, columns: routing.used), indices: experts, from: first)
        weigh(route, scores, row: row, rest.floats(rows: 1, columns: routing.used), experts)
    }

    private func score(_ scores: FloatRows, _ scoring: Router.Scoring) {
        switch scoring {
        case .softmax: kernels.softmax(scores, row: 0)
        case .sigmoid: kernels.activate(.sigmoid, scores, row: 0, out: scores)
        case .softmaxOfChosen, .sparseMixer: break
        case .rootOfSoftplus:
            kernels.activate(.softplus, scores, row: 0, out: scores)
            for expert in 0..<scores.columns { scores[0, expert] = scores[0, expert].squareRoot() }
        }
    }

    /// The experts of all groups but the best get the score -infinity.
    private func exclude(_ groups: Router.Groups, _ scores: FloatRows, _ scratch: Scratch) {
        let size = scores.columns / groups.count
        let sums = scratch.floats(rows: 1, columns: groups.count)
        let best = scratch.dropping(4 * groups.count)
        let found = best.floats(rows: 1, columns: groups.bestCount)
        let places = best.dropping(4 * groups.bestCount).indices(count: groups.bestCount)
        for group in 0..<groups.count {
            kernels.topK(scores.columns(group * size..<(group + 1) * size), row: 0, values: found, indices: places)
            var sum: Float = 0
            for best in 0..<groups.bestCount { sum += found[0, best] }
            sums[0, group] = sum
        }
        let chosen = best.dropping(4 * groups.used).indices(count: groups.used)
        kernels.topK(sums, row: 0, values: best.floats(rows: 1, columns: groups.used), indices: chosen)
        for group in 0..<groups.count {
            var isChosen = false
            for index in 0..<groups.used where chosen[index] == group { isChosen = true }
            guard !isChosen else { continue }
            for expert in group * size..<(group + 1) * size { scores[0, expert] = -.infinity }
        }
    }

    private func weigh(
        _ route: Operation.Route, _ scores: FloatRows, row: Int, _ chosen: FloatRows, _ experts: IndexRows
    ) {
        let used = route.routing.used
        let first = row * used
        for choice in 0..<used { chosen[0, choice] = scores[0, experts[first + choice]] }
        if route.scoring == .softmaxOfChosen { kernels.softmax(chosen, row: 0) }
        if route.scoring == .sparseMixer { mixSparsely(scores, chosen) }
        var scale = route.scale
        if route.isNormalized {
            var sum: Float = 0
            for choice in 0..<used { sum += chosen[0, choice] }
            scale /= max(sum, Operation.Route.minSum)
        }
        let weights = rows(route.routing.weights)
        for choice in 0..<used {
            weights[row, choice] = chosen[0, choice] * scale * (route.expertScales?[experts[first + choice]] ?? 1)
        }
    }

    /// The chosen experts' logits become their weights; `scores` are overwritten.
    private func mixSparsely(_ scores: FloatRows, _ chosen: FloatRows) {
        for choice in 0..<chosen.columns {
            let best = chosen[0, choice]
            var sum: Float = 0
            var place: Int?
            for expert in 0..<scores.columns {
                let score = scores[0, expert]
                if score == best, place == nil { place = expert }
                guard score > -.infinity, !((best - score) / max(abs(score), best) > Operation.Route.nearness) else {
                    continue
                }
                sum += exp(score - best)
            }
            if let place { scores[0, place] = -.infinity }
            chosen[0, choice] = 1 / sum
        }
    }

    /// Sorts the choices of all rows by expert, those of one expert by row.
    private func sort(_ routing: Routing, _ scratch: Scratch) {
        let places = indices(routing.places)
        let sources = indices(routing.sources)
        let order = indices(routing.order)
        let next = scratch.indices(count: routing.experts)  // of each expert, its next place
        for expert in 0..<routing.experts { next[expert] = 0 }
        for choice in 0..<places.count { next[places[choice]] += 1 }
        var place = 0
        for expert in 0..<routing.experts { (next[expert], place) = (place, place + next[expert]) }
        for choice in 0..<places.count {
            let expert = places[choice]
            let place = next[expert]
            next[expert] += 1
            places[choice] = place
            sources[place] = choice / routing.used
            order[place] = expert
        }
    }
}
