#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Chooses tokens by their logits.
public struct Sampler: Sendable {
    /// Its options; `seed` is the one in use.
    public let options: SamplingOptions
    var random: RandomSource
    package var candidates: [Candidate] = []
    private var adjuster: LogitAdjuster
    /// Keeps its memory from one token to the next.
    private var adjusted: [Float] = []
    private var surprises: [(index: Int, distance: Float)] = []

    package struct Candidate {
        package let token: Token
        package let logit: Float
        package var probability: Float = 0
    }

    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for an option out of its range.
    public init(_ options: SamplingOptions = SamplingOptions()) throws(SwiftletError) {
        try options.validate()
        var options = options
        let seed = options.seed ?? UInt64.random(in: .min ... .max)
        options.seed = seed
        self.options = options
        random = RandomSource(seed: seed)
        adjuster = LogitAdjuster(options)
    }

    /// The next token. Logits that are not a number are never chosen, unless all are; then token 0 is.
    ///
    /// - Parameters:
    ///   - logits: `[vocabularySize]`.
    ///   - text: the tokens before, for the penalties.
    public mutating func sample(_ logits: Span<Float>, after text: [Token] = []) -> Token {
        withAdjusted(logits, after: text) { $0.choose($1) }
    }

    /// Rules `tokens` out while the text, the prompt included, has fewer than `count` tokens.
    mutating func forbid(_ tokens: [Token], before count: Int) { adjuster.forbid(tokens, before: count) }

    /// Calls `body` with the logits that are left after bias and penalties.
    package mutating func withAdjusted<Result>(
        _ logits: Span<Float>, after text: [Token], _ body: (inout Sampler, Span<Float>) -> Result
    ) -> Result {
        guard adjuster.isNeeded(textCount: text.count) else { return body(&self, logits) }
        // The sampler lends its buffer out, since the body may change the sampler.
        var buffer = adjusted
        adjusted = []
        defer { adjusted = buffer }
        adjust(logits, after: text, into: &buffer)
        return body(&self, buffer.span)
    }

    /// Leaves in `result` the logits after bias and penalties.
    mutating func adjust(_ logits: Span<Float>, after text: [Token], into result: inout [Float]) {
        result.removeAll(keepingCapacity: true)
        for index in logits.indices { result.append(logits[index]) }
        if adjuster.isNeeded(textCount: text.count) { adjuster.adjust(&result, after: text) }
    }

    /// One of the tokens, by logits that need no more change.
    mutating func choose(_ logits: Span<Float>) -> Token {
        weighCandidates(logits) ? draw() : Self.mostProbable(logits)
    }

    /// Leaves in `candidates` the tokens that may come, the most probable first, and how probable each is; false where there
    /// is no choice but the most probable one.
    package mutating func weighCandidates(_ logits: Span<Float>) -> Bool {
        guard options.temperature > 0 else { return false }
        collect(logits)
        keepTopK()
        guard !candidates.isEmpty else { return false }
        weigh(temperature: 1)
        keepTypical()
        keepTopP()
        keepMinP()
        weigh(temperature: options.temperature)
        return true
    }

    /// The token of the greatest logit; the first of several.
    public static func mostProbable(_ logits: Span<Float>) -> Token {
        var best = 0
        var greatest = -Float.infinity
        for index in logits.indices where logits[index] > greatest {
            greatest = logits[index]
            best = index
        }
        return Token(truncatingIfNeeded: best)
    }

    private mutating func collect(_ logits: Span<Float>) {
        candidates.removeAll(keepingCapacity: true)
        // With a top-k, tokens below the k-th of a first few cannot be among the k: most of a vocabulary is passed over.
        var threshold = -Float.infinity
        let limit = options.topK > 0 && options.topK < logits.count ? max(4 * options.topK, 256) : Int.max
        for index in logits.indices {
            let logit = logits[index]
            // Neither what is no number nor what is ruled out is greater.
            guard logit > threshold else { continue }
            candidates.append(Candidate(token: Token(truncatingIfNeeded: index), logit: logit))
            if candidates.count == limit {
                sortCandidates()
                candidates.removeSubrange(options.topK...)
                threshold = candidates[options.topK - 1].logit
            }
        }
        sortCandidates()
    }

    /// The most probable first; equal ones by their ids.
    private mutating func sortCandidates() {
        candidates.sort { $0.logit != $1.logit ? $0.logit > $1.logit : $0.token < $1.token }
    }

    private mutating func keepTopK() {
        guard options.topK > 0, candidates.count > options.topK else { return }
        candidates.removeSubrange(options.topK...)
    }

    private mutating func weigh(temperature: Float) {
        guard let best = candidates.first?.logit else { return }
        var sum: Float = 0
        for index in candidates.indices {
            let logit = candidates[index].logit
            let weight: Float = best == .infinity ? (logit == best ? 1 : 0) : expf((logit - best) / temperature)
            candidates[index].probability = weight
            sum += weight
        }
        for index in candidates.indices { candidates[index].probability /= sum }
    }

    /// Candidates by how far their surprise, -log p, is from the expected one, which is the entropy.
    private mutating func keepTypical() {
        guard options.typicalP < 1 else { return }
        var entropy: Float = 0
        for candidate in candidates where candidate.probability > 0 {
            entropy -= candidate.probability * logf(candidate.probability)
        }
        surprises.removeAll(keepingCapacity: true)
        for (index, candidate) in candidates.enumerated() {
            surprises.append((index, abs(-logf(candidate.probability) - entropy)))
        }
        surprises.sort { $0.distance != $1.distance ? $0.distance < $1.distance : $0.index < $1.index }
        var sum: Float = 0
        var count = 0
        while count < surprises.count, sum <= options.typicalP {
            sum += candidates[surprises[count].index].probability
            count += 1
        }
        surprises.removeSubrange(count...)
        surprises.sort { $0.index < $1.index }
        // Indices rise: no candidate is overwritten before it has moved.
        for (place, surprise) in surprises.enumerated() { candidates[place] = candidates[surprise.index] }
        candidates.removeSubrange(count...)
        weigh(temperature: 1)
    }

    private mutating func keepTopP() {
        guard options.topP < 1 else { return }
        var sum: Float = 0
        for index in candidates.indices {
            sum += candidates[index].probability
            if sum >= options.topP {
                candidates.removeSubrange((index + 1)...)
                return
            }
        }
    }

    private mutating func keepMinP() {
        guard options.minP > 0, let best = candidates.first?.probability else { return }
        let least = best * options.minP
        let count = candidates.firstIndex { $0.probability < least } ?? candidates.count
        candidates.removeSubrange(count...)
    }

    /// One of the candidates, by their probabilities.
    mutating func draw() -> Token {
        var left = random.uniform()
        for candidate in candidates {
            left -= Double(candidate.probability)
            if left < 0 { return candidate.token }
        }
        return candidates.last?.token ?? 0
    }
}
