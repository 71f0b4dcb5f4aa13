internal import Interpreter
internal import Models
internal import Tensors

/// How a ``TextToTextSession`` or a ``TextToText`` runs.
public struct TextToTextOptions: RuntimeConfigurable, Sendable {
    /// Threads, instruction set, cache.
    public var runtime = RuntimeOptions()
    /// Max number of hypotheses of a source that are decoded side by side: 1 for greedy decoding, more for beam search.
    public var hypotheses = 1
    /// Of a ``TextToText``, max number of sources that are decoded side by side. With 1, products use the kernels that are
    /// fastest for a single source, with more those for many; the two differ by rounding.
    public var sources = 32
    /// Of a ``TextToText``, max tokens of sources that are encoded in one step.
    public var sourceTokens = 2048

    /// The defaults.
    public init() {}
}

/// A text on its way to another, by an encoder-decoder such as T5: a source's tokens go in, then the target's, and logits come
/// out. One thread at a time; any number of sessions share a ``Model``.
///
/// ```swift
/// var session = try TextToTextSession(Model(path: "flan-t5-small.gguf"))
/// try session.encode(session.model.tokenize("translate English to German: Good morning."))
/// try session.decode([session.startToken])
/// let best = session.withLogits { logits in ... }
/// ```
public struct TextToTextSession: ~Copyable {
    /// The token before the first of a target: `decoder_start_token_id`, or 0.
    public let startToken: Token
    var core: EncoderDecoder

    /// - Throws: ``SwiftletError`` with the code `model` for another kind of model, `invalidArgument` or `outOfMemory`.
    public init(_ model: Model, _ options: TextToTextOptions = TextToTextOptions()) throws(SwiftletError) {
        guard (1...64).contains(options.hypotheses) else {
            throw SwiftletError(
                .invalidArgument, "\(options.hypotheses) hypotheses are not possible: use 1 to 64")
        }
        let limits = EncoderDecoder.Limits(positions: try model.sourceLength(), hypotheses: options.hypotheses)
        let startToken = try model.decoderStartToken()
        core = try EncoderDecoder(model, options.runtime, limits)
        self.startToken = startToken
    }

    /// The model it runs.
    public var model: Model { core.model }

    /// Max number of hypotheses.
    public var capacity: Int { core.capacity }

    /// Stops ``encode(_:)`` or a step from any thread. The session is then as it was before a step; after a stopped encoding it
    /// holds no source.
    public var cancellation: SessionCancellation { SessionCancellation(core.encoder.cancellation) }

    /// Tokens of the source that the session holds; 0 before the first ``encode(_:)``.
    public var sourceLength: Int { core.encodedPositions }

    /// Replaces the source, and forgets all hypotheses.
    ///
    /// - Throws: ``SwiftletError`` with the code `contextFull`, `invalidArgument` or `cancelled`.
    public mutating func encode(_ tokens: [Token]) throws(SwiftletError) { try core.encode(tokens) }

    /// The encoder's result, `[sourceLength, hiddenSize]` row by row.
    public func withEncoded(_ body: (_ position: Int, _ row: Span<Float>) -> Void) { core.withEncoded(body) }

    /// How many hypotheses there are, from 1 to ``capacity``.
    public var hypothesisCount: Int { core.hypothesisCount }

    /// Goes back to one hypothesis without a token; the source stays.
    public mutating func reset() { core.reset() }

    /// Takes in tokens of one hypothesis.
    ///
    /// - Parameter keepsAll: leaves the logits of every token behind, not of the last alone.
    /// - Throws: ``SwiftletError`` with the code `contextFull`, `invalidArgument` or `cancelled`.
    public mutating func decode(
        _ tokens: [Token], of hypothesis: Int = 0, keepsAll: Bool = false
    ) throws(SwiftletError) {
        try core.decode(tokens, of: hypothesis, keepsAll: keepsAll)
    }

    /// Takes in one token of each hypothesis, all in one step; leaves a row of logits for each.
    ///
    /// - Throws: ``SwiftletError`` with the code `contextFull`, `invalidArgument` or `cancelled`.
    public mutating func decodeEach(_ tokens: [Token]) throws(SwiftletError) { try core.decodeEach(tokens) }

    /// Beam reorder: hypothesis i continues from `parents[i]`. A parent without children is dropped; the children of one
    /// share what it holds. The logits of the last step stay where they are.
    ///
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for no parents, more than ``capacity``, or one that is not
    ///   there.
    public mutating func reorder(_ parents: [Int]) throws(SwiftletError) { try core.reorder(parents) }

    /// The logits that the last step left, `[vocabularySize]`: row i is hypothesis i's of ``decodeEach(_:)``, or token i's of
    /// ``decode(_:of:keepsAll:)``. Nil for a row that is not there.
    public func withLogits<Result>(_ row: Int = 0, _ body: (Span<Float>) -> Result) -> Result? {
        core.withLogits(row, body)
    }
}

extension EncoderDecoder {
    /// - Throws: ``SwiftletError`` with the code `invalidArgument`, `model` or `outOfMemory`.
    init(_ model: Model, _ runtime: RuntimeOptions, _ limits: Limits) throws(SwiftletError) {
        let settings = try runtime.interpreterOptions(
            isFloat32: model.isFloat32, contextLength: model.contextLength, stepTokens: model.contextLength)
        try self.init(model, settings, limits, AdapterSet(runtime.adapters, of: model))
    }
}

extension Model {
    /// Max tokens of a source.
    ///
    /// - Throws: ``SwiftletError`` with the code `model` for another kind of model.
    func sourceLength() throws(SwiftletError) -> Int {
        guard let encoder = definition.encoder, kind == .textToText else {
            throw SwiftletError(
                .model,
                "\(path): a model that turns a text into another was expected, but this one (\(architecture)) \(kind)")
        }
        return encoder.contextLength
    }

    /// The token before the first of a target.
    ///
    /// - Throws: ``SwiftletError`` with the code `model` for one that the vocabulary does not have.
    func decoderStartToken() throws(SwiftletError) -> Token {
        let key = "\(architecture).decoder_start_token_id"
        guard let found = try integer(forKey: key) else { return 0 }
        guard (0..<vocabularySize).contains(found) else {
            throw SwiftletError(
                .model, "\(path): \(key) is \(found), but the vocabulary has the tokens 0 to \(vocabularySize - 1)")
        }
        return Token(found)
    }
}
