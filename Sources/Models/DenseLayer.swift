package import Graph
package import Tensors

/// A layer behind a model: `activation(weights . x + bias)` of each wanted row.
package struct DenseLayer: Sendable {
    package let weights: NamedMatrix
    package let bias: NamedVector?
    /// Nil: none.
    package let activation: Activation?

    package init(weights: NamedMatrix, bias: NamedVector?, activation: Activation?) {
        self.weights = weights
        self.bias = bias
        self.activation = activation
    }
}
