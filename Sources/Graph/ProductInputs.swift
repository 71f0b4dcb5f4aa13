internal import Tensors

/// What the rows of a matrix are multiplied with.
package struct ProductInput: Sendable {
    package enum Form: Sendable, Equatable {
        /// All columns of every row.
        case rows
        /// Of each row, the first `columns` of every head's: each head has a matrix of its own.
        case heads(Int)
        /// A row of `columns` for every place of a routing, each multiplied with its expert's matrix.
        case places(Routing)
    }

    /// The matrix's name in the file.
    package let name: String
    package let node: Node
    package let form: Form
    /// Columns of the matrix.
    package let columns: Int
    /// Matrices under this name that have other inputs: heads or experts; 1 for plain ones.
    package let matrixCount: Int
}

extension Graph {
    /// The inputs of all products with weights, each weight once.
    package var productInputs: [ProductInput] {
        var found: [ProductInput] = []
        var names: Set<String> = []
        func add(_ weights: WeightMatrix, _ node: Node, _ form: ProductInput.Form, count: Int = 1) {
            let name = name(of: weights)
            guard names.insert(name).inserted else { return }
            found.append(
                ProductInput(name: name, node: node, form: form, columns: weights.columns, matrixCount: count))
        }
        for operation in operations {
            if let product = operation.product, let input = product.floats {
                for term in terms[product.terms] { add(term.weights, input, .rows) }
            }
            switch operation {
            case .headProduct(let product): add(product.weights, product.x, .heads(product.heads), count: product.heads)
            case .routedProduct(let product):
                for weights in [product.gate, product.weights].compactMap({ $0 }) {
                    add(weights.weights, product.x, .places(product.routing), count: product.routing.experts)
                }
            default: break
            }
        }
        return found
    }
}
