/// What a model's graph ends in. Each row of the result is of a row that the caller asks for, or of the mean of a text's rows.
package enum ModelTask: Sendable, Hashable, CaseIterable {
    /// Logits of the next token, `[outputs, vocabulary]`: decoders.
    case nextToken
    /// The last layer's normalized state, `[outputs, hidden]`.
    case hiddenState
    /// Logits of the token itself, `[outputs, vocabulary]`: encoders with a head for masked tokens.
    case maskedToken
    /// Logits of classes, `[outputs, classes]`: models with a classifier.
    case classes
}
