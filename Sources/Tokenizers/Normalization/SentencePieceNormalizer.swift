/// What SentencePiece does to a text first: it replaces characters, removes superfluous white space, and writes spaces as
/// `▁`.
///
/// A byte that is not part of well-formed UTF-8 becomes U+FFFD.
///
/// - Source: github.com/google/sentencepiece, `src/normalizer.cc`.
struct SentencePieceNormalizer: Sendable {
    let charsmap: PrecompiledCharsmap
    let addsSpacePrefix: Bool
    let removesExtraWhitespace: Bool

    /// - Parameter opensText: whether the text gets its space in front.
    func normalized(_ text: Span<UInt8>, opensText: Bool) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count + text.count / 2 + 3)
        var start = 0
        if removesExtraWhitespace {
            while start < text.count, let length = lengthOfSpace(in: text, at: start) { start += length }
        }
        guard start < text.count else { return result }
        if addsSpacePrefix, opensText { result += SpaceMark.bytes }
        var followsSpace = removesExtraWhitespace
        while start < text.count {
            let byte = text[start]
            if byte < 0x80, charsmap.isPlain(text, at: start) {
                append(byte, to: &result, &followsSpace)
                start += 1
            } else if let match = charsmap.longestMatch(in: text, at: start) {
                append(match.replacement, to: &result, &followsSpace)
                start += match.length
            } else {
                start += appendCharacter(of: text, at: start, to: &result, &followsSpace)
            }
        }
        if removesExtraWhitespace { Self.removeTrailingMarks(&result) }
        return result
    }

    @inline(__always)
    private func append(_ byte: UInt8, to result: inout [UInt8], _ followsSpace: inout Bool) {
        if byte != 0x20 {
            result.append(byte)
            followsSpace = false
        } else if !followsSpace {
            result += SpaceMark.bytes
            followsSpace = removesExtraWhitespace
        }
    }

    /// Appends a replacement: of the white space in it, only what it begins with can be superfluous.
    private func append(_ replacement: Range<Int>, to result: inout [UInt8], _ followsSpace: inout Bool) {
        var start = replacement.lowerBound
        while followsSpace, start < replacement.upperBound, charsmap[start] == 0x20 { start += 1 }
        guard start < replacement.upperBound else { return }
        for i in start..<replacement.upperBound {
            if charsmap[i] == 0x20 {
                result += SpaceMark.bytes
            } else {
                result.append(charsmap[i])
            }
        }
        followsSpace = removesExtraWhitespace && charsmap[replacement.upperBound - 1] == 0x20
    }

    /// Appends the character at `start` as it is; returns its length.
    private func appendCharacter(
        of text: Span<UInt8>, at start: Int, to result: inout [UInt8], _ followsSpace: inout Bool
    ) -> Int {
        let scalar = text.decodeScalar(at: start, end: text.count)
        if scalar.length == 1, text[start] >= 0x80 {
            result += [0xEF, 0xBF, 0xBD]
            followsSpace = false
        } else {
            for i in start..<start + scalar.length { append(text[i], to: &result, &followsSpace) }
        }
        return scalar.length
    }

    /// The length of the sequence at `start` if it stands for nothing but a space.
    private func lengthOfSpace(in text: Span<UInt8>, at start: Int) -> Int? {
        if let match = charsmap.longestMatch(in: text, at: start) {
            return match.replacement.count == 1 && charsmap[match.replacement.lowerBound] == 0x20 ? match.length : nil
        }
        return text[start] == 0x20 ? 1 : nil
    }

    private static func removeTrailingMarks(_ text: inout [UInt8]) {
        while text.count >= 3, text.span.isSpaceMark(at: text.count - 3) { text.removeLast(3) }
    }
}
