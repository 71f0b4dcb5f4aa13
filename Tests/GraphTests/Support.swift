import Graph
import Tensors
import TestSupport

/// A matrix of zeros.
func matrix(
    _ name: String, rows: Int, columns: Int, _ format: WeightFormat = .f32
) throws(TensorError) -> NamedMatrix {
    let bytes = OwnedBytes.immortal([UInt8](repeating: 0, count: rows * (try format.rowBytes(columns: columns))))
    return NamedMatrix(
        name: name, matrix: try WeightMatrix(bytes: bytes.bytes, format: format, rows: rows, columns: columns))
}

func vector(_ name: String, _ values: [Float]) throws(TensorError) -> NamedVector {
    let bytes = OwnedBytes.immortal(EncodedWeight(values, .f32).bytes)
    return NamedVector(name: name, vector: try WeightVector(bytes: bytes.bytes, count: values.count))
}

func ones(_ name: String, _ count: Int) throws(TensorError) -> NamedVector {
    try vector(name, [Float](repeating: 1, count: count))
}

extension GraphBuilder {
    /// Something to compute with: `[tokens, columns]`.
    mutating func input(columns: Int = 64) throws -> Node {
        embedding(try matrix("embedding", rows: 4, columns: columns), by: .tokens)
    }

    /// An RMSNorm of `x`.
    mutating func norm(_ x: Node) throws -> Node {
        try norm(x, .rms, weight: ones("norm", shape(of: x).columns), epsilon: 1e-5)
    }

    /// A product of `x` without a bias.
    mutating func product(
        _ x: Node, _ name: String, rows: Int = 64, _ format: WeightFormat = .f32
    ) throws -> Node {
        try linear(x, matrix(name, rows: rows, columns: shape(of: x).columns, format))
    }
}

/// The program of the graph that `build` states.
func compile(
    _ layout: WeightLayout = .blocks, _ build: (inout GraphBuilder) throws -> Node
) throws -> Program {
    var builder = GraphBuilder()
    let output = try build(&builder)
    return builder.graph(output: output).compile(layout)
}

extension Graph {
    /// The operations by name; a product with the number of its terms, and how many of these have an activation or add a
    /// residual, and whether the first's result is quantized.
    var outline: [String] {
        operations.map { operation in
            switch operation {
            case .product(let product):
                "product \(product.termCount)"
                    + String(repeating: ", activated", count: terms[product.terms].count { $0.activation != nil })
                    + String(repeating: " + residual", count: terms[product.terms].count { $0.residual != nil })
                    + (isQuantized(product) ? ", quantized" : "")
            case .gatedProduct(let gated): "gated product" + (isQuantized(gated.product) ? ", quantized" : "")
            default: operation.payload.name
            }
        }
    }

    private func isQuantized(_ product: Operation.Product) -> Bool {
        values[terms[product.firstTerm].out.index].storage != .float32
    }
}

extension Program {
    var outline: [String] { graph.outline }

    var products: [Operation.Product] { operations.compactMap(\.product) }

    /// The names of the matrices of each product.
    var weights: [String] { products.map { graph.roles(terms[$0.terms].map(\.weights.address)) } }
}
