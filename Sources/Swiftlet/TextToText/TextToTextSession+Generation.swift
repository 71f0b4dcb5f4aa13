internal import Interpreter
internal import Tensors

extension TextToTextSession {
    /// Finds the targets of a source: greedily, or with beams side by side. The session needs as many hypotheses as beams.
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
        // The last token need not be taken in.
        let maxTokens = min(options.maxTokens ?? .max, model.contextLength)
        let ends = model.endTokens
        var beams = Beams(options, maxTokens: maxTokens, ends: Set(ends))
        let rules = BeamScores(options, maxTokens: maxTokens, ends: ends, start: startToken)
        try encode(source)
        try decode([startToken])
        while true {
            let parents = beams.advance(candidates(beams, rules, isGreedy: options.beams == 1))
            if beams.isDone { break }
            try reorder(parents)
            try decodeEach(beams.running.map { $0.tokens[$0.tokens.count - 1] })
        }
        return Array(beams.finished.prefix(options.results))
    }

    /// The best tokens of all hypotheses.
    private func candidates(_ beams: borrowing Beams, _ rules: BeamScores, isGreedy: Bool) -> [Beams.Candidate] {
        let count = beams.candidateCount
        let kernels = core.decoder.kernels
        var all: [Beams.Candidate] = []
        for (index, hypothesis) in beams.running.enumerated() {
            let row = withLogits(index) { logits in
                var row = LogitRow(logits, kernels)
                let logSum = Float(row.logSum)
                // With one beam, transformers applies its rules to logits, with more to log-probabilities.
                if !isGreedy { row.subtract(logSum) }
                rules.adjust(&row.values, after: hypothesis.tokens)
                return (row: row, offset: isGreedy ? Double(logSum) : 0)
            }
            guard let row else { continue }
            for token in row.row.best(count) {
                let score = Double(row.row.values[Int(token)]) - row.offset
                all.append(Beams.Candidate(parent: index, token: token, sum: hypothesis.sum + score))
            }
        }
        // Equal sums keep the order of hypotheses and tokens.
        let order = all.indices.sorted { (all[$1].sum, $0) < (all[$0].sum, $1) }
        return order.prefix(count).map { all[$0] }
    }
}
