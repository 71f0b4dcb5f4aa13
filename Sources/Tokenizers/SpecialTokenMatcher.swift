/// A stretch of text without special tokens, or a special token.
enum TextFragment: Equatable {
    /// A range of bytes; never empty.
    case text(Range<Int>)
    case token(Int32)
}

/// Finds special tokens in text: user-defined ones always, control and unknown ones on demand.
///
/// Longer tokens are looked for first, in the whole text; among those of one length the leftmost wins.
struct SpecialTokenMatcher: Sendable {
    /// The tokens of one length.
    private struct Group {
        let length: Int
        /// Whether a token of this length begins with the byte.
        var starts = [Bool](repeating: false, count: 256)
        /// Whether one of them is found without demand.
        var isAlwaysFound = false
    }

    private var texts = ByteStrings()
    private var index = ByteStringIndex()
    /// The token of each text, and whether it is found without demand.
    private var tokens: [(id: Int32, isAlwaysFound: Bool)] = []
    /// Longest first.
    private var groups: [Group] = []
    /// Whether a token of any length begins with the byte.
    private var starts = [Bool](repeating: false, count: 256)

    init(_ vocabulary: Vocabulary) throws(TokenizerError) {
        var groups: [Int: Group] = [:]
        for id in 0..<Int32(truncatingIfNeeded: vocabulary.count) {
            let kind = vocabulary.kind(of: id)
            let text = vocabulary.text(of: id)
            guard kind == .control || kind == .userDefined || kind == .unknown, text.count > 0 else { continue }
            try texts.append(text)
            index.insert(texts.count - 1, of: texts)
            tokens.append((id, kind == .userDefined))
            let length = text.count
            let first = Int(text[0])
            starts[first] = true
            groups[length, default: Group(length: length)].starts[first] = true
            if kind == .userDefined { groups[length]?.isAlwaysFound = true }
        }
        self.groups = groups.values.sorted { $0.length > $1.length }
    }

    /// Cuts `text` at its special tokens.
    func fragments(of text: Span<UInt8>, parseSpecial: Bool) -> [TextFragment] {
        guard text.count > 0 else { return [] }
        var fragments = [TextFragment.text(0..<text.count)]
        let candidates = text.indices.filter { starts[Int(text[$0])] }
        guard !candidates.isEmpty else { return fragments }
        for group in groups where parseSpecial || group.isAlwaysFound {
            fragments = split(fragments, of: text, at: candidates, by: group, parseSpecial: parseSpecial)
        }
        return fragments
    }

    /// - Parameter candidates: the offsets where any special token may begin, in ascending order.
    private func split(
        _ fragments: [TextFragment], of text: Span<UInt8>, at candidates: [Int], by group: Group, parseSpecial: Bool
    ) -> [TextFragment] {
        var result: [TextFragment] = []
        var next = 0
        for fragment in fragments {
            guard case .text(let range) = fragment else {
                result.append(fragment)
                continue
            }
            var start = range.lowerBound
            while next < candidates.count, candidates[next] + group.length <= range.upperBound {
                let match = candidates[next]..<candidates[next] + group.length
                next += 1
                guard match.lowerBound >= start, group.starts[Int(text[match.lowerBound])],
                    let token = token(for: text.extracting(match), parseSpecial: parseSpecial)
                else { continue }
                if match.lowerBound > start { result.append(.text(start..<match.lowerBound)) }
                result.append(.token(token))
                start = match.upperBound
            }
            if start < range.upperBound { result.append(.text(start..<range.upperBound)) }
        }
        return result
    }

    private func token(for text: Span<UInt8>, parseSpecial: Bool) -> Int32? {
        guard let position = index.find(text, in: texts), parseSpecial || tokens[position].isAlwaysFound else {
            return nil
        }
        return tokens[position].id
    }
}
