/// RWKV's tokenizer: the longest token that the text begins with, from left to right.
///
/// Tokens are any bytes; files write those that are not printable as Python does (`\n`, `\x1b`, `\\`). A byte that no token
/// begins with becomes the unknown token, or nothing if there is none.
///
/// - Source: github.com/BlinkDL/ChatRWKV, `tokenizer/rwkv_tokenizer.py`; github.com/ggml-org/llama.cpp,
///   `src/llama-vocab.cpp`.
struct RWKV: TokenizationAlgorithm {
    static let model = "rwkv"

    let addsLeadingSpace = false
    private let trie: ByteTrie
    private let unknown: Int32?

    static func defaultSpecialTokens(preTokenizer: String?, vocabulary: Vocabulary) -> SpecialTokens { SpecialTokens() }

    init(_ source: TokenizerSource) throws(TokenizerError) {
        let vocabulary = source.vocabulary
        var trie = ByteTrie(roots: 1)
        for id in 0..<Int32(truncatingIfNeeded: vocabulary.count) where vocabulary.kind(of: id).isText {
            let bytes = Self.unescaped(vocabulary.text(of: id))
            if !bytes.isEmpty { try trie.insert(id, bytes.span, from: 0) }
        }
        self.trie = trie
        unknown = source.special.unknown
    }

    func encode(_ text: Span<UInt8>, opensText: Bool, into tokens: inout [Int32]) {
        var start = 0
        while start < text.count {
            var longest = ByteTrie.none
            var end = start + 1
            var node: Int32 = 0
            var i = start
            while i < text.count, let child = trie.child(of: node, text[i]) {
                node = child
                i += 1
                let token = trie.token(at: node)
                if token != ByteTrie.none { (longest, end) = (token, i) }
            }
            if longest != ByteTrie.none {
                tokens.append(longest)
            } else if let unknown {
                tokens.append(unknown)
            }
            start = end
        }
    }

    func appendBytes(ofText text: Span<UInt8>, to bytes: inout [UInt8]) { bytes += Self.unescaped(text) }

    /// The bytes that a token is written for. After a backslash, what is no escape stands for itself.
    private static func unescaped(_ text: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var i = 0
        while i < text.count {
            guard text[i] == UInt8(ascii: "\\"), i + 1 < text.count else {
                bytes.append(text[i])
                i += 1
                continue
            }
            switch Unicode.Scalar(text[i + 1]) {
            case "t": bytes.append(0x09)
            case "n": bytes.append(0x0A)
            case "r": bytes.append(0x0D)
            case "x":
                guard i + 3 < text.count, let byte = ByteToken.byte(text[i + 2], text[i + 3]) else {
                    bytes.append(text[i + 1])
                    break
                }
                bytes.append(byte)
                i += 2
            default: bytes.append(text[i + 1])
            }
            i += 2
        }
        return bytes
    }
}
