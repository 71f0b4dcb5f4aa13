internal import Interpreter
internal import Models
internal import Tensors
internal import Tokenizers

/// Turns texts into vectors. One thread at a time; any number of embedders share a ``Model``.
///
/// ```swift
/// var embedder = try Embedder(Model(path: "all-MiniLM-L6-v2.gguf"))
/// let vectors = try embedder.embed(["The cat sat on the mat.", "A feline rested on the rug."])
/// print(vectors.similarity(0, 1))
/// ```
///
/// A text's vector is the same alone and among others, for any number of threads, to the bit. Another instruction set adds
/// up in another order: cosines of a vector with its like stay above 1 - 1e-6 for float weights, and above 0.9999 for
/// quantized ones, whose activations are rounded to int8.
///
/// Memory is bounded by the longest text: give endless input in chunks of some hundred texts, of like length where that is
/// easy to have.
///
/// A text without a token (the empty string, for a model that adds none) has a vector of zeros.
public struct Embedder: ~Copyable {
    /// The model it runs.
    public let model: Model
    /// How it makes vectors, with all that the file and the sidecar say filled in.
    public let options: EmbedderOptions
    /// Most tokens of a text.
    public let maxTokens: Int
    /// How the vectors of a text's tokens become the text's.
    public let pooling: EmbedderOptions.Pooling
    /// Elements of a vector.
    public let dimensions: Int
    private var batches: TokenBatches

    /// - Throws: ``SwiftletError``: `invalidArgument` for an option that the model cannot serve, `model` for a model that
    ///   has no vectors to give, `outOfMemory`.
    public init(_ model: Model, _ options: EmbedderOptions = EmbedderOptions()) throws(SwiftletError) {
        let maxTokens = options.maxTokens ?? model.contextLength
        guard maxTokens >= 1, maxTokens <= model.contextLength else {
            throw SwiftletError(
                .invalidArgument,
                "texts of \(maxTokens) tokens are not possible: the model takes 1 to \(model.contextLength)")
        }
        let batches = try TokenBatches(
            model, .hiddenState, longest: maxTokens, budget: options.batchTokens, threads: options.threads,
            instructionSet: options.instructionSet)
        let dimensions = options.dimensions ?? batches.columns
        guard dimensions >= 1, dimensions <= batches.columns else {
            throw SwiftletError(
                .invalidArgument,
                "\(dimensions) dimensions are not possible: the model's vectors have \(batches.columns)")
        }
        if let pooling = options.pooling {
            self.pooling = pooling
        } else {
            pooling = try model.pooling ?? (model.isEncoder ? .mean : .last)
        }
        self.model = model
        self.options = options
        self.maxTokens = maxTokens
        self.dimensions = dimensions
        self.batches = batches
    }

    /// Threads that take part.
    public var threadCount: Int { batches.threadCount }

    /// The instruction set in use.
    public var instructionSet: String { batches.instructionSet }

    /// Stops ``embed(_:as:)-([String],_)`` from any thread.
    public var cancellation: SessionCancellation { batches.cancellation }

    /// The vectors of some texts.
    ///
    /// - Parameter role: which of the model's prefixes stands before every text.
    /// - Throws: ``SwiftletError``: `contextFull` for a text that is too long, when ``EmbedderOptions/overflow`` says so;
    ///   `cancelled`.
    public mutating func embed(_ texts: [String], as role: TextRole = .plain) throws(SwiftletError) -> Embeddings {
        let prefix = prefix(role)
        return try embed(tokens: texts.map { model.tokenize(prefix + $0) })
    }

    /// The vectors of some texts that are tokens already, the special ones where they should be.
    ///
    /// - Throws: ``SwiftletError``, as ``embed(_:as:)`` and for an id outside the vocabulary.
    public mutating func embed(tokens texts: [[Token]]) throws(SwiftletError) -> Embeddings {
        var sequences: [TokenSequence] = []
        var notes: [Embeddings.Text] = []
        var rowCount = 0
        for (index, tokens) in texts.enumerated() {
            let fitting = try fitting(tokens, index)
            let rows = rowCount..<rowCount + (pooling == .none ? fitting.count : 1)
            notes.append(
                Embeddings.Text(
                    tokenCount: fitting.count, isTruncated: fitting.count < tokens.count, rows: rows))
            sequences.append(TokenSequence(tokens: fitting))
            rowCount = rows.upperBound
        }
        var values = [Float](repeating: 0, count: rowCount * dimensions)
        let (pooling, dimensions) = (pooling, dimensions)
        try batches.run(sequences, pooling.outputs) { index, rows in
            let start = notes[index].rows.lowerBound * dimensions
            for row in 0..<rows.rows {
                rows.withRow(row) { source in
                    if pooling == .max {
                        for i in 0..<dimensions where row == 0 || source[i] > values[start + i] {
                            values[start + i] = source[i]
                        }
                    } else {
                        for i in 0..<dimensions { values[start + row * dimensions + i] = source[i] }
                    }
                }
            }
        }
        if options.normalize {
            for row in 0..<rowCount { normalize(&values, row * dimensions..<(row + 1) * dimensions) }
        }
        return Embeddings(dimensions: dimensions, values: values, texts: notes)
    }

    private func prefix(_ role: TextRole) -> String {
        switch role {
        case .plain: ""
        case .query: options.queryPrefix ?? ""
        case .passage: options.passagePrefix ?? ""
        }
    }

    /// The tokens that are computed: all, or as many as go, the one that ends every text kept.
    private func fitting(_ tokens: [Token], _ index: Int) throws(SwiftletError) -> [Token] {
        guard tokens.count > maxTokens else { return tokens }
        guard options.overflow == .truncate else {
            throw SwiftletError(
                .contextFull,
                "text \(index + 1) has \(tokens.count) tokens, the model takes \(maxTokens): shorten it, or truncate texts "
                    + "(overflow)")
        }
        let special = model.tokenizer.special
        guard special.addEOS, let end = special.eos, tokens.last == end else { return Array(tokens.prefix(maxTokens)) }
        return tokens.prefix(maxTokens - 1) + [end]
    }

    /// Scales a vector to the length 1; one of zeros stays.
    private func normalize(_ values: inout [Float], _ range: Range<Int>) {
        var sum = 0.0
        for i in range { sum += Double(values[i]) * Double(values[i]) }
        guard sum > 0 else { return }
        let factor = Float(1 / sum.squareRoot())
        for i in range { values[i] *= factor }
    }
}

extension EmbedderOptions.Pooling {
    var outputs: SequencePart.Outputs {
        switch self {
        case .mean: .mean
        case .cls: .first
        case .last: .last
        case .max, .none: .all
        }
    }
}

extension Model {
    /// The file's `pooling_type`, nil where it has none.
    var pooling: EmbedderOptions.Pooling? {
        get throws(SwiftletError) {
            switch try integer(forKey: "\(architecture).pooling_type") {
            case nil: nil
            case 0: EmbedderOptions.Pooling.none
            case 1: .mean
            case 2: .cls
            case 3: .last
            case 4:
                throw SwiftletError(.model, "\(path): the model ranks pairs of texts (a Reranker) and has no vectors")
            case let other?:
                throw SwiftletError(.model, "\(path): pooling_type is \(other), expected 0 to 4")
            }
        }
    }
}
