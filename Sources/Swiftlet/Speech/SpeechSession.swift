internal import Interpreter
internal import Tensors

/// A window of sound on its way to text: a spectrogram goes in, then tokens, and logits come out. One thread at a time; any
/// number of sessions share a ``SpeechModel``.
///
/// ```swift
/// var session = try SpeechSession(SpeechModel(path: "ggml-tiny.bin"))
/// try session.encode(mel: spectrogram)
/// try session.decode([tokens.startOfTranscript, english, tokens.transcribe, tokens.noTimestamps])
/// let best = session.withLogits { logits in ... }
/// ```
///
/// ``encode(mel:audioContext:)`` computes once what the decoder attends to. Then hypotheses grow side by side: there is one
/// at first; ``reorder(_:)`` makes more of them, and drops some.
public struct SpeechSession: ~Copyable {
    /// The model it runs.
    public let model: SpeechModel
    let options: SpeechOptions
    var core: EncoderDecoder

    /// - Throws: ``SwiftletError`` with the code `invalidArgument` or `outOfMemory`.
    public init(_ model: SpeechModel, _ options: SpeechOptions = SpeechOptions()) throws(SwiftletError) {
        guard (1...64).contains(options.hypotheses) else {
            throw SwiftletError(
                .invalidArgument, "\(options.hypotheses) hypotheses are not possible: use 1 to 64")
        }
        let settings = try options.runtime.interpreterOptions(
            isFloat32: model.isFloat32, contextLength: model.textContext, stepTokens: model.textContext)
        core = try EncoderDecoder(
            model.model, settings,
            EncoderDecoder.Limits(positions: model.audioContext, hypotheses: options.hypotheses),
            AdapterSet(options.runtime.adapters, of: model.model))
        self.model = model
        self.options = options
    }

    /// Max number of hypotheses.
    public var capacity: Int { core.capacity }

    /// Threads that take part.
    public var threadCount: Int { core.encoder.threadCount }

    /// The instruction set in use.
    public var instructionSet: String { core.encoder.kernels.name }

    /// Stops ``encode(mel:audioContext:)`` or a step from any thread. The session is then as it was before a step; after a
    /// stopped encoding it holds no sound.
    public var cancellation: SessionCancellation { SessionCancellation(core.encoder.cancellation) }

    // MARK: Sound

    /// Positions of the sound that the session holds, 20 ms each; 0 before the first ``encode(mel:audioContext:)``.
    public var audioPositions: Int { core.encodedPositions }

    /// Replaces the window of sound, and forgets all hypotheses.
    ///
    /// - Parameters:
    ///   - mel: the log-mel spectrogram, `[melBands, frames]`, frames of 10 ms; those beyond the window are not read.
    ///   - audioContext: positions of the window, each of two frames; nil: ``SpeechModel/audioContext``, as the model was
    ///     trained. Fewer take less time, and change some words even if silence follows the sound.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` or `cancelled`.
    public mutating func encode(mel: [Float], audioContext: Int? = nil) throws(SwiftletError) {
        let positions = audioContext ?? model.audioContext
        guard (1...model.audioContext).contains(positions) else {
            throw SwiftletError(
                .invalidArgument,
                "a window of \(positions) positions is not possible: the model takes 1 to \(model.audioContext)")
        }
        let bands = model.melBands
        let frames = mel.count / bands
        guard mel.count % bands == 0, frames >= 2 * positions else {
            throw SwiftletError(
                .invalidArgument,
                "a window of \(positions) positions needs \(2 * positions) frames of \(bands) bands, found \(mel.count) "
                    + "values")
        }
        try core.encode(positions: positions) { rows in
            for frame in 0..<rows.rows {
                for band in 0..<bands { rows[frame, band] = mel[band * frames + frame] }
            }
        }
    }

    /// The encoder's result, `[audioPositions, hiddenSize]` row by row.
    public func withEncoded(_ body: (_ position: Int, _ row: Span<Float>) -> Void) { core.withEncoded(body) }

    // MARK: Text

    /// How many hypotheses there are, from 1 to ``capacity``.
    public var hypothesisCount: Int { core.hypothesisCount }

    /// Tokens that a hypothesis holds.
    public func position(of hypothesis: Int = 0) -> Int { core.position(of: hypothesis) }

    /// Goes back to one hypothesis without a token; the sound stays.
    public mutating func reset() { core.reset() }

    /// Forgets a hypothesis's tokens from `position` on. Logits are gone until the next step.
    public mutating func truncate(_ hypothesis: Int = 0, to position: Int) {
        core.truncate(hypothesis, to: position)
    }

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

    /// The logits that the last step left, `[vocabularySize]`: row i is hypothesis i's of ``decodeEach(_:)``, or token i's of
    /// ``decode(_:of:keepsAll:)``. Nil for a row that is not there.
    public func withLogits<Result>(_ row: Int = 0, _ body: (Span<Float>) -> Result) -> Result? {
        core.withLogits(row, body)
    }

    /// Beam reorder: hypothesis i continues from `parents[i]`. A parent without children is dropped; the children of one
    /// share what it holds. The logits of the last step stay where they are.
    ///
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for no parents, more than ``capacity``, or one that is not
    ///   there.
    public mutating func reorder(_ parents: [Int]) throws(SwiftletError) { try core.reorder(parents) }
}
