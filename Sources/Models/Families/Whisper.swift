internal import Graph
internal import Tensors

/// Whisper, tiny to large-v3-turbo, and what is distilled from them: two convolutions over a log-mel spectrogram, a pre-norm
/// encoder, a pre-norm decoder that attends to its result; LayerNorm, GELU by the error function, tied output.
///
/// Source: arXiv:2212.04356 §2.2; openai/whisper, `whisper/model.py`. Keys: `whisper.encoder.*` and `whisper.decoder.*`, each
/// with `context_length`, `embedding_length`, `feed_forward_length`, `block_count` and `attention.head_count`;
/// `whisper.encoder.mels_count`.
///
/// Tensors: `mel_filters`; `enc.conv1d.{1,2}` (of width 3, `[outputs, channels, 3]`), `enc.position_embd`, `enc.blk.N.*`,
/// `enc.output_norm`; `token_embd`, `dec.position_embd`, `dec.blk.N.*`, `dec.output_norm`. A block has `attn_norm`,
/// `attn_{q,k,v,output}`, `ffn_norm`, `ffn_{up,down}`; in the decoder also `cross_attn_norm` and
/// `cross_attn_{q,k,v,output}`. All but `attn_k` and `cross_attn_k` have biases.
struct Whisper: SpeechFamily {
    static let architectures = ["whisper"]
    let encoder: TransformerSizes
    let decoder: TransformerSizes
    let melBands: Int
    let norm: Norm

    var sizes: SpeechSizes {
        SpeechSizes(
            melBands: melBands, audioContext: encoder.contextLength, textContext: decoder.contextLength,
            hiddenSize: decoder.hiddenSize, decoderLayers: decoder.layers, decoderHeads: decoder.heads)
    }

    init(_ h: Hyperparameters) throws(ModelError) {
        encoder = try TransformerSizes(h.scoped("encoder"))
        decoder = try TransformerSizes(h.scoped("decoder"))
        melBands = try h.positive("encoder.mels_count")
        norm = try Norm(.layer, h, defaultEpsilon: 1e-5)
    }

    func buildEncoder(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let enc = w.scoped("enc")
        let mel = g.input(.frames, columns: melBands)
        let size = encoder.hiddenSize
        let first = try g.convolution(mel, enc, "conv1d.1", size: size, width: 3, stride: 1, .gelu)  // [frames, hidden]
        let second = try g.convolution(first, enc, "conv1d.2", size: size, width: 3, stride: 2, .gelu)
        let positions = try enc.matrix("position_embd.weight", rows: encoder.contextLength, columns: size)
        var x = try g.add(second, g.embedding(positions, by: .positions), w)  // [tokens, hidden]
        for layer in 0..<encoder.layers {
            let w = enc.scoped("blk.\(layer)")
            let qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, encoder.heads)
            x = try g.add(x, g.batchAttention(qkv, .bidirectional, w, encoder), w)
            let feedForward = try g.feedForward(
                g.norm(x, norm, w, "ffn_norm"), w, size: encoder.feedForwardSize, .gelu)
            x = try g.add(x, feedForward, w)
        }
        x = try g.norm(x, norm, enc, "output_norm")
        for layer in 0..<decoder.layers {
            try g.storeCrossKeyValues(x, w.scoped("dec.blk.\(layer)"), decoder.heads, layer: layer)
        }
        return x
    }

    func buildDecoder(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> SpeechDecoder {
        let dec = w.scoped("dec")
        let positions = try dec.matrix(
            "position_embd.weight", rows: decoder.contextLength, columns: decoder.hiddenSize)
        let tokens = try g.tokenEmbedding(w, hiddenSize: decoder.hiddenSize)
        var x = try g.add(tokens, g.embedding(positions, by: .positions), w)  // [tokens, hidden]
        var crossAttentions: [Node] = []
        for layer in 0..<decoder.layers {
            let w = dec.scoped("blk.\(layer)")
            let qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, decoder.heads)
            x = try g.add(x, g.causalAttention(qkv, w, decoder, layer: layer), w)
            let query = try g.linear(
                g.norm(x, norm, w, "cross_attn_norm"), w, "cross_attn_q",
                size: decoder.heads.queries * decoder.heads.keyDimension)
            let attended = try g.crossAttention(query: query, w, decoder.heads, layer: layer)
            crossAttentions.append(attended)
            x = try g.add(x, g.linear(attended, w, "cross_attn_output", size: decoder.hiddenSize), w)
            let feedForward = try g.feedForward(
                g.norm(x, norm, w, "ffn_norm"), w, size: decoder.feedForwardSize, .gelu)
            x = try g.add(x, feedForward, w)
        }
        return SpeechDecoder(states: x, crossAttentions: crossAttentions)
    }

    func logits(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        try g.nextTokenHead(g.norm(x, norm, w.scoped("dec"), "output_norm"), w)
    }
}
