internal import Graph
internal import Interpreter
internal import Models
internal import Tensors

/// An encoder's result, and hypotheses of the decoder that attends to it. One thread at a time.
///
/// An encoding replaces the result once. Then hypotheses grow side by side: there is one at first; ``reorder(_:)`` makes more
/// of them, and drops some.
package struct EncoderDecoder: ~Copyable {
    package let model: Model
    /// Max number of hypotheses.
    package let capacity: Int
    var encoder: Interpreter
    var decoder: Interpreter
    /// Of each hypothesis, the decoder's sequence that holds it.
    private var sequences = [0]
    /// Rows of logits that the last step left.
    package private(set) var logitsRows = 0

    /// - Parameters:
    ///   - settings: of both programs; contexts, sequences and steps are set here.
    ///   - maxPositions: of the encoder's input.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument`, `model` for another kind of model, or `outOfMemory`.
    init(
        _ model: Model, _ settings: Interpreter.Options, maxPositions: Int, hypotheses: Int
    ) throws(SwiftletError) {
        guard (1...64).contains(hypotheses) else {
            throw SwiftletError(.invalidArgument, "\(hypotheses) hypotheses are not possible: use 1 to 64")
        }
        var settings = settings
        settings.contextLength = maxPositions
        settings.stepTokens = maxPositions
        let encoder = try Self.interpreter(model.program(for: .encoding), settings)
        settings.contextLength = model.contextLength
        settings.sequences = hypotheses
        settings.stepTokens = max(model.contextLength, hypotheses)
        settings.crossCapacity = maxPositions
        var decoder = try Self.interpreter(model.program(for: .decoding), settings)
        for sequence in 1..<hypotheses { decoder.close(sequence: sequence) }
        self.encoder = encoder
        self.decoder = decoder
        self.model = model
        capacity = hypotheses
    }

    private static func interpreter(
        _ program: Program, _ settings: Interpreter.Options
    ) throws(SwiftletError) -> Interpreter {
        do throws(InterpreterError) {
            return try Interpreter(program, settings)
        } catch {
            throw SwiftletError(error)
        }
    }

    // MARK: The input

    /// Positions of the encoder's result; 0 before the first encoding.
    package var encodedPositions: Int { encoder.store.crossLength(of: 0) }

    /// Encodes a text, and forgets all hypotheses.
    ///
    /// - Throws: ``SwiftletError`` with the code `contextFull`, `invalidArgument` or `cancelled`; nothing is then encoded.
    package mutating func encode(_ tokens: [Token]) throws(SwiftletError) {
        reset()
        encoder.truncate(to: 0)
        let entry: InlineArray<1, BatchEntry> = [BatchEntry(count: tokens.count, outputs: .all)]
        do throws(InterpreterError) {
            try encoder.step(tokens.span, entries: entry.span, vocabulary: model.vocabularySize)
        } catch {
            throw SwiftletError(error)
        }
    }

    /// Encodes rows, two for each position, and forgets all hypotheses.
    ///
    /// - Throws: ``SwiftletError`` with the code `cancelled`; nothing is then encoded.
    mutating func encode(positions: Int, _ fill: (FloatRows) -> Void) throws(SwiftletError) {
        reset()
        do throws(InterpreterError) {
            try encoder.step(count: positions, fill: fill)
        } catch {
            throw SwiftletError(error)
        }
    }

    /// The encoder's result, `[encodedPositions, hiddenSize]` row by row.
    package func withEncoded(_ body: (_ position: Int, _ row: Span<Float>) -> Void) {
        guard encodedPositions > 0 else { return }
        let rows = encoder.result
        for row in 0..<rows.rows { rows.withRow(row) { body(row, $0) } }
    }

    // MARK: Hypotheses

    /// How many hypotheses there are, from 1 to ``capacity``.
    package var hypothesisCount: Int { sequences.count }

    /// Tokens that a hypothesis holds.
    package func position(of hypothesis: Int) -> Int {
        sequences.indices.contains(hypothesis) ? decoder.store.length(of: sequences[hypothesis]) : 0
    }

    /// Goes back to one hypothesis without a token; the encoding stays.
    package mutating func reset() {
        for sequence in sequences.dropFirst() { decoder.close(sequence: sequence) }
        sequences = [sequences[0]]
        decoder.truncate(sequence: sequences[0], to: 0)
        logitsRows = 0
    }

    /// Forgets a hypothesis's tokens from `position` on. Logits are gone until the next step.
    package mutating func truncate(_ hypothesis: Int, to position: Int) {
        guard sequences.indices.contains(hypothesis) else { return }
        decoder.truncate(sequence: sequences[hypothesis], to: position)
        logitsRows = 0
    }

    /// Takes in tokens of one hypothesis.
    ///
    /// - Parameter keepsAll: leaves the logits of every token behind, not of the last alone.
    /// - Throws: ``SwiftletError`` with the code `contextFull`, `invalidArgument` or `cancelled`.
    package mutating func decode(
        _ tokens: [Token], of hypothesis: Int = 0, keepsAll: Bool = false
    ) throws(SwiftletError) {
        guard sequences.indices.contains(hypothesis) else {
            throw SwiftletError(.invalidArgument, "there is no hypothesis \(hypothesis)")
        }
        guard !tokens.isEmpty else { return }
        let entry: InlineArray<1, BatchEntry> = [
            BatchEntry(sequence: sequences[hypothesis], count: tokens.count, outputs: keepsAll ? .all : .last)
        ]
        try step(tokens, entry.span)
        logitsRows = keepsAll ? tokens.count : 1
    }

    /// Takes in one token of each hypothesis, all in one step; leaves a row of logits for each.
    ///
    /// - Throws: ``SwiftletError`` with the code `contextFull`, `invalidArgument` or `cancelled`.
    mutating func decodeEach(_ tokens: [Token], _ products: ProductKernels = .fastest) throws(SwiftletError) {
        guard tokens.count == sequences.count else {
            throw SwiftletError(
                .invalidArgument, "\(tokens.count) tokens do not continue \(sequences.count) hypotheses")
        }
        let entries = sequences.map { BatchEntry(sequence: $0, count: 1, outputs: .last, products: products) }
        try step(tokens, entries.span)
        logitsRows = tokens.count
    }

    private mutating func step(
        _ tokens: [Token], _ entries: Span<BatchEntry>
    ) throws(SwiftletError) {
        try checkEncoded()
        logitsRows = 0
        do throws(InterpreterError) {
            try decoder.step(
                tokens.span, entries: entries, vocabulary: model.vocabularySize, cross: encoder.crossCache)
        } catch {
            throw SwiftletError(error)
        }
    }

    private func checkEncoded() throws(SwiftletError) {
        guard encodedPositions > 0 else {
            throw SwiftletError(
                .invalidArgument,
                model.kind == .speech
                    ? "the session holds no sound: encode a spectrogram first"
                    : "the session holds no text: encode one first")
        }
    }

    /// The logits that the last step left, `[vocabularySize]`: row i is hypothesis i's of ``decodeEach(_:_:)``, or token i's
    /// of ``decode(_:of:keepsAll:)``. Nil for a row that is not there.
    package func withLogits<Result>(_ row: Int = 0, _ body: (Span<Float>) -> Result) -> Result? {
        guard (0..<logitsRows).contains(row) else { return nil }
        return decoder.result.withRow(row, body)
    }

    /// Beam reorder: hypothesis i continues from `parents[i]`. A parent without children is dropped; the children of one
    /// share what it holds. The logits of the last step stay where they are.
    ///
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for no parents, more than ``capacity``, or one that is not
    ///   there.
    package mutating func reorder(_ parents: [Int]) throws(SwiftletError) {
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

    // MARK: Attention

    /// How much each of some tokens attends to each position of the encoder's result, in some heads. Computes all tokens in
    /// one step of a new sequence; hypotheses and logits stay as they are.
    ///
    /// - Parameter tokens: from the start of a hypothesis on.
    /// - Returns: `[heads, tokens, encodedPositions]`.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument`, `contextFull`, `cancelled` or `outOfMemory`.
    mutating func crossAttention(of tokens: [Token], heads: [AttentionHead]) throws(SwiftletError) -> [Float] {
        try checkEncoded()
        let positions = encodedPositions
        let sequence = decoder.open()
        defer { decoder.close(sequence: sequence) }
        var weights: [Float] = []
        weights.reserveCapacity(heads.count * tokens.count * positions)
        do throws(InterpreterError) {
            try decoder.attentionWeights(
                of: tokens.span, heads: heads, sequence: sequence, vocabulary: model.vocabularySize,
                cross: encoder.crossCache
            ) { rows in
                for row in 0..<rows.rows {
                    rows.withRow(row) { row in for i in 0..<positions { weights.append(row[i]) } }
                }
            }
        } catch {
            throw SwiftletError(error)
        }
        return weights
    }
}
