internal import Interpreter

extension TextToTextSession {
    /// Finds the targets of a source. The session needs as many hypotheses as beams; it holds no source afterwards.
    ///
    /// - Returns: ``BeamOptions/results`` targets, the best first.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for options out of range or a source without tokens,
    ///   `contextFull` for a source that is too long, `cancelled`, or `outOfMemory`.
    public mutating func generate(
        from source: [Token], _ options: BeamOptions = BeamOptions()
    ) throws(SwiftletError) -> [BeamResult] {
        try options.validate()
        guard options.beams <= capacity else {
            throw SwiftletError(
                .invalidArgument,
                "\(options.beams) beams need a session of as many hypotheses (TextToTextOptions.hypotheses), this one has "
                    + "\(capacity)")
        }
        var found: [BeamResult] = []
        try core.search(try SearchRequest([source], model, start: startToken, options)) { _, results in
            found = results
            return true
        }
        return found
    }
}

extension SearchRequest {
    /// The search for targets of a text-to-text model.
    ///
    /// - Parameter sourceTokens: max tokens of sources that are encoded together.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for a prefix that the vocabulary lacks, `contextFull` for one
    ///   that leaves no room.
    init(
        _ sources: [[Token]], _ model: Model, start: Token, _ options: BeamOptions, sourceTokens: Int = 0
    ) throws(SwiftletError) {
        if let wrong = options.prefix.first(where: { $0 < 0 || Int($0) >= model.vocabularySize }) {
            throw SwiftletError(
                .invalidArgument,
                "the target's beginning has the token \(wrong), but the vocabulary ends at \(model.vocabularySize - 1)")
        }
        // The last token need not be taken in.
        let room = model.contextLength - options.prefix.count
        guard room > 0 else {
            throw SwiftletError(
                .contextFull,
                "the target's beginning has \(options.prefix.count) tokens, but a target has at most "
                    + "\(model.contextLength): shorten it")
        }
        let opening = [start] + options.prefix
        let maxTokens = min(options.maxTokens ?? .max, room)
        self.init(
            sources: sources, opening: { _ in opening }, context: { _ in opening }, options: options,
            maxTokens: { _ in maxTokens }, ends: model.endTokens, sourceTokens: sourceTokens)
    }
}
