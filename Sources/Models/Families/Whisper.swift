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
struct Whisper: ModelFamily {
    static let architectures = ["whisper"]
    static func kind(of architecture: String) -> ModelKind { .speech }
    let encoder: Encoder
    let decoder: Decoder

    var stages: [any Stage] { [encoder, decoder] }

    init(_ h: Hyperparameters) throws(ModelError) {
        let norm = try Norm(.layer, h, defaultEpsilon: 1e-5)
        encoder = Encoder(
            sizes: try TransformerSizes(h.scoped("encoder")), melBands: try h.positive("encoder.mels_count"), norm: norm
        )
        decoder = Decoder(sizes: try TransformerSizes(h.scoped("decoder")), norm: norm)
    }

    /// OpenAI's models for English alone have tokens for 99 languages, but one token less than the others.
    func traits(_ w: TensorScope) throws(ModelError) -> ModelTraits {
        ModelTraits(knowsOnlyEnglish: try w.vocabularySize(columns: decoder.hiddenSize) == 51_864)
    }
}

extension Whisper {
    struct Encoder: Transformer {
        let role = StageRole.encoder
        let sizes: TransformerSizes
        let melBands: Int
        let norm: Norm

        var input: StageInput { .rows(columns: melBands) }

        func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
            let w = w.scoped("enc")
            let mel = g.input(.frames, columns: melBands)
            // [frames, hidden], then a token for every two frames.
            let first = try g.convolution(mel, w, "conv1d.1", size: hiddenSize, width: 3, stride: 1, .gelu)
            let second = try g.convolution(first, w, "conv1d.2", size: hiddenSize, width: 3, stride: 2, .gelu)
            let positions = try w.matrix("position_embd.weight", rows: contextLength, columns: hiddenSize)
            var x = try g.add(second, g.embedding(positions, by: .positions), w)  // [tokens, hidden]
            for layer in 0..<sizes.layers {
                let w = w.scoped("blk.\(layer)")
                let qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
                x = try g.add(x, g.batchAttention(qkv, .bidirectional, w, sizes), w)
                let feedForward = try g.feedForward(
                    g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize, .gelu)
                x = try g.add(x, feedForward, w)
            }
            return x
        }

        func outputNorm(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
            try g.norm(x, norm, w.scoped("enc"), "output_norm")
        }
    }

    struct Decoder: Transformer {
        let sizes: TransformerSizes
        let norm: Norm

        func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
            let dec = w.scoped("dec")
            let positions = try dec.matrix("position_embd.weight", rows: contextLength, columns: hiddenSize)
            let tokens = try g.tokenEmbedding(w, hiddenSize: hiddenSize)
            var x = try g.add(tokens, g.embedding(positions, by: .positions), w)  // [tokens, hidden]
            for layer in 0..<sizes.layers {
                let w = dec.scoped("blk.\(layer)")
                let qkv = try g.queryKeyValue(g.norm(x, norm, w, "attn_norm"), w, sizes.heads)
                x = try g.add(x, g.causalAttention(qkv, w, sizes, layer: layer), w)
                x = try g.add(
                    x, g.crossAttention(g.norm(x, norm, w, "cross_attn_norm"), w, sizes.heads, layer: layer), w)
                let feedForward = try g.feedForward(
                    g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize, .gelu)
                x = try g.add(x, feedForward, w)
            }
            return x
        }

        func outputNorm(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
            try g.norm(x, norm, w.scoped("dec"), "output_norm")
        }

        func storeCrossKeyValues(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) {
            for layer in 0..<sizes.layers {
                try g.storeCrossKeyValues(x, w.scoped("dec.blk.\(layer)"), sizes.heads, layer: layer)
            }
        }
    }
}
