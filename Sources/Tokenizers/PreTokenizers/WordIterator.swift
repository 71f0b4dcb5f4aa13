/// Goes through the words of a text, in order. They cover it without gaps.
package struct WordIterator: ~Escapable {
    private let text: Span<UInt8>
    private let passes: [any WordSplitter]
    /// Where the current word of each pass begins and ends.
    private var words: [(start: Int, end: Int)]
    private var position = 0

    @_lifetime(copy text)
    package init(_ text: Span<UInt8>, _ preTokenizer: PreTokenizer) {
        self.text = text
        passes = preTokenizer.passes
        words = Array(repeating: (0, 0), count: passes.count)
    }

    @_lifetime(self: copy self)
    package mutating func next() -> Range<Int>? {
        guard position < text.count else { return nil }
        var outer = (start: 0, end: text.count)
        for pass in passes.indices {
            if words[pass].end <= position {
                let reader = TextReader(text, start: outer.start, end: outer.end)
                words[pass] = (position, passes[pass].endOfWord(in: reader, from: position))
            }
            outer = words[pass]
        }
        defer { position = outer.end }
        return position..<outer.end
    }
}
