/// What Hugging Face's `tokenizers` does to a text before Unigram divides it, where a `tokenizer.json` says so.
///
/// It differs from SentencePiece in that characters are replaced grapheme by grapheme, of a sequence that is replaced only
/// the shortest beginning counts, and words are divided one by one, each with `▁` in front.
///
/// - Source: github.com/huggingface/tokenizers, `normalizers/precompiled.rs`, `pre_tokenizers/metaspace.rs`.
struct HuggingFaceNormalizer: Sendable {
    /// Longer graphemes are replaced character by character.
    private static let longestGrapheme = 5

    let charsmap: PrecompiledCharsmap
    let steps: HuggingFaceSteps
    let addsSpacePrefix: Bool

    /// The words of a text end to end, and where each ends.
    func words(of text: Span<UInt8>, opensText: Bool) -> (bytes: [UInt8], ends: [Int]) {
        let text = String(decoding: text.indices.map { text[$0] }, as: UTF8.self)
        var scalars = Array(replaced(prepared(text)).unicodeScalars)[...]
        if steps.contains(.spaces) { scalars = Self.joiningSpaces(scalars) }
        if steps.contains(.strip) {
            scalars = scalars.prefix((scalars.lastIndex { !$0.properties.isWhitespace } ?? -1) + 1)
        }
        var words = WordList(addsPrefix: addsSpacePrefix && opensText)
        if steps.contains(.whitespaceSplit) {
            for word in scalars.split(whereSeparator: \.properties.isWhitespace) { words.append(word) }
        } else {
            var wasSpace = false
            words.append(
                scalars.filter { scalar in
                    defer { wasSpace = scalar == " " }
                    return !(wasSpace && scalar == " " && steps.contains(.collapse))
                }[...])
        }
        return (words.bytes, words.ends)
    }

    /// What becomes of a character by itself.
    func normalized(_ character: Unicode.Scalar) -> [UInt8] {
        Array(replaced(prepared(String(character))).utf8).filter { $0 != 0x20 }
    }

    /// What comes before the charsmap. A compatibility decomposition is the charsmap's followed by the canonical one.
    private func prepared(_ text: String) -> String {
        guard !steps.isDisjoint(with: [.quotes, .stripLeft, .stripAccents, .lowercase]) else { return text }
        var scalars = Array(text.unicodeScalars)[...]
        if steps.contains(.stripLeft) { scalars = scalars.drop { $0.properties.isWhitespace } }
        if steps.contains(.quotes) { scalars = Self.replacingQuotes(scalars) }
        var result = String(String.UnicodeScalarView(scalars))
        if steps.contains(.stripAccents) {
            let characters = BERTCharacters.shared
            var kept = String.UnicodeScalarView()
            for scalar in replaced(result).unicodeScalars {
                let flags = characters.flags(of: scalar.value)
                if flags.contains(.decomposed) {
                    kept.append(contentsOf: characters.decomposition(of: scalar.value).compactMap(Unicode.Scalar.init))
                } else if !flags.contains(.mark) {
                    kept.append(scalar)
                }
            }
            result = String(kept)
        }
        guard steps.contains(.lowercase) else { return result }
        return result.unicodeScalars.reduce(into: "") { $0 += $1.properties.lowercaseMapping }
    }

    private static func replacingQuotes(_ scalars: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
        var result: [Unicode.Scalar] = []
        var place = scalars.startIndex
        while place < scalars.endIndex {
            let isPair =
                (scalars[place] == "`" || scalars[place] == "'") && place + 1 < scalars.endIndex
                && scalars[place + 1] == scalars[place]
            result.append(isPair ? "\"" : scalars[place])
            place += isPair ? 2 : 1
        }
        return result[...]
    }

    private static func joiningSpaces(_ scalars: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
        var result: [Unicode.Scalar] = []
        var run: [Unicode.Scalar] = []
        func flush() {
            let isJoined = run.count > 1 || run.first.map { "\n\r\t".unicodeScalars.contains($0) } ?? false
            result += isJoined ? [" "] : run
            run = []
        }
        for scalar in scalars {
            if scalar.properties.isWhitespace {
                run.append(scalar)
            } else {
                flush()
                result.append(scalar)
            }
        }
        flush()
        return result[...]
    }

    private func replaced(_ text: String) -> String {
        var result: [UInt8] = []
        for grapheme in text {
            let bytes = Array(grapheme.utf8)
            if bytes.count <= Self.longestGrapheme, append(replacementOf: bytes, to: &result) { continue }
            for scalar in grapheme.unicodeScalars {
                let character = Array(String(scalar).utf8)
                if !append(replacementOf: character, to: &result) { result += character }
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private func append(replacementOf bytes: [UInt8], to result: inout [UInt8]) -> Bool {
        guard let replacement = charsmap.shortestMatch(in: bytes.span, 0..<bytes.count) else { return false }
        for i in replacement { result.append(charsmap[i]) }
        return true
    }
}

/// Words as `Metaspace` makes them: spaces are `▁`, and each begins a word.
private struct WordList {
    let addsPrefix: Bool
    private(set) var bytes: [UInt8] = []
    private(set) var ends: [Int] = []

    init(addsPrefix: Bool) { self.addsPrefix = addsPrefix }

    mutating func append(_ text: ArraySlice<Unicode.Scalar>) {
        guard let first = text.first else { return }
        if addsPrefix, first != " ", first != "▁" { bytes += SpaceMark.bytes }
        for (index, scalar) in text.enumerated() {
            let isMark = scalar == " " || scalar == "▁"
            if isMark, index > 0 { ends.append(bytes.count) }
            bytes += isMark ? SpaceMark.bytes : Array(String(scalar).utf8)
        }
        ends.append(bytes.count)
    }
}
