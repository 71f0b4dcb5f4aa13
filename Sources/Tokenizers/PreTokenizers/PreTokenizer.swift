/// Finds where the next word of a text ends.
protocol WordSplitter: Sendable {
    /// The end of the word that begins at byte `start`; above `start` and at most `text.end`.
    func endOfWord(in text: borrowing TextReader, from start: Int) -> Int
}

/// How byte-level BPE cuts text into words before it merges; `tokenizer.ggml.pre` in GGUF.
package struct PreTokenizer: Sendable {
    /// The names by which files call it.
    package let names: [String]
    /// Applied in turn: each cuts the words of the one before.
    let passes: [any WordSplitter]
    /// Whether a word that is a token becomes that token without merging.
    var wordsAreTokensFirst = false
    /// Whether a beginning-of-sequence token is added where the file does not say.
    var addsBOSByDefault = false

    /// Every pre-tokenizer known.
    package static let all: [PreTokenizer] = [
        PreTokenizer(
            names: ["default"],
            passes: [PunctuationSplitter(), GPT2Splitter(), NumberRunSplitter(), DigitTripleSplitter()]),
        PreTokenizer(names: ["gpt-2"], passes: [GPT2Splitter()]),
        PreTokenizer(
            names: ["llama-bpe", "llama3", "llama-v3"], passes: [Llama3Splitter(longestNumber: 3)],
            wordsAreTokensFirst: true, addsBOSByDefault: true),
        PreTokenizer(names: ["qwen2"], passes: [Llama3Splitter(longestNumber: 1)]),
        PreTokenizer(names: ["smollm"], passes: [NumberSplitter(), GPT2Splitter()]),
    ]

    /// The pre-tokenizer that files call `name`; `default` without a name.
    ///
    /// - Throws: ``TokenizerError/unknownPreTokenizer(_:known:)``.
    package static func named(_ name: String?) throws(TokenizerError) -> PreTokenizer {
        let name = name ?? "default"
        for candidate in all where candidate.names.contains(name) { return candidate }
        throw .unknownPreTokenizer(name, known: all.flatMap(\.names))
    }
}

/// Goes through the words of a text, in order. They cover it without gaps.
package struct WordIterator: ~Escapable {
    private let text: Span<UInt8>
    private let passes: [any WordSplitter]
    /// Where the current word of each pass ends.
    private var ends: [Int]
    private var position = 0

    @_lifetime(copy text)
    package init(_ text: Span<UInt8>, _ preTokenizer: PreTokenizer) {
        self.text = text
        passes = preTokenizer.passes
        ends = Array(repeating: 0, count: passes.count)
    }

    @_lifetime(self: copy self)
    package mutating func next() -> Range<Int>? {
        guard position < text.count else { return nil }
        var end = text.count
        for pass in passes.indices {
            if ends[pass] <= position {
                ends[pass] = passes[pass].endOfWord(in: TextReader(text, end: end), from: position)
            }
            end = ends[pass]
        }
        defer { position = end }
        return position..<end
    }
}
