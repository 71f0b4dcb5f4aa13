internal import Graph
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
    /// Most hypotheses.
    public let capacity: Int
    let options: SpeechOptions
    var encoder: Interpreter
    var decoder: Interpreter
    /// Of each hypothesis, the decoder's sequence that holds it.
    private var sequences = [0]
    /// Rows of logits that the last step left.
    private(set) var logitsRows = 0

    /// - Throws: ``SwiftletError`` with the code `invalidArgument` or `outOfMemory`.
    public init(_ model: SpeechModel, _ options: SpeechOptions = SpeechOptions()) throws(SwiftletError) {
        guard (0...1024).contains(options.threads), (1...64).contains(options.hypotheses) else {
            throw SwiftletError(
                .invalidArgument,
                "\(options.threads) threads and \(options.hypotheses) hypotheses are not possible: use 0 to 1024 "
                    + "(0: automatic) and 1 to 64")
        }
        var settings = try Self.settings(model, options)
        settings.contextLength = model.audioContext
        settings.stepTokens = model.audioContext
        let encoder = try Self.interpreter(model.encoder, settings)
        settings.contextLength = model.textContext
        settings.sequences = options.hypotheses
        settings.stepTokens = max(model.textContext, options.hypotheses)
        settings.crossCapacity = model.audioContext
        var decoder = try Self.interpreter(model.decoder, settings)
        for sequence in 1..<options.hypotheses { decoder.close(sequence: sequence) }
        self.model = model
        self.options = options
        capacity = options.hypotheses
        self.encoder = encoder
        self.decoder = decoder
    }

    static func interpreter(
        _ program: Program, _ settings: Interpreter.Options
    ) throws(SwiftletError) -> Interpreter {
        do throws(InterpreterError) {
            return try Interpreter(program, settings)
        } catch {
            throw SwiftletError(error)
        }
    }

    /// What all programs of a session have in common.
    static func settings(
        _ model: SpeechModel, _ options: SpeechOptions, _ cancellation: Cancellation = Cancellation()
    ) throws(SwiftletError) -> Interpreter.Options {
        let kernels = try InstructionSets.kernels(options.instructionSet)
        var settings = Interpreter.Options(kernels: kernels, contextLength: model.textContext)
        settings.threads = options.threads
        settings.cacheFormat = (options.cacheType ?? (model.isFloat32 ? .f32 : .f16)).format
        settings.cancellation = cancellation
        return settings
    }

    /// Threads that take part.
    public var threadCount: Int { encoder.threadCount }

    /// The instruction set in use.
    public var instructionSet: String { encoder.kernels.name }

    /// Stops ``encode(mel:audioContext:)`` or a step from any thread. The session is then as it was before a step; after a
    /// stopped encoding it holds no sound.
    public var cancellation: SessionCancellation { SessionCancellation(encoder.cancellation) }

    // MARK: Sound

    /// Positions of the sound that the session holds, 20 ms each; 0 before the first ``encode(mel:audioContext:)``.
    public var audioPositions: Int { encoder.store.crossLength(of: 0) }

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
        reset()
        do throws(InterpreterError) {
            try encoder.step(count: positions) { rows in
                for frame in 0..<rows.rows {
                    for band in 0..<bands { rows[frame, band] = mel[band * frames + frame] }
                }
            }
        } catch {
            throw SwiftletError(error)
        }
    }

    /// The encoder's result, `[audioPositions, hiddenSize]` row by row.
    public func withEncoded(_ body: (_ position: Int, _ row: Span<Float>) -> Void) {
        guard audioPositions > 0 else { return }
        let rows = encoder.result
        for row in 0..<rows.rows { rows.withRow(row) { body(row, $0) } }
    }

    // MARK: Text

    /// How many hypotheses there are, from 1 to ``capacity``.
    public var hypothesisCount: Int { sequences.count }

    /// Tokens that a hypothesis holds.
    public func position(of hypothesis: Int = 0) -> Int { decoder.store.length(of: sequences[hypothesis]) }

    /// Goes back to one hypothesis without a token; the sound stays.
    public mutating func reset() {
        for sequence in sequences.dropFirst() { decoder.close(sequence: sequence) }
        sequences = [sequences[0]]
        decoder.truncate(sequence: sequences[0], to: 0)
        logitsRows = 0
    }

    /// Forgets a hypothesis's tokens from `position` on. Logits are gone until the next step.
    public mutating func truncate(_ hypothesis: Int = 0, to position: Int) {
        decoder.truncate(sequence: sequences[hypothesis], to: position)
        logitsRows = 0
    }

    /// Takes in tokens of one hypothesis.
    ///
    /// - Parameter keepsAll: leaves the logits of every token behind, not of the last alone.
    /// - Throws: ``SwiftletError`` with the code `contextFull`, `invalidArgument` or `cancelled`.
    public mutating func decode(
        _ tokens: [Token], of hypothesis: Int = 0, keepsAll: Bool = false
    ) throws(SwiftletError) {
        guard sequences.indices.contains(hypothesis) else {
            throw SwiftletError(.invalidArgument, "there is no hypothesis \(hypothesis)")
        }
        guard !tokens.isEmpty else { return }
        let part: InlineArray<1, SequencePart> = [
            SequencePart(sequence: sequences[hypothesis], count: tokens.count, outputs: keepsAll ? .all : .last)
        ]
        try step(tokens, part.span)
        logitsRows = keepsAll ? tokens.count : 1
    }

    /// Takes in one token of each hypothesis, all in one step; leaves a row of logits for each.
    ///
    /// - Throws: ``SwiftletError`` with the code `contextFull`, `invalidArgument` or `cancelled`.
    public mutating func decodeEach(_ tokens: [Token]) throws(SwiftletError) { try decodeEach(tokens, .fastest) }

    mutating func decodeEach(_ tokens: [Token], _ products: ProductKernels) throws(SwiftletError) {
        guard tokens.count == sequences.count else {
            throw SwiftletError(
                .invalidArgument, "\(tokens.count) tokens do not continue \(sequences.count) hypotheses")
        }
        let parts = sequences.map { SequencePart(sequence: $0, count: 1, outputs: .last) }
        try step(tokens, parts.span, products)
        logitsRows = tokens.count
    }

    private mutating func step(
        _ tokens: [Token], _ parts: Span<SequencePart>, _ products: ProductKernels = .fastest
    ) throws(SwiftletError) {
        try checkSound()
        logitsRows = 0
        do throws(InterpreterError) {
            try decoder.step(
                tokens.span, parts: parts, vocabulary: model.vocabularySize, products: products,
                cross: encoder.crossCache)
        } catch {
            throw SwiftletError(error)
        }
    }

    func checkSound() throws(SwiftletError) {
        guard audioPositions > 0 else {
            throw SwiftletError(.invalidArgument, "the session holds no sound: encode a spectrogram first")
        }
    }

    /// The logits that the last step left, `[vocabularySize]`: row i is hypothesis i's of ``decodeEach(_:)``, or token i's of
    /// ``decode(_:of:keepsAll:)``. Nil for a row that is not there.
    public func withLogits<Result>(_ row: Int = 0, _ body: (Span<Float>) -> Result) -> Result? {
        guard (0..<logitsRows).contains(row) else { return nil }
        return decoder.result.withRow(row, body)
    }

    /// Beam reorder: hypothesis i continues from `parents[i]`. A parent without children is dropped; the children of one
    /// share what it holds. The logits of the last step stay where they are.
    ///
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for no parents, more than ``capacity``, or one that is not
    ///   there.
    public mutating func reorder(_ parents: [Int]) throws(SwiftletError) {
        guard (1...capacity).contains(parents.count), parents.allSatisfy(sequences.indices.contains) else {
            throw SwiftletError(
                .invalidArgument,
                "hypotheses cannot go on from \(parents): there are \(sequences.count), and room for \(capacity)")
        }
        for parent in sequences.indices where !parents.contains(parent) { decoder.close(sequence: sequences[parent]) }
        var taken: Set<Int> = []
        sequences = parents.map { parent in
            taken.insert(parent).inserted ? sequences[parent] : decoder.fork(sequence: sequences[parent])
        }
    }
}
