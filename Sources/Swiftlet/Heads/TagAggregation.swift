/// A token of a text on its way to a span.
struct TaggedToken {
    let index: Int
    let range: Range<Int>
    let probabilities: [Float]
    let continuesWord: Bool
}

/// Joins tokens to spans as transformers' token classification pipeline does.
struct TagAggregation {
    struct Span {
        var label: String
        var score: Float
        var range: Range<Int>
        var tokenIndex: Int?
    }

    let labels: [String]
    let strategy: Tagger.Aggregation

    func spans(of tokens: [TaggedToken]) -> [Span] {
        switch strategy {
        case .none: tokens.map { span([$0], $0.probabilities, tokenIndex: $0.index) }
        case .simple: grouped(tokens.map { span([$0], $0.probabilities) })
        case .first, .average, .max: grouped(words(of: tokens).map(span))
        }
    }

    /// Tokens word by word; a text begins with a word whatever its first token is.
    private func words(of tokens: [TaggedToken]) -> [[TaggedToken]] {
        var words: [[TaggedToken]] = []
        for token in tokens {
            if token.continuesWord, !words.isEmpty {
                words[words.count - 1].append(token)
            } else {
                words.append([token])
            }
        }
        return words
    }

    private func span(_ word: [TaggedToken]) -> Span {
        let probabilities: [Float] =
            switch strategy {
            case .average:
                labels.indices.map { label in
                    word.reduce(0) { $0 + $1.probabilities[label] } / Float(word.count)
                }
            case .max: Self.surest(word).probabilities
            case .none, .simple, .first: word[0].probabilities
            }
        return span(word, probabilities)
    }

    /// The first token with the greatest probability of all.
    private static func surest(_ word: [TaggedToken]) -> TaggedToken {
        word.dropFirst().reduce(word[0]) { best, token in
            (token.probabilities.max() ?? 0) > (best.probabilities.max() ?? 0) ? token : best
        }
    }

    private func span(_ tokens: [TaggedToken], _ probabilities: [Float], tokenIndex: Int? = nil) -> Span {
        var best = 0
        for index in probabilities.indices where probabilities[index] > probabilities[best] { best = index }
        return Span(
            label: labels[best], score: probabilities[best],
            range: Self.range(tokens[0].range, tokens[tokens.count - 1].range), tokenIndex: tokenIndex)
    }

    /// From the beginning of one to the end of the other.
    private static func range(_ first: Range<Int>, _ last: Range<Int>) -> Range<Int> {
        first.lowerBound..<max(first.lowerBound, last.upperBound)
    }

    /// Neighbours of one class joined; `B-` begins a span.
    private func grouped(_ spans: [Span]) -> [Span] {
        var groups: [[Span]] = []
        for span in spans {
            let (begins, tag) = Self.tag(span.label)
            if !begins, let last = groups.last?.last, Self.tag(last.label).tag == tag {
                groups[groups.count - 1].append(span)
            } else {
                groups.append([span])
            }
        }
        return groups.map { group in
            Span(
                label: Self.group(group[0].label),
                score: Float(group.reduce(0) { $0 + Double($1.score) } / Double(group.count)),
                range: Self.range(group[0].range, group[group.count - 1].range))
        }
    }

    /// Whether a class begins a span, and the kind of span.
    private static func tag(_ label: String) -> (begins: Bool, tag: Substring) {
        if label.hasPrefix("B-") { return (true, label.dropFirst(2)) }
        if label.hasPrefix("I-") { return (false, label.dropFirst(2)) }
        return (false, label[...])
    }

    /// What follows the first hyphen, if there is one.
    private static func group(_ label: String) -> String {
        guard let hyphen = label.firstIndex(of: "-") else { return label }
        return String(label[label.index(after: hyphen)...])
    }
}
