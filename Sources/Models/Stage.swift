package import Graph

/// One transformer of a model: an encoder, or a decoder.
package protocol Stage: Sendable {
    var role: StageRole { get }
    var input: StageInput { get }
    /// Max positions of a sequence.
    var contextLength: Int { get }
    /// Columns of its states.
    var hiddenSize: Int { get }
    /// Columns of the token embedding.
    var embeddingSize: Int { get }

    /// States the layers, from the input to `[tokens, hiddenSize]`.
    func build(_ g: inout GraphBuilder, _ weights: TensorScope) throws(ModelError) -> Node

    /// The norm behind the last layer, row by row: the shape of `x`.
    func outputNorm(_ x: Node, _ g: inout GraphBuilder, _ weights: TensorScope) throws(ModelError) -> Node

    /// Of a decoder, logits of the next token: `[outputs, vocabulary]`.
    ///
    /// - Parameter x: normalized states of the wanted rows, `[outputs, hiddenSize]`.
    func logits(_ x: Node, _ g: inout GraphBuilder, _ weights: TensorScope) throws(ModelError) -> Node

    /// Of a decoder behind an encoder, stores the keys and values that its cross-attention reads.
    ///
    /// - Parameter x: the encoder's normalized states.
    func storeCrossKeyValues(
        _ x: Node, _ g: inout GraphBuilder, _ weights: TensorScope
    ) throws(ModelError)
}

package enum StageRole: Sendable {
    /// Every token sees the whole input.
    case encoder
    /// A token sees those before it; the stage predicts the next one.
    case decoder
}

package enum StageInput: Sendable, Hashable {
    case tokens
    /// Two float32 rows for each position, such as frames of a spectrogram.
    case rows(columns: Int)
}

extension Stage {
    package var role: StageRole { .decoder }

    package var input: StageInput { .tokens }

    package var embeddingSize: Int { hiddenSize }

    package func outputNorm(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node { x }

    package func logits(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        try g.nextTokenHead(x, w)
    }

    package func storeCrossKeyValues(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) {}
}

/// A stage with the sizes that most have.
protocol Transformer: Stage {
    var sizes: TransformerSizes { get }
}

extension Transformer {
    var contextLength: Int { sizes.contextLength }

    var hiddenSize: Int { sizes.hiddenSize }
}

/// A transformer with `output_norm` behind its last layer.
protocol NormedTransformer: Transformer {
    var norm: Norm { get }
}

extension NormedTransformer {
    package func outputNorm(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        try g.norm(x, norm, w, "output_norm")
    }
}
