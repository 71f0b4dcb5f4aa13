package import Graph
package import Tensors

/// One architecture: reads its hyperparameters, states its graph.
///
/// A family is a file in `Families` and a line in ``Families``.
package protocol ModelFamily: Sendable {
    /// The values of `general.architecture` that it serves.
    static var architectures: [String] { get }

    /// Whether every token sees the whole text, so that there is no next token to predict.
    static var isEncoder: Bool { get }

    /// What the head of a classifier has between its two products.
    static func classifierActivation(_ weights: TensorScope) -> Activation

    /// Whether the classifier reads the mean of a text's states where the file does not say, not the first one.
    static var classifiesMeans: Bool { get }

    /// Most positions of a sequence.
    var contextLength: Int { get }

    init(_ hyperparameters: Hyperparameters) throws(ModelError)

    /// States the layers; the result is `[tokens, hidden]`.
    func build(_ g: inout GraphBuilder, _ weights: TensorScope) throws(ModelError) -> Node

    /// The norm behind the last layer, row by row: the shape of `x`.
    func outputNorm(_ x: Node, _ g: inout GraphBuilder, _ weights: TensorScope) throws(ModelError) -> Node
}

extension ModelFamily {
    package static var isEncoder: Bool { false }

    package static var classifiesMeans: Bool { false }

    package static func classifierActivation(_ weights: TensorScope) -> Activation { .tanh }
}
