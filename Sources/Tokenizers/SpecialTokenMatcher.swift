/// A stretch of text without special tokens, or a special token.
enum TextFragment: Equatable {
    /// A range of bytes; never empty.
    case text(Range<Int>)
    case token(Int32)
}

/// Which control and unknown tokens are found in a text.
enum ControlTokens: Sendable {
    case none, all
    case only(Int32)

    func contains(_ token: Int32) -> Bool {
        switch self {
        case .none: false
        case .all: true
        case .only(let id): token == id
        }
    }

    var isEmpty: Bool { if case .none = self { true } else { false } }
}

/// Finds special tokens in text: user-defined ones always, control and unknown ones on demand.
///
/// Longer tokens are looked for first, in the whole text; among those of one length the leftmost wins. The token that
/// masks a place takes the white space before it along, as in Hugging Face's tokenizers (`lstrip`).
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
    private let mask: Int32?

    /// - Parameter mask: the token that masks a place.
    init(_ vocabulary: Vocabulary, mask: Int32?) throws(TokenizerError) {
        self.mask = mask
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
        fragments(of: text, finding: parseSpecial ? .all : .none)
    }

    /// Cuts `text` at its special tokens.
    func fragments(of text: Span<UInt8>, finding control: ControlTokens) -> [TextFragment] {
        guard text.count > 0 else { return [] }
        var fragments = [TextFragment.text(0..<text.count)]
        let candidates = text.indices.filter { starts[Int(text[$0])] }
        guard !candidates.isEmpty else { return fragments }
        for group in groups where !control.isEmpty || group.isAlwaysFound {
            fragments = split(fragments, of: text, at: candidates, by: group, finding: control)
        }
        return fragments
    }

    /// - Parameter candidates: the offsets where any special token may begin, in ascending order.
    private func split(
        _ fragments: [TextFragment], of text: Span<UInt8>, at candidates: [Int], by group: Group,
        finding control: ControlTokens
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
                    let token = token(for: text.extracting(match), finding: control)
                else { continue }
                let end = token == mask ? text.withoutWhiteSpace(start..<match.lowerBound) : match.lowerBound
                if end > start { result.append(.text(start..<end)) }
                result.append(.token(token))
                start = match.upperBound
            }
            if start < range.upperBound { result.append(.text(start..<range.upperBound)) }
        }
        return result
    }

    private func token(for text: Span<UInt8>, finding control: ControlTokens) -> Int32? {
        guard let position = index.find(text, in: texts) else { return nil }
        let (id, isAlwaysFound) = tokens[position]
        return isAlwaysFound || control.contains(id) ? id : nil
    }
}

extension Span<UInt8> {
    /// White space beyond ASCII (Unicode's `White_Space`), in UTF-8.
    private static var wideWhiteSpace: [[UInt8]] {
        ([0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000] + Array(0x2000...0x200A))
            .compactMap { Unicode.Scalar($0 as UInt32).map { Array(String($0).utf8) } }
    }

    /// Where a range of text ends without the white space at its end.
    fileprivate func withoutWhiteSpace(_ range: Range<Int>) -> Int {
        var end = range.upperBound
        while end > range.lowerBound {
            let last = self[end - 1]
            if last == 0x20 || (0x09...0x0D).contains(last) {
                end -= 1
            } else if last >= 0x80,
                let wide = Self.wideWhiteSpace.first(where: { hasSuffix($0, in: range.lowerBound..<end) })
            {
                end -= wide.count
            } else {
                break
            }
        }
        return end
    }

    private func hasSuffix(_ suffix: [UInt8], in range: Range<Int>) -> Bool {
        let start = range.upperBound - suffix.count
        return start >= range.lowerBound && suffix.indices.allSatisfy { suffix[$0] == self[start + $0] }
    }
}
