/// What a program of a model computes.
package enum ModelTask: Sendable, Hashable, CaseIterable {
    /// Logits of the next token, `[outputs, vocabulary]`: decoders without an encoder.
    case nextToken
    /// The last layer's normalized state, `[outputs, hidden]`, of each row or pooled over a text.
    case embedding
    /// Logits of the token itself, `[outputs, vocabulary]`: encoders with a head for masked tokens.
    case maskedToken
    /// Logits of classes, `[outputs, classes]`: models with a classifier.
    case classification
    /// The encoder's normalized states, `[tokens, hidden]`, and the keys and values that its decoder's cross-attention reads.
    case encoding
    /// Logits of the next token, `[outputs, vocabulary]`: decoders that attend to an encoder's result.
    case decoding
}

/// What goes into a model and what comes out.
package enum ModelKind: Sendable, Hashable, CaseIterable {
    /// Text in, more of it out.
    case decoder
    /// Text in, vectors, classes or masked tokens out.
    case encoder
    /// Text in, another text out.
    case textToText
    /// Sound in, text out.
    case speech

    init(_ stages: [any Stage]) {
        let encoder = stages.first { $0.role == .encoder }
        let hasDecoder = stages.contains { $0.role == .decoder }
        switch (encoder?.input, hasDecoder) {
        case (nil, _): self = .decoder
        case (_, false): self = .encoder
        case (.tokens, true): self = .textToText
        case (.rows, true): self = .speech
        }
    }
}

extension ModelKind: CustomStringConvertible {
    /// What a model of this kind does.
    package var description: String {
        switch self {
        case .decoder: "continues texts"
        case .encoder: "turns texts into vectors or classes"
        case .textToText: "turns a text into another"
        case .speech: "transcribes speech"
        }
    }
}
