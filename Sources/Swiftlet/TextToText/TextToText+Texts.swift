/// What became of a text.
public struct ConvertedText: Sendable, Equatable {
    /// One target, of all pieces of the text.
    public struct Target: Sendable, Equatable {
        /// What the text became.
        public let text: String
        /// The sum of the pieces' scores, see ``BeamResult/score``.
        public let score: Double
        /// Of each piece, with its end.
        public let tokens: [[Token]]
    }

    /// The best first.
    public let targets: [Target]
    /// The pieces that the text was cut into, as it was too long; empty for a text of white space.
    public let pieces: [String]

    /// The best target's text; empty where there is none.
    public var text: String { targets.first?.text ?? "" }
}

/// What happens to texts that are longer than a model takes.
public enum LongText: String, Sendable, CaseIterable {
    /// They are cut into pieces at the ends of sentences, and what becomes of these is joined.
    case split
    /// Their end is dropped, from the first piece that ``split`` would make on.
    case cut
}

extension TextToText {
    /// Does the task with texts.
    ///
    /// A text of more tokens than the model takes, or `limit`, is cut behind ends of sentences: `.`, `!`, `?` or `…` before
    /// white space, or `。`, `！` or `？`; where a sentence is too long, at white space. Targets of the pieces are joined with a
    /// space. A text of white space becomes an empty one.
    ///
    /// - Parameters:
    ///   - options: nil: as the model's file recommends.
    ///   - limit: max tokens of a piece; nil: what the model takes.
    ///   - long: what happens to longer texts.
    ///   - onResult: gets each text's number and what became of it as soon as that is known, in any order. Returns whether to
    ///     go on.
    /// - Returns: by text; without targets for texts that were not reached.
    /// - Throws: ``SwiftletError``, as ``generate(from:_:onResult:)``.
    @discardableResult
    public mutating func convert(
        _ texts: [String], _ options: BeamOptions? = nil, limit: Int? = nil, long: LongText = .split,
        onResult: (_ text: Int, ConvertedText) -> Bool = { _, _ in true }
    ) throws(SwiftletError) -> [ConvertedText] {
        if let limit, limit < 1 {
            throw SwiftletError(.invalidArgument, "pieces of \(limit) tokens are not possible: use 1 or more")
        }
        let given: BeamOptions
        if let options { given = options } else { given = try model.recommendedBeams() }
        let options = frame.apply(to: given)
        let pieces = TextPieces(limit: min(limit ?? .max, maxSourceTokens)) { [frame, model] in
            frame.source($0, model).count
        }
        var jobs = texts.map { text in
            let all = pieces.pieces(of: text)
            return Job(pieces: long == .cut ? Array(all.prefix(1)) : all)
        }
        var sources: [[Token]] = []
        var places: [(job: Int, piece: Int)] = []
        for (index, job) in jobs.enumerated() {
            for (piece, text) in job.pieces.enumerated() {
                sources.append(frame.source(text, model))
                places.append((index, piece))
            }
        }
        var results = jobs.map { ConvertedText(targets: [], pieces: $0.pieces) }
        for index in jobs.indices where jobs[index].pieces.isEmpty {
            results[index] = jobs[index].result(model)
            guard onResult(index, results[index]) else { return results }
        }
        _ = try generate(from: sources, options) { [model] source, targets in
            let (index, piece) = places[source]
            jobs[index].found[piece] = targets
            jobs[index].open -= 1
            guard jobs[index].open == 0 else { return true }
            results[index] = jobs[index].result(model)
            return onResult(index, results[index])
        }
        return results
    }

    /// A text on its way.
    private struct Job {
        let pieces: [String]
        /// The targets of each piece.
        var found: [[BeamResult]]
        /// Pieces without a result.
        var open: Int

        init(pieces: [String]) {
            self.pieces = pieces
            found = [[BeamResult]](repeating: [], count: pieces.count)
            open = pieces.count
        }

        func result(_ model: Model) -> ConvertedText {
            guard !pieces.isEmpty else {
                return ConvertedText(
                    targets: [ConvertedText.Target(text: "", score: 0, tokens: [])], pieces: [])
            }
            let targets = (0..<(found.map(\.count).min() ?? 0)).map { rank in
                let parts = found.map { $0[rank] }
                return ConvertedText.Target(
                    text: TextPieces.join(parts.map { model.detokenize($0.tokens) }),
                    score: parts.reduce(0) { $0 + $1.score }, tokens: parts.map(\.tokens))
            }
            return ConvertedText(targets: targets, pieces: pieces)
        }
    }
}
