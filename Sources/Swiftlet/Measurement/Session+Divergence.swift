internal import GGUF

extension Session {
    /// Bytes of the file that ``writeLogProbabilities(of:window:start:to:progress:)`` writes; nil where that is not possible.
    public func logProbabilityBytes(of tokenCount: Int, window: Int) -> Int? {
        guard window >= 4, tokenCount >= window, tokenCount <= 1 << 30 else { return nil }
        return LogProbabilityShape(
            window: window, vocabularySize: model.vocabularySize, windowCount: tokenCount / window
        ).byteCount
    }

    /// Writes what the model predicts for a text to a file, for ``divergence(from:progress:)`` of other models: llama.cpp's
    /// format. Forgets what the session held.
    ///
    /// The text is cut into windows of equal length, without what is left at its end, and of each window the second half is
    /// predicted.
    ///
    /// - Parameters:
    ///   - start: stands for the first token of every window.
    ///   - path: two bytes for each token of the vocabulary and each predicted token; appears when it is complete.
    ///   - progress: gets the number of predicted tokens and of all.
    /// - Throws: ``SwiftletError``: `invalidArgument` for a window of less than 4 tokens or more than the context, or a text
    ///   shorter than it; `model` where a logit is not finite; `file`; `cancelled`.
    public mutating func writeLogProbabilities(
        of tokens: [Token], window: Int, start: Token? = nil, to path: String,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(SwiftletError) -> Perplexity {
        guard window >= 4, window <= contextLength else {
            throw SwiftletError(
                .invalidArgument,
                "windows of \(window) tokens are not possible: use 4 to \(contextLength) (the context)")
        }
        guard tokens.count >= window else {
            throw SwiftletError(
                .invalidArgument,
                "the text has \(tokens.count) tokens, which is less than a window of \(window): give a longer text, or "
                    + "choose a smaller window")
        }
        if let wrong = tokens.first(where: { $0 < 0 || Int($0) >= model.vocabularySize }) {
            throw SwiftletError(
                .invalidArgument, "there is no token \(wrong): the vocabulary has \(model.vocabularySize)")
        }
        let shape = LogProbabilityShape(
            window: window, vocabularySize: model.vocabularySize, windowCount: tokens.count / window)
        let used = tokens.prefix(window * shape.windowCount)
        var writer = try LogProbabilityWriter(path: path, shape, tokens: used)
        var entropy = 0.0
        for index in 0..<shape.windowCount {
            let window = Array(used[index * window..<(index + 1) * window])
            var failure: GGUFError?
            try predict(window, start: start, shape) { row, token, logits in
                entropy += logits.exponentials.logarithm - Double(logits[token])
                do throws(GGUFError) { return try writer.append(logits) } catch { failure = error }
                return true
            }
            if let failure { throw SwiftletError(failure) }
            progress((index + 1) * shape.rows, shape.windowCount * shape.rows)
        }
        try writer.finish()
        return Perplexity(tokenCount: shape.windowCount * shape.rows, totalCrossEntropy: entropy)
    }

    /// Compares what the model predicts with what another one did, for the text in the file. Forgets what the session held.
    ///
    /// - Parameters:
    ///   - path: as ``writeLogProbabilities(of:window:start:to:progress:)`` or llama-perplexity writes it.
    ///   - start: as it was given there.
    ///   - progress: gets the number of predicted tokens and of all.
    /// - Throws: ``SwiftletError``: `file` for a file that is damaged; `invalidArgument` for one of another vocabulary, or of
    ///   windows longer than the context; `model` where a logit is not finite; `cancelled`.
    public mutating func divergence(
        from path: String, start: Token? = nil, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(SwiftletError) -> PredictionDivergence {
        let file = try LogProbabilityFile(path: path)
        let shape = file.shape
        guard shape.vocabularySize == model.vocabularySize else {
            throw SwiftletError(
                .invalidArgument,
                "\(path) is of a vocabulary of \(shape.vocabularySize) tokens, the model has \(model.vocabularySize): compare "
                    + "with the model that this one was made from")
        }
        guard shape.window <= contextLength else {
            throw SwiftletError(
                .invalidArgument,
                "\(path) has windows of \(shape.window) tokens, the context holds \(contextLength): write the file with a "
                    + "smaller window")
        }
        var sums = DivergenceSums()
        var stored = StoredLogProbabilities()
        for index in 0..<shape.windowCount {
            var isDamaged = false
            try predict(file.tokens(index), start: start, shape) { row, token, logits in
                file.copy(row, ofWindow: index, to: &stored)
                isDamaged = isDamaged || !stored.isValid
                return isDamaged || sums.add(logits, base: stored, token: token)
            }
            guard !isDamaged else {
                throw SwiftletError(
                    .file, "\(path): window \(index) has a scale that cannot be: the file is damaged", path: path)
            }
            progress((index + 1) * shape.rows, shape.windowCount * shape.rows)
        }
        return sums.result
    }

    /// The window of a file of log-probabilities, so that a session can have a context of that length.
    ///
    /// - Throws: ``SwiftletError`` with the code `file`.
    public static func window(ofLogProbabilities path: String) throws(SwiftletError) -> Int {
        try LogProbabilityFile(path: path).shape.window
    }

    /// Predicts the second half of a window.
    ///
    /// - Parameter body: gets each prediction's number, the token that follows and the logits; returns whether they are finite.
    private mutating func predict(
        _ window: [Token], start: Token?, _ shape: LogProbabilityShape,
        _ body: @escaping (_ row: Int, _ token: Int, _ logits: Span<Float>) -> Bool
    ) throws(SwiftletError) {
        var input = window
        if let start { input[0] = start }
        var isFinite = true
        rewind(to: 0)
        try append(Array(input[..<shape.first]))
        try append(Array(input[shape.first..<shape.window - 1])) { row, logits in
            guard isFinite else { return }
            isFinite = body(row, Int(window[shape.first + row + 1]), logits)
        }
        guard isFinite else {
            throw SwiftletError(.model, "\(model.path): a logit is infinite or NaN: the model is damaged")
        }
    }
}
