import Graph
import Tensors

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The operations in double arithmetic, as the papers state them.
enum Plain {
    static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

    static func norm(
        _ x: [Double], _ kind: NormKind, _ weight: [Double], _ bias: [Double]?, _ epsilon: Double
    ) -> [Double] {
        stride(from: 0, to: x.count, by: weight.count).flatMap { start in
            let group = x[start..<start + weight.count]
            let count = Double(weight.count)
            let mean = kind == .layer ? group.reduce(0, +) / count : 0
            let square = group.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
            return zip(group, weight).enumerated().map { index, pair in
                (pair.0 - mean) / (square + epsilon).squareRoot() * pair.1 + (bias?[index] ?? 0)
            }
        }
    }

    static func linear(_ x: [Double], _ weights: [[Double]], _ bias: [Double]?) -> [Double] {
        weights.enumerated().map { row, weight in
            zip(x, weight).reduce(bias?[row] ?? 0) { $0 + $1.0 * $1.1 }
        }
    }

    static func activate(_ x: Double, _ activation: Activation) -> Double {
        switch activation {
        case .silu: x / (1 + exp(-x))
        case .gelu: x / 2 * (1 + erf(x / 2.0.squareRoot()))
        case .geluTanh: x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        case .relu: max(x, 0)
        case .tanh: tanh(x)
        case .reluSquared: max(x, 0) * max(x, 0)
        case .sigmoid: 1 / (1 + exp(-x))
        case .quickGELU: x / (1 + exp(-1.702 * x))
        case .softplus: max(x, 0) + log1p(exp(-abs(x)))
        case .exponential: exp(x)
        }
    }

    static func clampedSwiGLU(_ gate: Double, _ up: Double, limit: Double) -> Double {
        let gate = min(gate, limit)
        return gate / (1 + exp(-Double(Float(1.702)) * gate)) * (min(max(up, -limit), limit) + 1)
    }

    static func rope(
        _ x: [Double], position: Int, _ frequencies: [Double], headDimension: Int, _ pairing: RoPEPairing
    ) -> [Double] {
        var x = x
        for head in stride(from: 0, to: x.count, by: headDimension) {
            for (pair, frequency) in frequencies.enumerated() {
                let (i, j) = pairing == .interleaved ? (2 * pair, 2 * pair + 1) : (pair, pair + frequencies.count)
                let (a, b) = (x[head + i], x[head + j])
                let angle = Double(position) * frequency
                x[head + i] = a * cos(angle) - b * sin(angle)
                x[head + j] = a * sin(angle) + b * cos(angle)
            }
        }
        return x
    }
}

extension Net {
    /// The rows of `output` for the tokens of one sequence, from its start.
    func reference(_ output: Tensor, _ tokens: [Int32]) -> [[Double]] {
        var values: [[[Double]]] = []
        for reference in references {
            values.append(evaluate(reference, tokens, values))
        }
        return values[output.index]
    }

    /// The weights of a head of an attention for the tokens of one sequence.
    func weights(_ attention: Tensor, _ tokens: [Int32], head: Int) -> [[Double]] {
        guard case .attention(let query, let keys, _, let plain) = references[attention.index] else { return [] }
        var values: [[[Double]]] = []
        for reference in references { values.append(evaluate(reference, tokens, values)) }
        return tokens.indices.map { plain.weights(values[query], values[keys], row: $0, head: head) }
    }

    private func evaluate(_ reference: Reference, _ tokens: [Int32], _ values: [[[Double]]]) -> [[Double]] {
        switch reference {
        case .embedding(let table, .tokens): tokens.map { table[Int($0)] }
        case .embedding(let table, .positions): tokens.indices.map { table[$0] }
        case .embedding(let table, .segments): tokens.map { _ in table[0] }
        case .norm(let x, let kind, let weight, let bias, let epsilon):
            values[x].map { Plain.norm($0, kind, weight, bias, epsilon) }
        case .linear(let x, let weights, let bias): values[x].map { Plain.linear($0, weights, bias) }
        case .slice(let x, let range): values[x].map { Array($0[range]) }
        case .add(let a, let b): zip(values[a], values[b]).map { zip($0, $1).map(+) }
        case .multiply(let a, let b): zip(values[a], values[b]).map { zip($0, $1).map(*) }
        case .activate(let x, let activation): values[x].map { $0.map { Plain.activate($0, activation) } }
        case .rope(let x, let frequencies, let headDimension, let pairing):
            values[x].enumerated().map { position, row in
                Plain.rope(row, position: position, frequencies, headDimension: headDimension, pairing)
            }
        case .attention(let query, let keys, let vals, let attention):
            attention.rows(values[query], values[keys], values[vals])
        case .selectRows(let x): values[x]
        case .map(let x, let function): values[x].enumerated().map { function($0, $1) }
        case .sequence(let inputs, let function): function(inputs.map { values[$0] })
        case .zip(let a, let b, let function): zip(values[a], values[b]).map { function($0, $1) }
        }
    }
}
