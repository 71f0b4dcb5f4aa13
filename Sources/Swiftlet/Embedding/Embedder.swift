internal import Interpreter
internal import Models
internal import Tensors

/// Turns texts into vectors. One thread at a time; any number of embedders share a ``Model``.
///
/// ```swift
/// var embedder = try Embedder(Model(path: "all-MiniLM-L6-v2.gguf"))
/// let vectors = try embedder.embed(["The cat sat on the mat.", "A feline rested on the rug."])
/// print(vectors.similarity(0, 1))
/// ```
///
/// A text's vector is bit-identical alone and in a batch, for any number of threads. Another instruction set sums in
/// another order: the cosine of the two vectors stays above 1 - 1e-6 for float weights, and above 0.998 for quantized
/// ones, whose activations are rounded to a byte.
///
/// Memory is bounded by the longest text: give endless input in chunks of some hundred texts, of like length where that is
/// easy to have.
///
/// A text without a token (the empty string, for a model that adds none) has a vector of zeros.
public struct Embedder: ~Copyable {
    /// The model it runs.
    public let model: Model
    /// How it makes vectors, with what the sidecar says filled in.
    public let options: EmbedderOptions
    /// Max tokens of a text.
    public let maxTokens: Int
    /// How the vectors of a text's tokens become the text's.
    public let pooling: EmbedderOptions.Pooling
    /// Elements of a vector.
    public let dimensions: Int
    private let limit: TextLimit
    private let lowercases: Bool
    /// Keeps the files of the layers behind the pooling mapped.
    private let dense: [DenseModule]
    private var batches: TokenBatches

    /// - Throws: ``SwiftletError``: `invalidArgument` for an option that the model cannot serve, `model` for a model that
    ///   has no vectors to give, `file` for a sidecar that cannot be read, `outOfMemory`.
    public init(_ model: Model, _ options: EmbedderOptions = EmbedderOptions()) throws(SwiftletError) {
        var options = options
        var sidecar: Sidecar?
        if let folder = options.sidecar {
            let found = try Sidecar(folder)
            options.fill(from: found, contextLength: model.contextLength)
            sidecar = found
        }
        options.queryPrefix = options.queryPrefix ?? model.text(forKey: "sentence_transformers.prompts.query")
        options.passagePrefix = options.passagePrefix ?? model.text(forKey: "sentence_transformers.prompts.passage")
        let limit = try TextLimit(model, most: options.maxTokens, options.overflow)
        let pooling =
            if let pooling = options.pooling { pooling } else {
                try model.pooling ?? (model.isEncoder ? .mean : .last)
            }
        let dense = sidecar?.dense ?? []
        let isOneRow = pooling != .max && pooling != .none
        guard dense.isEmpty || isOneRow else {
            throw SwiftletError(
                .invalidArgument, "the layers behind the pooling need mean, cls or last, not \(pooling.rawValue)")
        }
        let layers = dense.isEmpty && isOneRow ? try model.denseLayers : dense.map(\.layer)
        let batches = try TokenBatches(
            model, .embedding, dense: layers, longest: limit.most, budget: options.batchTokens, options.runtime)
        let dimensions = options.dimensions ?? batches.columns
        guard dimensions >= 1, dimensions <= batches.columns else {
            throw SwiftletError(
                .invalidArgument,
                "\(dimensions) dimensions are not possible: the model's vectors have \(batches.columns)")
        }
        self.model = model
        self.options = options
        self.limit = limit
        self.pooling = pooling
        self.dimensions = dimensions
        lowercases = sidecar?.lowercases ?? false
        self.dense = dense
        maxTokens = limit.most
        self.batches = batches
    }

    /// An identifier of what its vectors come from: the model, and adapters.
    var identity: String { model.identity(batches.adapters) }

    /// Threads that take part.
    public var threadCount: Int { batches.threadCount }

    /// The instruction set in use.
    public var instructionSet: String { batches.instructionSet }

    /// Stops ``embed(_:as:)-([String],_)`` from any thread.
    public var cancellation: SessionCancellation { batches.cancellation }

    /// Measures the steps from here on by operation, which makes each slower by some microseconds.
    public mutating func startProfile() { batches.startProfile() }

    /// Stops profiling; returns the profile since ``startProfile()``, empty if there was none.
    public mutating func endProfile() -> Profile { batches.endProfile() }

    /// The vectors of some texts.
    ///
    /// - Parameter role: which of the model's prefixes stands before every text.
    /// - Throws: ``SwiftletError``: `contextFull` for a text that is too long, when ``EmbedderOptions/overflow`` says so;
    ///   `cancelled`.
    public mutating func embed(_ texts: [String], as role: TextRole = .plain) throws(SwiftletError) -> Embeddings {
        try embed(tokens: tokens(of: texts, as: role))
    }

    /// The tokens of a text as ``embed(_:as:)`` has them before any is dropped: with the prefix and the special ones.
    public func tokens(of text: String, as role: TextRole = .plain) -> [Token] {
        tokenizer(role).tokens(of: text)
    }

    /// The tokens of some texts, computed by all threads; see ``tokens(of:as:)-(String,_)``.
    public func tokens(of texts: [String], as role: TextRole = .plain) -> [[Token]] {
        let tokenizer = tokenizer(role)
        return batches.tokens(count: texts.count) { tokenizer.tokens(of: texts[$0]) }
    }

    /// The vectors of some texts that are tokens already, the special ones where they should be.
    ///
    /// - Throws: ``SwiftletError``, as ``embed(_:as:)`` and for an id outside the vocabulary.
    public mutating func embed(tokens texts: [[Token]]) throws(SwiftletError) -> Embeddings {
        var sequences: [TokenSequence] = []
        var notes: [Embeddings.Text] = []
        var rowCount = 0
        for (index, tokens) in texts.enumerated() {
            let fitting = try limit.fitting(tokens, text: index)
            let rows = rowCount..<rowCount + (pooling == .none ? fitting.count : 1)
            notes.append(
                Embeddings.Text(
                    tokenCount: fitting.count, isTruncated: fitting.count < tokens.count, rows: rows))
            sequences.append(TokenSequence(tokens: fitting))
            rowCount = rows.upperBound
        }
        var values = [Float](repeating: 0, count: rowCount * dimensions)
        try values.share { [notes, pooling, dimensions] values throws(SwiftletError) in
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
        }
        if options.normalize {
            for row in 0..<rowCount { normalize(&values, row * dimensions..<(row + 1) * dimensions) }
        }
        return Embeddings(dimensions: dimensions, values: values, texts: notes)
    }

    private func tokenizer(_ role: TextRole) -> RoleTokenizer {
        let prefix =
            switch role {
            case .plain: ""
            case .query: options.queryPrefix ?? ""
            case .passage: options.passagePrefix ?? ""
            }
        return RoleTokenizer(
            model: model, prefix: prefix, lowercases: lowercases,
            parsesSpecial: model.parsesSpecial(options.parsesSpecial))
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

/// Makes tokens of texts in a role; any thread may ask.
private struct RoleTokenizer: Sendable {
    let model: Model
    let prefix: String
    let lowercases: Bool
    let parsesSpecial: Bool

    func tokens(of text: String) -> [Token] {
        let text = prefix + text
        return model.tokenize(lowercases ? text.lowercased() : text, parseSpecial: parsesSpecial)
    }
}

extension EmbedderOptions {
    /// Takes over what is said nowhere else.
    fileprivate mutating func fill(from sidecar: Sidecar, contextLength: Int) {
        pooling = pooling ?? sidecar.pooling
        maxTokens = maxTokens ?? sidecar.maxTokens.map { min($0, contextLength) }
        queryPrefix = queryPrefix ?? sidecar.queryPrefix
        passagePrefix = passagePrefix ?? sidecar.passagePrefix
    }
}

extension EmbedderOptions.Pooling {
    var outputs: BatchEntry.Outputs {
        switch self {
        case .mean: .mean
        case .cls: .first
        case .last: .last
        case .max, .none: .all
        }
    }
}

extension Model {
    /// Whether special tokens that a text spells become these tokens, if that is wished: only where no turn can be forged.
    func parsesSpecial(_ isWished: Bool) -> Bool { isWished && isEncoder }

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
