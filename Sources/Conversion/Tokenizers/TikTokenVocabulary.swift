internal import JSON
internal import Tokenizers

/// Byte-level BPE as tiktoken has it: a line for each token, its bytes in Base64 and its rank. GLM-4-9B's `tokenizer.model`
/// as it was published.
enum TikTokenVocabulary {
    private static let name = "tokenizer.model"

    /// Whether the folder's `tokenizer.model` is such a file and no SentencePiece model.
    static func isOne(_ folder: ModelFolder) throws(ConversionError) -> Bool {
        guard let bytes = try folder.bytes(name) else { return false }
        return token(bytes.prefix { $0 != UInt8(ascii: "\n") }) != nil
    }

    /// - Parameter preTokenizer: the class's splitting rule, which the file does not say.
    static func convert(
        _ files: TokenizerFiles, count: Int, preTokenizer: String?
    ) throws(ConversionError) -> ConvertedTokenizer {
        let folder = files.folder
        guard let preTokenizer else {
            throw .missingFile("tokenizer.json, which says how text is split", folder: folder.path)
        }
        guard let bytes = try folder.bytes(name) else { throw .missingFile(name, folder: folder.path) }
        let alphabet = ByteAlphabet()
        func spelled(_ bytes: [UInt8]) -> [UInt8] {
            var text: [UInt8] = []
            for byte in bytes { alphabet.append(byte, to: &text) }
            return text
        }
        var table = TokenTable(count: count, path: folder.path(name))
        var ranks: [[UInt8]: Int] = [:]
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
            guard let token = token(line) else {
                throw .tokenizer("line \(index + 1) is no token and its rank", path: table.path)
            }
            try table.add(token.rank, spelled(token.bytes), .normal)
            ranks[token.bytes] = token.rank
        }
        var merges: [String] = []
        for (token, rank) in ranks.sorted(by: { $0.value < $1.value }) {
            guard let (left, right) = halves(of: token, rank, ranks) else { continue }
            merges.append(
                String(decoding: spelled(left), as: UTF8.self) + " " + String(decoding: spelled(right), as: UTF8.self))
        }
        for token in try files.addedTokens() {
            try table.set(token.id, Array(token.text.utf8), token.isControl ? .control : .userDefined)
        }
        var tokenizer = ConvertedTokenizer(model: "gpt2", preTokenizer: preTokenizer, table: table)
        tokenizer.merges = merges
        return tokenizer
    }

    private static func token(_ line: ArraySlice<UInt8>) -> (bytes: [UInt8], rank: Int)? {
        let parts = line.filter { $0 != UInt8(ascii: "\r") }.split(separator: UInt8(ascii: " "))
        guard parts.count == 2, let rank = Int(String(decoding: parts[1], as: UTF8.self)), rank >= 0,
            let bytes = Base64.decode(String(decoding: parts[0], as: UTF8.self)), !bytes.isEmpty
        else { return nil }
        return (bytes, rank)
    }

    /// The two tokens that merge into one: what is left of its bytes once all merges of lower ranks are done, lowest first.
    /// Nil for one that does not come of two, such as a byte.
    private static func halves(
        of token: [UInt8], _ rank: Int, _ ranks: [[UInt8]: Int]
    ) -> (left: [UInt8], right: [UInt8])? {
        guard token.count > 1 else { return nil }
        var parts = token.map { [$0] }
        while parts.count > 2 {
            var best: (index: Int, rank: Int)?
            for index in 0..<parts.count - 1 {
                guard let found = ranks[parts[index] + parts[index + 1]], found < rank else { continue }
                if found < best?.rank ?? .max { best = (index, found) }
            }
            guard let best else { return nil }
            let right = parts.remove(at: best.index + 1)
            parts[best.index] += right
        }
        return (parts[0], parts[1])
    }
}
