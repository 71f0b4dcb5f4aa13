internal import Interpreter
internal import Models
internal import Tensors
internal import Tokenizers

/// Fills in masked tokens, by an encoder with the head that it was trained with. One thread at a time.
///
/// ```swift
/// var filler = try MaskFiller(Model(path: "bert-base-uncased.gguf"))
/// for answer in try filler.fill("The capital of France is [MASK].", top: 3)[0] { print(answer.text, answer.probability) }
/// ```
public struct MaskFiller: ~Copyable {
    /// A candidate for a mask.
    public struct Prediction: Sendable, Hashable {
        /// The token.
        public let token: Token
        /// Its text, without the space that a vocabulary may keep in front of it.
        public let text: String
        /// The softmax of all tokens' logits.
        public let probability: Float
    }

    /// The model it runs.
    public let model: Model
    /// As it is written in a text: `[MASK]`, `<mask>`.
    public let mask: String
    /// Whether the last text was truncated, which ``HeadOptions/overflow`` allows.
    public private(set) var isTextTruncated = false
    private let maskToken: Token
    private let parsesSpecial: Bool
    private let limit: TextLimit
    private var batches: TokenBatches

    /// - Throws: ``SwiftletError``: `model` for a model without a head or a token for masks, `invalidArgument`,
    ///   `outOfMemory`.
    public init(_ model: Model, _ options: HeadOptions = HeadOptions()) throws(SwiftletError) {
        guard let token = model.tokenizer.special.mask, let mask = model.text(of: token) else {
            throw SwiftletError(.model, "\(model.path): the vocabulary has no token for masks (mask_token_id)")
        }
        let limit = try TextLimit(model, most: options.maxTokens, options.overflow)
        let batches = try TokenBatches(model, .maskedToken, longest: limit.most, options)
        self.model = model
        self.mask = mask
        maskToken = token
        parsesSpecial = options.parsesSpecial
        self.limit = limit
        self.batches = batches
    }

    /// Stops a running call from any thread.
    public var cancellation: SessionCancellation { batches.cancellation }

    /// For each mask in the text, the most probable tokens.
    ///
    /// - Parameter count: how many of them.
    /// - Throws: ``SwiftletError``: `invalidArgument` for a text without a mask; `contextFull` for one that is too long,
    ///   when ``HeadOptions/overflow`` says so; `cancelled`.
    public mutating func fill(_ text: String, top count: Int = 5) throws(SwiftletError) -> [[Prediction]] {
        let tokens =
            parsesSpecial
            ? model.tokenize(text, parseSpecial: true) : model.tokenizer.encode(maskedText: text, addSpecial: true)
        return try fill(tokens: tokens, top: count)
    }

    /// For each mask among the tokens, which have the special ones where they should be, the most probable ones.
    ///
    /// - Throws: ``SwiftletError``, as ``fill(_:top:)`` and for an id outside the vocabulary.
    public mutating func fill(tokens: [Token], top count: Int = 5) throws(SwiftletError) -> [[Prediction]] {
        let given = tokens.count
        let tokens = try limit.fitting(tokens, text: 0)
        isTextTruncated = tokens.count < given
        guard tokens.contains(maskToken) else {
            throw SwiftletError(.invalidArgument, "the text has no \(mask) to fill in")
        }
        let found = ForkSafeMutex<[[Prediction]]>([])
        try batches.run([TokenSequence(tokens: tokens)], .all) { [model, maskToken] _, rows in
            for row in tokens.indices where tokens[row] == maskToken {
                let best = Self.best(count, rows.array(row), model)
                found.withLock { $0.append(best) }
            }
        }
        return found.withLock { $0 }
    }

    private static func best(_ count: Int, _ logits: [Float], _ model: Model) -> [Prediction] {
        let probabilities = Exponential.softmax(logits)
        let order = logits.indices.sorted { logits[$0] == logits[$1] ? $0 < $1 : logits[$0] > logits[$1] }
        return order.prefix(max(0, count)).map { index in
            let token = Token(truncatingIfNeeded: index)
            let text = model.detokenize([token], renderSpecial: true)
            return Prediction(
                token: token, text: text.first == " " ? String(text.dropFirst()) : text,
                probability: probabilities[index])
        }
    }
}
