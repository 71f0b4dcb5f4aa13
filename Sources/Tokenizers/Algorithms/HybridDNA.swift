/// Byte-level BPE, with sequences of DNA between `<dna>` and `</dna>` cut into six letters each.
///
/// Tokens of six letters end with U+E000, so that they differ from tokens of text. The last six are filled up with `A`; what
/// has other letters than A, C, G and T becomes `<oov>`.
///
/// - Source: github.com/ggml-org/llama.cpp, `src/llama-vocab.cpp`.
struct HybridDNA: TokenizationAlgorithm {
    static let model = "hybriddna"
    private static let length = 6
    private static let marker: [UInt8] = [0xEE, 0x80, 0x80]
    private static let opening = Array("<dna>".utf8)
    private static let closing = Array("</dna>".utf8)

    let addsLeadingSpace = false
    private let text: ByteLevelBPE
    private let vocabulary: Vocabulary
    /// `<dna>`, `</dna>` and `<oov>`; without them all is text.
    private let marks: (opening: Int32, closing: Int32, unknown: Int32)?

    static func defaultSpecialTokens(
        preTokenizer: String?, vocabulary: Vocabulary
    ) throws(TokenizerError) -> SpecialTokens {
        try ByteLevelBPE.defaultSpecialTokens(preTokenizer: preTokenizer, vocabulary: vocabulary)
    }

    init(_ source: TokenizerSource) throws(TokenizerError) {
        text = try ByteLevelBPE(source)
        vocabulary = source.vocabulary
        if let opening = vocabulary.id(of: Self.opening.span), let closing = vocabulary.id(of: Self.closing.span),
            let unknown = vocabulary.id(ofSpecial: "<oov>")
        {
            marks = (opening, closing, unknown)
        } else {
            marks = nil
        }
    }

    func encode(_ text: Span<UInt8>, opensText: Bool, into tokens: inout [Int32]) {
        var start = 0
        while start < text.count {
            guard let marks, let begin = text.firstOffset(of: Self.opening, from: start) else { break }
            self.text.encode(text.extracting(start..<begin), opensText: opensText, into: &tokens)
            tokens.append(marks.opening)
            start = begin + Self.opening.count
            let end = text.firstOffset(of: Self.closing, from: start)
            encodeSequence(text.extracting(start..<(end ?? text.count)), unknown: marks.unknown, into: &tokens)
            guard let end else { return }
            tokens.append(marks.closing)
            start = end + Self.closing.count
        }
        self.text.encode(text.extracting(start...), opensText: opensText, into: &tokens)
    }

    private func encodeSequence(_ sequence: Span<UInt8>, unknown: Int32, into tokens: inout [Int32]) {
        for start in stride(from: 0, to: sequence.count, by: Self.length) {
            var letters = (start..<start + Self.length).map { $0 < sequence.count ? sequence[$0] : UInt8(ascii: "A") }
            for i in letters.indices where (0x61...0x7A).contains(letters[i]) { letters[i] -= 0x20 }
            tokens.append(vocabulary.id(of: (letters + Self.marker).span) ?? unknown)
        }
    }

    func appendBytes(ofText text: Span<UInt8>, to bytes: inout [UInt8]) {
        let end = text.count - Self.marker.count
        if end >= 0, text.extracting(end...).hasSameBytes(as: Self.marker.span) {
            for i in 0..<end { bytes.append(text[i]) }
        } else {
            self.text.appendBytes(ofText: text, to: &bytes)
        }
    }
}

extension Span<UInt8> {
    /// Where `part` first stands from `start` on.
    fileprivate func firstOffset(of part: [UInt8], from start: Int) -> Int? {
        guard count >= part.count else { return nil }
        return (start..<Swift.max(start, count - part.count + 1)).first { offset in
            part.indices.allSatisfy { part[$0] == self[offset + $0] }
        }
    }
}
