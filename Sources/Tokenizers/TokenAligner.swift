extension Tokenizer {
    /// Where in a text each of its tokens lies, in characters (Unicode scalars): nil for control tokens and for what is not
    /// found.
    ///
    /// Tokens are spelled by their algorithm, and the text normalized character by character: so a token of normalized text
    /// has the place of the characters that it was made of. A space in front belongs to the token where the vocabulary's
    /// normalization turns it into the token's `▁`, as in Hugging Face's `tokenizers`.
    ///
    /// - Parameter tokens: of the whole text.
    package func offsets(of tokens: [Int32], in text: String) -> [Range<Int>?] {
        var aligner = TokenAligner(text, algorithm)
        return tokens.indices.map { place in
            switch kind(of: tokens[place]) {
            case .control: return aligner.take(literal: surface(tokens[place]))
            case .unknown: return aligner.takeUnknown(before: knownSurface(after: place, in: tokens))
            default: return aligner.take(surface(tokens[place]))
            }
        }
    }

    /// Whether the vocabulary marks tokens that go on a word.
    package var marksContinuations: Bool { algorithm.spelling.marksContinuations }

    /// Characters of a token as its vocabulary of Hugging Face spells it, which marks what goes on a word by `##` where files
    /// mark the beginnings.
    package func spelledLength(of token: Int32) -> Int {
        let bytes = surface(token)
        let length = String(decoding: bytes.filter { $0 != 0x20 }, as: UTF8.self).unicodeScalars.count
        guard marksContinuations, let text = text(of: token), algorithm.continues(text) else { return length }
        return length + 2
    }

    /// What a token decodes to.
    private func surface(_ token: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        appendBytes(of: token, to: &bytes, renderSpecial: true)
        return bytes
    }

    /// Files of WordPiece have the unknown token among the control tokens.
    private func kind(of token: Int32) -> TokenKind {
        if token == special.unknown { return .unknown }
        return vocabulary.contains(token) ? vocabulary.kind(of: token) : .control
    }

    /// That of the next token of text; nil: none follows.
    private func knownSurface(after place: Int, in tokens: [Int32]) -> [UInt8]? {
        for token in tokens[(place + 1)...] where kind(of: token) != .unknown {
            let bytes = surface(token).filter { $0 != 0x20 }
            if !bytes.isEmpty { return kind(of: token) == .control ? nil : bytes }
        }
        return nil
    }
}

/// Walks through a text as its tokens do.
private struct TokenAligner {
    private let scalars: [Unicode.Scalar]
    /// Of each character what it is normalized to; nothing for white space, unless tokens spell it.
    private let forms: [[UInt8]]
    private let algorithm: any TokenizationAlgorithm
    private let spelling: TokenSpelling
    /// The next character, and how many bytes of its form are taken already.
    private var place = 0
    private var taken = 0
    /// Characters that a token is looked for in.
    private static let reach = 64

    init(_ text: String, _ algorithm: any TokenizationAlgorithm) {
        scalars = Array(text.unicodeScalars)
        let spelling = algorithm.spelling
        forms = scalars.map {
            $0.properties.isWhitespace && !spelling.isVerbatim ? [] : algorithm.normalized($0)
        }
        self.algorithm = algorithm
        self.spelling = spelling
    }

    /// - Parameter bytes: of a token.
    mutating func take(_ bytes: [UInt8]) -> Range<Int>? {
        spelling.isVerbatim
            ? take(verbatim: bytes) : take(bytes.filter { $0 != 0x20 }, hasSpace: bytes.first == 0x20)
    }

    /// Without the spaces at its ends.
    private mutating func take(verbatim bytes: [UInt8]) -> Range<Int>? {
        // The first word has a space that the text may lack.
        let isPrefixed = place == 0 && taken == 0 && bytes.first == 0x20 && scalars.first != " "
        let start = place
        guard let end = match(isPrefixed ? Array(bytes.dropFirst()) : bytes, from: place, taken: taken) else {
            return nil
        }
        (place, taken) = end
        var range = start..<(taken > 0 ? place + 1 : place)
        while let first = range.first, scalars[first] == " " { range = (first + 1)..<range.upperBound }
        while let last = range.last, scalars[last] == " " { range = range.lowerBound..<last }
        return range
    }

    /// The place of a token that is spelled out in the text; nil where it is not there.
    mutating func take(literal bytes: [UInt8]) -> Range<Int>? {
        let spelled = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
        var start = place
        while start < scalars.count, scalars[start].properties.isWhitespace { start += 1 }
        guard taken == 0, !spelled.isEmpty, scalars[start...].starts(with: spelled) else { return nil }
        place = start + spelled.count
        return nil
    }

    /// - Parameters:
    ///   - bytes: of the token, without spaces.
    ///   - hasSpace: whether the token begins with one.
    private mutating func take(_ bytes: [UInt8], hasSpace: Bool) -> Range<Int>? {
        let space = hasSpace ? spaceBefore() : nil
        guard !bytes.isEmpty else {
            // A space alone: its own place, or that of the character that it was put in front of.
            if let space {
                place = space.upperBound
                return space
            }
            let next = firstVisible(from: place)
            return next < scalars.count ? next..<next + 1 : nil
        }
        skipInvisible()
        for start in place..<min(max(place + 1, scalars.count), place + Self.reach) {
            guard let end = match(bytes, from: start, taken: start == place ? taken : 0) else { continue }
            (place, taken) = (end.place, end.taken)
            let first = start == firstVisible(from: space?.upperBound ?? start) ? space?.lowerBound ?? start : start
            return first..<max(first + 1, end.taken > 0 ? end.place + 1 : end.place)
        }
        return nil
    }

    /// The unknown token stands for a word, or for the characters up to the next token.
    mutating func takeUnknown(before next: [UInt8]?) -> Range<Int>? {
        skipInvisible()
        guard place < scalars.count else { return nil }
        let start = place
        if let length = algorithm.lengthOfUnknown(scalars[start...]) {
            place = start + max(1, length)
        } else {
            place = start + 1
            while place < scalars.count, !scalars[place].properties.isWhitespace {
                if let next, match(next, from: place, taken: 0) != nil { break }
                place += 1
            }
        }
        taken = 0
        return start..<place
    }

    /// White space that becomes the next token's mark; nil where it is left out.
    private func spaceBefore() -> Range<Int>? {
        guard spelling.keepsSpaces, taken == 0, place > 0 || spelling.keepsFirstSpace else { return nil }
        let next = firstVisible(from: place)
        return next > place ? next - 1..<next : nil
    }

    private mutating func skipInvisible() {
        guard taken == 0 else { return }
        place = firstVisible(from: place)
    }

    /// The first character from there on that is normalized to something.
    private func firstVisible(from start: Int) -> Int {
        var next = start
        while next < forms.count, forms[next].isEmpty { next += 1 }
        return next
    }

    /// Where the bytes end if they are found from a character on.
    private func match(_ bytes: [UInt8], from start: Int, taken: Int) -> (place: Int, taken: Int)? {
        var (place, taken) = (start, taken)
        for byte in bytes {
            while place < forms.count, taken == forms[place].count { (place, taken) = (place + 1, 0) }
            guard place < forms.count, forms[place][taken] == byte else { return nil }
            taken += 1
        }
        return place < forms.count && taken == forms[place].count ? (place + 1, 0) : (place, taken)
    }
}
