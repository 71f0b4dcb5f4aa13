internal import Tensors

/// The search for one source's targets: its beams, or a text that is drawn token by token.
struct TargetSearch {
    let source: Int
    private var beams: Beams
    private let rules: BeamScores
    private let count: Int
    /// Draws tokens; nil: the best ones are taken.
    private var sampler: Sampler?
    /// Where the texts meet that are drawn of one source.
    private let draws: SourceDraws?

    init(_ source: Int, _ options: BeamOptions, _ rules: BeamScores, sampler: Sampler?, draws: SourceDraws?) {
        self.source = source
        self.rules = rules
        self.sampler = sampler
        self.draws = draws
        count = options.results
        beams = Beams(options, maxTokens: rules.maxTokens, ends: Set(rules.ends))
    }

    var hypothesisCount: Int { beams.running.count }

    var isDone: Bool { beams.isDone }

    /// The token that each hypothesis takes in next; none before the first step.
    var nextTokens: [[Token]] { beams.running.map { $0.tokens.suffix(1).map(\.self) } }

    /// What is to be done with each hypothesis's logits.
    var rows: [Row] {
        beams.running.map { hypothesis in
            Row(
                tokens: hypothesis.tokens, rules: rules, count: beams.candidateCount, isGreedy: beams.isGreedy,
                sampler: sampler)
        }
    }

    /// Takes a step's choices, those of each hypothesis in order. Returns the parent of each hypothesis that runs on.
    mutating func advance(_ choices: ArraySlice<Row.Choice>) -> [Int] {
        var all: [BeamCandidate] = []
        for (parent, choice) in choices.enumerated() {
            sampler = choice.sampler
            for (token, score) in choice.tokens {
                let sum = beams.running[parent].sum + score
                all.append(BeamCandidate(parent: parent, token: token, score: score, sum: sum))
            }
        }
        return beams.advance(BeamCandidate.ranked(all).prefix(beams.candidateCount))
    }

    /// The targets, the best first; nil where others are still drawn of the source.
    func finish() -> [BeamResult]? {
        let prefix = rules.prefix
        let results = beams.finished.prefix(count).map { BeamResult(tokens: prefix + $0.tokens, score: $0.score) }
        return draws == nil ? results : draws?.add(results)
    }

    /// One hypothesis's logits, and what is to be done with them.
    struct Row: Sendable {
        let tokens: [Token]
        let rules: BeamScores
        let count: Int
        let isGreedy: Bool
        let sampler: Sampler?

        /// The tokens that a hypothesis could go on with.
        struct Choice: Sendable {
            /// With their log-probabilities, the best first.
            var tokens: [(token: Token, score: Double)]
            var sampler: Sampler?
        }

        func choose(_ logits: Span<Float>, _ kernels: Kernels) -> Choice {
            if sampler == nil, let forbidden = rules.forbiddenAlone(after: tokens),
                forbidden.count <= Self.mostForbidden,
                let best = bestUnchanged(logits, without: forbidden, kernels)
            {
                return Choice(tokens: best)
            }
            var row = LogitRow(logits, kernels)
            let logSum = row.logSum
            guard var sampler else {
                // With one beam, transformers applies its rules to logits, with more to log-probabilities.
                if !isGreedy { row.subtract(Float(logSum)) }
                rules.adjust(&row.values, after: tokens)
                let offset = isGreedy ? Double(Float(logSum)) : 0
                return Choice(tokens: row.best(count).map { ($0, Double(row.values[Int($0)]) - offset) })
            }
            rules.adjust(&row.values, after: tokens)
            let token = sampler.sample(row.values.span, after: tokens)
            let score = logits.indices.contains(Int(token)) ? Double(logits[Int(token)]) - logSum : -.infinity
            return Choice(tokens: [(token, score)], sampler: sampler)
        }

        /// More forbidden tokens than that are looked up in a copy of the logits.
        private static let mostForbidden = 16

        /// Without a copy of the logits; nil where one of them is not a number.
        private func bestUnchanged(
            _ logits: Span<Float>, without forbidden: [Token], _ kernels: Kernels
        ) -> [(token: Token, score: Double)]? {
            let greatest = kernels.greatest(logits)
            let logSum = Float(LogitRow.logSum(logits, greatest: greatest, kernels))
            guard logSum.isFinite else { return nil }
            let best = LogitRow.best(count + forbidden.count, of: logits, kernels)
            return best.lazy.filter { !forbidden.contains($0) }.prefix(count).map { token in
                let logit = logits[Int(token)]
                return (token, isGreedy ? Double(logit) - Double(logSum) : Double(logit - logSum))
            }
        }
    }
}

/// Collects the texts that are drawn of one source.
final class SourceDraws {
    private var found: [BeamResult] = []
    private let count: Int

    init(count: Int) { self.count = count }

    /// All of them, by descending score, once the last has come.
    func add(_ results: [BeamResult]) -> [BeamResult]? {
        found += results
        guard found.count == count else { return nil }
        let order = found.indices.sorted { (found[$1].score, $0) < (found[$0].score, $1) }
        return order.map { found[$0] }
    }
}
