/// The splitting rule of Llama 3, and with a `longestNumber` of 1 that of Qwen 2:
/// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
///
/// - Source: the `tokenizer.json` of Meta-Llama-3-8B and Qwen2-7B.
struct Llama3Splitter: WordSplitter {
    /// How many digits in a row make one word.
    let longestNumber: Int

    func endOfWord(in text: borrowing TextReader, from start: Int) -> Int {
        guard let first = text.character(at: start) else { return start }
        if let end = text.endOfContraction(from: start, ignoringCase: true) { return end }
        if first.isNumber {
            return text.skip(from: start, limit: longestNumber) { $0.isNumber }
        }
        let second = text.character(at: first.next)
        if first.isLetter || (!first.isLineBreak && second?.isLetter == true) {
            return text.skip(from: first.next) { $0.isLetter }
        }
        if let head = first.isASCII(" ") ? second : first, head.isNeitherWordNorSpace {
            let end = text.skip(from: head.next) { $0.isNeitherWordNorSpace }
            return text.skip(from: end) { $0.isLineBreak }
        }
        return text.endOfLineBreaks(from: start) ?? text.endOfWhitespace(from: start)
    }
}
