/// The state of a beam search: hypotheses of one length, and those that have come to their end.
struct BeamSearch {
    private(set) var beams = [Hypothesis()]
    private var finished: [Hypothesis] = []
    private var proposals: [Proposal] = []
    private let count: Int
    private let special: SpeechTokens

    private struct Proposal {
        let parent: Int
        let token: Token
        let logProbability: Double
        /// Of the parent and the token.
        let sum: Double
    }

    init(_ count: Int, _ special: SpeechTokens) {
        self.count = count
        self.special = special
    }

    /// A token that a beam could go on with.
    mutating func propose(_ token: Token, _ logProbability: Double, after parent: Int) {
        let sum = beams[parent].logProbability + logProbability
        proposals.append(Proposal(parent: parent, token: token, logProbability: logProbability, sum: sum))
    }

    /// Takes the likeliest proposals for beams. Gives each one's parent; none when the search is over.
    mutating func advance() -> [Int] {
        var next: [Hypothesis] = []
        var parents: [Int] = []
        var ended: [Hypothesis] = []
        let order = proposals.indices.sorted { (proposals[$1].sum, $0) < (proposals[$0].sum, $1) }
        for place in order {
            guard next.count < count else { break }
            let proposal = proposals[place]
            var text = beams[proposal.parent]
            if proposal.token == special.endOfText {
                text.finish(proposal.logProbability)
                ended.append(text)
                continue
            }
            text.append(proposal.token, proposal.logProbability)
            text.cutLoop(special)
            if text.end == .loop {
                ended.append(text)
            } else {
                next.append(text)
                parents.append(proposal.parent)
            }
        }
        proposals = []
        finished += ended.prefix(count - finished.count)
        beams = next
        return finished.count < count ? parents : []
    }

    /// Those that came to their end; where they are too few, also the likeliest of the others.
    var results: [Hypothesis] {
        let rest = beams.sorted { $0.logProbability > $1.logProbability }
        return finished + rest.prefix(count - finished.count)
    }
}
