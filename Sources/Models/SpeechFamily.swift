package import Graph

/// One architecture of models that hear: reads its hyperparameters, states its graphs.
///
/// A family is a file in `Families` and a line in ``Families``.
package protocol SpeechFamily: Sendable {
    /// The values of `general.architecture` that it serves.
    static var architectures: [String] { get }

    var sizes: SpeechSizes { get }

    init(_ hyperparameters: Hyperparameters) throws(ModelError)

    /// States the encoder, from a row of mel bands for each frame to its result, `[tokens, hidden]`, and stores
    /// what the decoder attends to.
    func buildEncoder(_ g: inout GraphBuilder, _ weights: TensorScope) throws(ModelError) -> Node

    /// States the decoder's layers, which attend to the encoder's result.
    func buildDecoder(_ g: inout GraphBuilder, _ weights: TensorScope) throws(ModelError) -> SpeechDecoder

    /// Logits of the next token, `[outputs, vocabulary]`, of states of the last layer.
    func logits(_ x: Node, _ g: inout GraphBuilder, _ weights: TensorScope) throws(ModelError) -> Node
}

/// What a decoder's graph has before its logits.
package struct SpeechDecoder {
    /// The state behind the last layer: `[tokens, hidden]`.
    let states: Node
    /// Each layer's attention to the encoder's result, before its output's product.
    let crossAttentions: [Node]
}

/// The numbers that a caller of a speech model needs.
package struct SpeechSizes: Sendable, Hashable {
    /// Bands of the spectrogram.
    package let melBands: Int
    /// Most positions of the encoder, two frames of the spectrogram each.
    package let audioContext: Int
    /// Most tokens of the decoder.
    package let textContext: Int
    /// Elements of an encoder's result.
    package let hiddenSize: Int
    package let decoderLayers: Int
    package let decoderHeads: Heads
}
