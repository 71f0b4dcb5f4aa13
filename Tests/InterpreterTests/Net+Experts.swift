import Graph
import Tensors
import TestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A mixture of experts in plain double arithmetic.
struct PlainExperts: Sendable {
    var router: Router
    var selectionBias: [Double]?
    var expertScales: [Double]?
    /// `[experts, rows, columns]`
    var gate: [[[Double]]]?
    var up: [[[Double]]] = []
    var down: [[[Double]]] = []
    var gateBias: [[Double]]?
    var upBias: [[Double]]?
    var downBias: [[Double]]?
    /// Of the sum.
    var bias: [Double]?
    var activation: ExpertActivation

    /// The experts of a row and their weights, best first.
    func route(_ logits: [Double]) -> [(expert: Int, weight: Double)] {
        let exponentials = logits.map { exp($0 - (logits.max() ?? 0)) }
        let scores =
            switch router.scoring {
            case .softmax: exponentials.map { $0 / exponentials.reduce(0, +) }
            case .sigmoid: logits.map { 1 / (1 + exp(-$0)) }
            case .softmaxOfChosen, .sparseMixer: logits
            case .rootOfSoftplus: logits.map { log(1 + exp($0)).squareRoot() }
            }
        var ranked = zip(scores, selectionBias ?? scores.map { _ in 0 }).map { $0 + $1 }
        if let groups = router.groups {
            let size = scores.count / groups.count
            let sums = (0..<groups.count).map { group in
                ranked[group * size..<(group + 1) * size].sorted(by: >).prefix(groups.bestCount).reduce(0, +)
            }
            let best = sums.indices.sorted { sums[$0] > sums[$1] }.prefix(groups.used)
            for expert in ranked.indices where !best.contains(expert / size) { ranked[expert] = -.infinity }
        }
        let chosen = ranked.indices.sorted { ranked[$0] > ranked[$1] }.prefix(router.used)
        var weights = chosen.map { scores[$0] }
        if router.scoring == .softmaxOfChosen {
            let total = weights.reduce(0) { $0 + exp($1) }
            weights = weights.map { exp($0) / total }
        }
        if router.scoring == .sparseMixer {
            // Of all experts that were not chosen before, those are mixed whose logits are 2 % below at most.
            weights = chosen.indices.map { place in
                let rest = logits.indices.filter { !chosen[..<place].contains($0) }.map { logits[$0] }
                let best = rest.max() ?? 0
                let near = rest.filter { (best - $0) / max(abs($0), best) <= 0.02 }
                return 1 / near.reduce(0) { $0 + exp($1 - best) }
            }
        }
        if router.isNormalized {
            let sum = max(weights.reduce(0, +), 6.103515625e-5)
            weights = weights.map { $0 / sum }
        }
        return zip(chosen, weights).map { ($0, $1 * Double(router.scale) * (expertScales?[$0] ?? 1)) }
    }

    func row(_ x: [Double], _ logits: [Double]) -> [Double] {
        var sum = bias ?? [Double](repeating: 0, count: x.count)
        for (expert, weight) in route(logits) {
            let ups = Plain.linear(x, up[expert], upBias?[expert])
            let gates = gate.map { Plain.linear(x, $0[expert], gateBias?[expert]) }
            let inner = ups.indices.map { index in
                switch activation {
                case .plain(let activation):
                    gates.map { Plain.activate($0[index], activation) * ups[index] }
                        ?? Plain.activate(ups[index], activation)
                case .clampedSwiGLU(_, let limit):
                    Plain.clampedSwiGLU(gates?[index] ?? 0, ups[index], limit: Double(limit))
                }
            }
            let result = Plain.linear(inner, down[expert], downBias?[expert])
            for index in sum.indices { sum[index] += weight * result[index] }
        }
        return sum
    }
}

extension Net {
    struct Experts: Sendable {
        var count = 8
        var router = Router(.softmax, used: 2)
        var inner = 64
        var format = EncodedWeight.Format.f32
        var activation = ExpertActivation.plain(.silu)
        var isGated = true
        /// Gate and up are halves of one matrix.
        var isFused = false
        var isBiased = false
        var hasSelectionBias = false
        var hasScales = false
        /// The sum has a bias.
        var hasSumBias = false
    }

    mutating func experts(_ x: Tensor, _ options: Experts) throws -> Tensor {
        let count = options.count
        let (routerWeights, routerRows) = try matrix(rows: count, columns: x.columns, .f32)
        var plain = PlainExperts(router: options.router, activation: options.activation)
        var router = options.router
        if options.hasSelectionBias {
            let (vector, values) = try vector(numbers(count, 1))
            (router.selectionBias, plain.selectionBias) = (vector, values)
        }
        if options.hasScales {
            let (vector, values) = try vector(numbers(count, 1).map { $0 + 2 })
            (router.expertScales, plain.expertScales) = (vector, values)
        }
        var gate: ExpertMatrix?
        let up: ExpertMatrix
        if options.isFused {
            let (whole, rows, biases) = try expertMatrix(options, rows: 2 * options.inner, columns: x.columns)
            gate = ExpertMatrix(whole.0, bias: whole.1, rows: 0..<options.inner)
            up = ExpertMatrix(whole.0, bias: whole.1, rows: options.inner..<2 * options.inner)
            plain.gate = rows.map { Array($0[..<options.inner]) }
            plain.up = rows.map { Array($0[options.inner...]) }
            plain.gateBias = biases?.map { Array($0[..<options.inner]) }
            plain.upBias = biases?.map { Array($0[options.inner...]) }
        } else {
            if options.isGated {
                let (whole, rows, biases) = try expertMatrix(options, rows: options.inner, columns: x.columns)
                gate = ExpertMatrix(whole.0, bias: whole.1)
                (plain.gate, plain.gateBias) = (rows, biases)
            }
            let (whole, rows, biases) = try expertMatrix(options, rows: options.inner, columns: x.columns)
            up = ExpertMatrix(whole.0, bias: whole.1)
            (plain.up, plain.upBias) = (rows, biases)
        }
        let (whole, rows, biases) = try expertMatrix(options, rows: x.columns, columns: options.inner)
        (plain.down, plain.downBias) = (rows, biases)
        var bias: NamedVector?
        if options.hasSumBias {
            let (vector, values) = try vector(numbers(x.columns, 1))
            (bias, plain.bias) = (vector, values)
        }
        let logits = try builder.linear(x.node, routerWeights)
        let node = try builder.experts(
            x.node, builder.route(logits, router), gate: gate, up: up, down: ExpertMatrix(whole.0, bias: whole.1),
            activation: options.activation, bias: bias)
        let experts = plain
        return add(node, .map(x.index) { _, row in experts.row(row, Plain.linear(row, routerRows, nil)) })
    }

    /// `[experts, rows, columns]`
    private mutating func expertMatrix(
        _ options: Experts, rows: Int, columns: Int
    ) throws -> ((NamedMatrix, NamedVector?), [[[Double]]], [[Double]]?) {
        let (weights, values) = try matrix(rows: options.count * rows, columns: columns, options.format)
        let biases = options.isBiased ? try vector(numbers(options.count * rows, 0.5)) : nil
        let experts = (0..<options.count).map { $0 * rows..<($0 + 1) * rows }
        return (
            (weights, biases?.0), experts.map { Array(values[$0]) }, biases.map { b in experts.map { Array(b.1[$0]) } }
        )
    }
}
