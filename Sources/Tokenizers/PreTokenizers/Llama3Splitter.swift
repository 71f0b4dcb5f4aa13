/// The splitting rule of Llama 3, and with a `longestNumber` of 1 that of Qwen 2:
/// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
///
/// Contractions ignore the case of ASCII letters only, as llama.cpp does.
///
/// - Source: the `tokenizer.json` of Meta-Llama-3-8B and Qwen2-7B.
struct Llama3Splitter: WordSplitter {
    /// How many digits in a row make one word.
    let longestNumber: Int

    func endOfWord(in text: borrowing TextReader, from start: Int) -> Int {
        guard let first = text.character(at: start) else { return start }
        if let end = text.endOfContraction(from: start, ignoringCase: true) { return end }
        if first.class == .number {
            return text.skip(from: start, limit: longestNumber) { $0.class == .number }
        }
        let second = text.character(at: first.next)
        if first.class == .letter || (!first.isLineBreak && second?.class == .letter) {
            return text.skip(from: first.next) { $0.class == .letter }
        }
        if let head = first.isASCII(" ") ? second : first, head.isMark {
            let end = text.skip(from: head.next) { $0.isMark }
            return text.skip(from: end) { $0.isLineBreak }
        }
        return endAfterLineBreak(in: text, from: start) ?? text.endOfWhitespace(from: start)
    }

    /// `\s*[\r\n]+`: the white space at `start` up to its last line break.
    private func endAfterLineBreak(in text: borrowing TextReader, from start: Int) -> Int? {
        var offset = start
        var end: Int?
        while let character = text.character(at: offset), character.class == .whitespace {
            offset = character.next
            if character.isLineBreak { end = offset }
        }
        return end
    }
}
