internal import Graph
internal import Interpreter
internal import Models
internal import Tensors

/// An encoder's results, and hypotheses of the decoder that attend to them. One thread at a time.
///
/// An encoding replaces the result once. Then hypotheses grow side by side: there is one at first; ``reorder(_:)`` makes more
/// of them, and drops some. A search over many sources (``HypothesisRunner``) encodes each on its own, and begins a hypothesis
/// of it beside those of the others.
package struct EncoderDecoder: ~Copyable {
    package let model: Model
    /// Max number of hypotheses.
    package let capacity: Int
    /// Kernels of a search's steps.
    let products: ProductKernels
    var encoder: Interpreter
    var decoder: Interpreter
    /// The decoder's attentions to the encoder's result, by layer.
    let crossAttentions: [Operation.Attention]
    private var hypotheses = [Place(sequence: 0, source: 0)]
    /// Rows of logits that the last step left.
    package private(set) var logitsRows = 0

    /// A hypothesis: the decoder's sequence that holds it, and the encoder's that it attends to.
    private struct Place {
        let sequence: Int
        let source: Int
    }

    /// How much is computed side by side.
    struct Limits {
        /// Max positions of the encoder's input.
        let positions: Int
        /// Max number of hypotheses, of all sources.
        var hypotheses = 1
        /// Max number of sources that a search encodes.
        var sources = 1
        /// Max tokens of sources that are encoded in one step, where that is more than ``positions``.
        var sourceTokens = 0
        /// Kernels of a search's steps.
        var products = ProductKernels.gemv
    }

    /// - Parameter settings: of both programs; contexts, sequences and steps are set here.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument`, `model` for another kind of model, or `outOfMemory`.
    init(
        _ model: Model, _ settings: Interpreter.Options, _ limits: Limits, _ adapters: AdapterSet = .none
    ) throws(SwiftletError) {
        var settings = settings
        settings.adapterScales = adapters.scales
        settings.sequences = 1
        settings.contextLength = limits.positions
        // The first sequence is the caller's own, beside those of a search.
        settings.maxSequences = limits.sources + 1
        settings.stepTokens = max(limits.positions, limits.sourceTokens)
        let encoder = try Interpreter.opened(model.program(for: .encoding, adapters), settings)
        settings.contextLength = model.contextLength
        settings.maxSequences = limits.hypotheses + 1
        settings.stepTokens = max(model.contextLength, limits.hypotheses) + limits.hypotheses
        settings.crossCapacity = limits.positions
        let program = try model.program(for: .decoding, adapters)
        let decoder = try Interpreter.opened(program, settings)
        crossAttentions = program.crossAttentions
        self.encoder = encoder
        self.decoder = decoder
        self.model = model
        capacity = limits.hypotheses
        products = limits.products
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
        try encode(tokens, [BatchEntry(count: tokens.count, outputs: .all)])
    }

    private mutating func encode(_ tokens: [Token], _ entries: [BatchEntry]) throws(SwiftletError) {
        do throws(InterpreterError) {
            try encoder.step(tokens.span, entries: entries.span, vocabulary: model.vocabularySize)
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
    package var hypothesisCount: Int { hypotheses.count }

    /// Tokens that a hypothesis holds.
    package func position(of hypothesis: Int) -> Int {
        hypotheses.indices.contains(hypothesis) ? decoder.store.length(of: hypotheses[hypothesis].sequence) : 0
    }

    /// Goes back to one hypothesis without a token; the encoding stays.
    package mutating func reset() {
        clear()
        hypotheses = [Place(sequence: decoder.open(), source: 0)]
    }

    /// Forgets all hypotheses, and the sources of a search.
    private mutating func clear() {
        for place in hypotheses { decoder.close(sequence: place.sequence) }
        close(sources: hypotheses.map(\.source))
        hypotheses = []
        logitsRows = 0
    }

    private mutating func close(sources: [Int]) {
        for source in Set(sources) where source != 0 { encoder.close(sequence: source) }
    }

    /// Forgets a hypothesis's tokens from `position` on. Logits are gone until the next step.
    package mutating func truncate(_ hypothesis: Int, to position: Int) {
        guard hypotheses.indices.contains(hypothesis) else { return }
        decoder.truncate(sequence: hypotheses[hypothesis].sequence, to: position)
        logitsRows = 0
    }

    /// Takes in tokens of one hypothesis.
    ///
    /// - Parameter keepsAll: leaves the logits of every token behind, not of the last alone.
    /// - Throws: ``SwiftletError`` with the code `contextFull`, `invalidArgument` or `cancelled`.
    package mutating func decode(
        _ tokens: [Token], of hypothesis: Int = 0, keepsAll: Bool = false
    ) throws(SwiftletError) {
        guard hypotheses.indices.contains(hypothesis) else {
            throw SwiftletError(.invalidArgument, "there is no hypothesis \(hypothesis)")
        }
        guard !tokens.isEmpty else { return }
        try step(tokens, [entry(hypotheses[hypothesis], tokens.count, keepsAll ? .all : .last, .fastest)])
        logitsRows = keepsAll ? tokens.count : 1
    }

    /// Takes in one token of each hypothesis, all in one step; leaves a row of logits for each.
    ///
    /// - Throws: ``SwiftletError`` with the code `contextFull`, `invalidArgument` or `cancelled`.
    mutating func decodeEach(_ tokens: [Token], _ products: ProductKernels = .fastest) throws(SwiftletError) {
        guard tokens.count == hypotheses.count else {
            throw SwiftletError(
                .invalidArgument, "\(tokens.count) tokens do not continue \(hypotheses.count) hypotheses")
        }
        try step(tokens, hypotheses.map { entry($0, 1, .last, products) })
        logitsRows = tokens.count
    }

    private func entry(
        _ place: Place, _ count: Int, _ outputs: BatchEntry.Outputs, _ products: ProductKernels
    ) -> BatchEntry {
        BatchEntry(
            sequence: place.sequence, count: count, outputs: outputs, products: products,
            cross: encoder.crossCache(of: place.source))
    }

    private mutating func step(_ tokens: [Token], _ entries: [BatchEntry]) throws(SwiftletError) {
        try checkEncoded()
        logitsRows = 0
        do throws(InterpreterError) {
            try decoder.step(tokens.span, entries: entries.span, vocabulary: model.vocabularySize)
        } catch {
            throw SwiftletError(error)
        }
    }

    private func checkEncoded() throws(SwiftletError) {
        guard hypotheses.allSatisfy({ encoder.store.crossLength(of: $0.source) > 0 }) else {
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
        guard (1...capacity).contains(parents.count), parents.allSatisfy(hypotheses.indices.contains) else {
            throw SwiftletError(
                .invalidArgument,
                "hypotheses cannot go on from \(parents): there are \(hypotheses.count), and room for \(capacity)")
        }
        continueFrom(parents)
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
                cross: encoder.crossCache(of: 0)
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

extension EncoderDecoder: HypothesisRunner {
    var kernels: Kernels { decoder.kernels }

    var stepTokens: Int { decoder.stepTokens }

    mutating func begin() { clear() }

    mutating func add(_ sources: [[Token]]) throws(SwiftletError) {
        let opened = sources.map { _ in encoder.open() }
        let entries = zip(opened, sources).map { BatchEntry(sequence: $0, count: $1.count, outputs: .none) }
        do throws(SwiftletError) {
            try encode(sources.flatMap(\.self), entries)
        } catch {
            for source in opened { encoder.close(sequence: source) }
            throw error
        }
        hypotheses += opened.map { Place(sequence: decoder.open(), source: $0) }
    }

    mutating func decodeEach(_ tokens: [[Token]]) throws(SwiftletError) {
        try step(tokens.flatMap(\.self), zip(hypotheses, tokens).map { entry($0, $1.count, .last, products) })
        logitsRows = tokens.count
    }

    func mapLogits<Result: Sendable>(
        _ count: Int, _ body: @Sendable (_ row: Int, _ logits: Span<Float>) -> Result
    ) -> [Result] {
        let rows = decoder.result
        return decoder.pool.map(count: min(count, logitsRows), piece: 1) { row, _ in
            rows.withRow(row) { body(row, $0) }
        }
    }

    mutating func continueFrom(_ parents: [Int]) {
        for index in hypotheses.indices where !parents.contains(index) {
            decoder.close(sequence: hypotheses[index].sequence)
        }
        var taken: Set<Int> = []
        let places = parents.map { parent in
            let place = hypotheses[parent]
            guard !taken.insert(parent).inserted else { return place }
            return Place(sequence: decoder.fork(sequence: place.sequence), source: place.source)
        }
        let kept = Set(places.map(\.source))
        close(sources: hypotheses.map(\.source).filter { !kept.contains($0) })
        hypotheses = places
    }

    mutating func end() { reset() }
}
