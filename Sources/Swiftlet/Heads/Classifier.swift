internal import Interpreter
internal import Models
internal import Tensors

/// Tells which class a text, a pair of texts or a token is of, by a model with a classifier. One thread at a time.
///
/// A result is bit-identical in any batch and for any number of threads.
public struct Classifier: ~Copyable {
    /// A class and how likely it is.
    public struct Prediction: Sendable, Hashable {
        /// The class's index.
        public let index: Int
        /// Its name: the file's, or `LABEL_0` and so on.
        public let label: String
        /// The logit of the class.
        public let logit: Float
        /// The softmax of all logits; with one class alone, or where several may hold, the logistic function of its own. Of a
        /// regression the logit.
        public let probability: Float
    }

    /// What the logits of a text are.
    public enum Problem: String, Sendable, CaseIterable {
        /// One class holds.
        case singleLabel = "single_label_classification"
        /// Each class holds or does not.
        case multiLabel = "multi_label_classification"
        /// They are numbers.
        case regression
    }

    /// A token and its classes.
    public struct TokenPrediction: Sendable {
        /// The token.
        public let token: Token
        /// As the vocabulary spells it.
        public let text: String
        /// All classes, the most probable first.
        public let predictions: [Prediction]
    }

    /// The model it runs.
    public let model: Model
    /// The classes.
    public let labels: [String]
    /// What the file says of the logits of texts (`classifier.problem_type`); of tokens, one class holds.
    public let problem: Problem
    /// How many texts or pairs of the last call were truncated, which ``HeadOptions/overflow`` allows.
    public private(set) var truncatedCount = 0
    private let limit: TextLimit
    private let outputs: BatchEntry.Outputs
    private let parsesSpecial: Bool
    private var batches: TokenBatches

    /// - Throws: ``SwiftletError``: `model` for a model without a classifier, `invalidArgument`, `outOfMemory`.
    public init(_ model: Model, _ options: HeadOptions = HeadOptions()) throws(SwiftletError) {
        let limit = try TextLimit(model, most: options.maxTokens, options.overflow)
        let batches = try TokenBatches(model, .classification, longest: limit.most, options)
        let labels = try model.labels(count: batches.columns)
        let outputs = try model.classifierOutputs
        problem = try model.classifierProblem
        self.labels = labels
        self.outputs = outputs
        parsesSpecial = model.parsesSpecial(options.parsesSpecial)
        self.model = model
        self.limit = limit
        self.batches = batches
    }

    /// Stops a running call from any thread.
    public var cancellation: SessionCancellation { batches.cancellation }

    /// For each text all classes, the most probable first.
    ///
    /// - Throws: ``SwiftletError``: `contextFull` for a text that is too long, when ``HeadOptions/overflow`` says so;
    ///   `cancelled`.
    public mutating func classify(_ texts: [String]) throws(SwiftletError) -> [[Prediction]] {
        try classify(
            tokens: batches.tokens(count: texts.count) { [model, parsesSpecial] in
                model.tokenize(texts[$0], parseSpecial: parsesSpecial)
            })
    }

    /// For each text, which is tokens already, the special ones where they should be, all classes.
    ///
    /// - Throws: ``SwiftletError``, as ``classify(_:)`` and for an id outside the vocabulary.
    public mutating func classify(tokens texts: [[Token]]) throws(SwiftletError) -> [[Prediction]] {
        try logits(fitting(texts)).map { predictions($0, problem) }
    }

    /// For each pair all classes, the most probable first; as a premise and a hypothesis are classified.
    ///
    /// - Throws: ``SwiftletError``, as ``classify(_:)``.
    public mutating func classify(pairs: [(String, String)]) throws(SwiftletError) -> [[Prediction]] {
        try logits(pairs: pairs).map { predictions($0, problem) }
    }

    /// For each token of the text, the special ones counted in, all classes: names and parts of speech are found so.
    ///
    /// - Throws: ``SwiftletError``, as ``classify(_:)``.
    public mutating func classifyTokens(_ text: String) throws(SwiftletError) -> [TokenPrediction] {
        try classifyTokens([text])[0]
    }

    /// For each token of each text, the special ones counted in, all classes.
    ///
    /// - Throws: ``SwiftletError``, as ``classify(_:)``.
    public mutating func classifyTokens(_ texts: [String]) throws(SwiftletError) -> [[TokenPrediction]] {
        try tokenPredictions(
            batches.tokens(count: texts.count) { [model, parsesSpecial] in
                model.tokenize(texts[$0], parseSpecial: parsesSpecial)
            })
    }

    /// For each token, the special ones where they should be, all classes.
    ///
    /// - Throws: ``SwiftletError``, as ``classify(_:)`` and for an id outside the vocabulary.
    public mutating func classifyTokens(tokens: [Token]) throws(SwiftletError) -> [TokenPrediction] {
        try tokenPredictions([tokens])[0]
    }

    private mutating func tokenPredictions(_ texts: [[Token]]) throws(SwiftletError) -> [[TokenPrediction]] {
        let sequences = try fitting(texts)
        truncatedCount = sequences.count(where: \.isTruncated)
        let all = ForkSafeMutex([[[Float]]](repeating: [], count: sequences.count))
        try batches.run(sequences, .all) { index, rows in
            let logits = (0..<rows.rows).map { rows.array($0) }
            all.withLock { $0[index] = logits }
        }
        return zip(sequences, all.withLock { $0 }).map { sequence, rows in
            zip(sequence.tokens, rows).map { token, logits in
                TokenPrediction(
                    token: token, text: model.text(of: token) ?? "", predictions: predictions(logits, .singleLabel))
            }
        }
    }

    private func fitting(_ texts: [[Token]]) throws(SwiftletError) -> [TokenSequence] {
        var sequences: [TokenSequence] = []
        for (index, tokens) in texts.enumerated() {
            let fitting = try limit.fitting(tokens, text: index)
            sequences.append(TokenSequence(tokens: fitting, isTruncated: fitting.count < tokens.count))
        }
        return sequences
    }

    /// Logits of each pair, `[classes]`.
    ///
    /// - Parameter perText: pairs that an error names as one.
    mutating func logits(pairs: [(String, String)], perText: Int = 1) throws(SwiftletError) -> [[Float]] {
        let tokens = batches.tokens(count: pairs.count) { [model, parsesSpecial] index in
            (
                model.tokenize(pairs[index].0, addSpecial: false, parseSpecial: parsesSpecial),
                model.tokenize(pairs[index].1, addSpecial: false, parseSpecial: parsesSpecial)
            )
        }
        var sequences: [TokenSequence] = []
        for (index, pair) in tokens.enumerated() {
            sequences.append(try limit.pair(pair.0, pair.1, index: index / perText))
        }
        return try logits(sequences)
    }

    private mutating func logits(_ sequences: [TokenSequence]) throws(SwiftletError) -> [[Float]] {
        truncatedCount = sequences.count(where: \.isTruncated)
        let found = ForkSafeMutex(
            [[Float]](repeating: [Float](repeating: 0, count: labels.count), count: sequences.count))
        try batches.run(sequences, outputs) { index, rows in
            let logits = rows.array(0)
            found.withLock { $0[index] = logits }
        }
        return found.withLock { $0 }
    }

    private func predictions(_ logits: [Float], _ problem: Problem) -> [Prediction] {
        let probabilities =
            switch problem {
            case .regression: logits
            case .multiLabel: logits.map(Exponential.logistic)
            case .singleLabel: logits.count == 1 ? logits.map(Exponential.logistic) : Exponential.softmax(logits)
            }
        let all = logits.indices.map { index in
            Prediction(
                index: index, label: labels[index], logit: logits[index], probability: probabilities[index])
        }
        return all.sorted { $0.logit == $1.logit ? $0.index < $1.index : $0.logit > $1.logit }
    }
}

extension Model {
    /// The names of the classes.
    ///
    /// - Throws: ``SwiftletError`` with the code `model` when the file has another number of them.
    fileprivate func labels(count: Int) throws(SwiftletError) -> [String] {
        let key = "\(architecture).classifier.output_labels"
        guard let labels = try strings(forKey: key) else { return (0..<count).map { "LABEL_\($0)" } }
        guard labels.count == count else {
            throw SwiftletError(.model, "\(path): \(key) names \(labels.count) classes, the classifier has \(count)")
        }
        return labels
    }

    /// What the logits of texts are: one class where the file does not say.
    fileprivate var classifierProblem: Classifier.Problem {
        get throws(SwiftletError) {
            let key = "\(architecture).classifier.problem_type"
            guard let name = text(forKey: key) else { return .singleLabel }
            guard let problem = Classifier.Problem(rawValue: name) else {
                let known = Classifier.Problem.allCases.map(\.rawValue).joined(separator: ", ")
                throw SwiftletError(.model, "\(path): \(key) is '\(name)', expected one of \(known)")
            }
            return problem
        }
    }

    /// The hidden states that the classifier reads: by the file's `classifier.pooling_type`, else by its family's default.
    fileprivate var classifierOutputs: BatchEntry.Outputs {
        get throws(SwiftletError) {
            switch try integer(forKey: "\(architecture).classifier.pooling_type") {
            case 1: return .mean
            case 2: return .first
            case 3: return .last
            case nil: return isEncoder ? (traits.classifierPooling == .mean ? .mean : .first) : .last
            case let other?:
                throw SwiftletError(.model, "\(path): classifier.pooling_type is \(other), expected 1 to 3")
            }
        }
    }
}
