package import Graph

/// One architecture: reads its hyperparameters, states its graph.
///
/// A family is a file in `Families` and a line in ``Families``.
package protocol ModelFamily: Sendable {
    /// The values of `general.architecture` that it serves.
    static var architectures: [String] { get }

    /// Most positions of a sequence.
    var contextLength: Int { get }

    init(_ hyperparameters: Hyperparameters) throws(ModelError)

    /// States the graph; the result is `[outputs, vocabulary]` logits for decoders.
    func build(_ g: inout GraphBuilder, _ weights: TensorScope) throws(ModelError) -> Node
}
