/// The state of a beam search: hypotheses of one length, and those that have come to their end.
struct BeamSearch {
    private var front: BeamFront<Hypothesis>
    private var finished: [Hypothesis] = []
    private let count: Int
    private let special: SpeechTokens

    init(_ count: Int, _ special: SpeechTokens) {
        front = BeamFront(Hypothesis(), width: count)
        self.count = count
        self.special = special
    }

    var beams: [Hypothesis] { front.running }

    /// A token that a beam could go on with.
    func candidate(_ token: Token, _ logProbability: Double, after parent: Int) -> BeamCandidate {
        BeamCandidate(
            parent: parent, token: token, score: logProbability,
            sum: front.running[parent].logProbability + logProbability)
    }

    /// Takes the likeliest candidates for beams. Gives each one's parent; none when the search is over.
    mutating func advance(_ candidates: [BeamCandidate]) -> [Int] {
        let special = special
        let (ended, parents) = front.advance(BeamCandidate.ranked(candidates), endsWithinWidth: false) {
            var text = $0
            if $1.token == special.endOfText {
                text.finish($1.score)
            } else {
                text.append($1.token, $1.score)
                text.cutLoop(special)
            }
            return (text, text.end != .none)
        }
        finished += ended.prefix(count - finished.count)
        return finished.count < count ? parents : []
    }

    /// Those that came to their end; where they are too few, also the likeliest of the others.
    var results: [Hypothesis] {
        let rest = front.running.sorted { $0.logProbability > $1.logProbability }
        return finished + rest.prefix(count - finished.count)
    }
}
