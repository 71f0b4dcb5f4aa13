/// WordPiece, the tokenizer of BERT: text is cleaned and cut into words, and each word into the longest tokens, from left
/// to right.
///
/// GGUF writes the beginning of a word as `▁` (U+2581) and what goes on a word without a mark; a file may also keep
/// BERT's own `##` before what goes on. A word that its tokens do not cover, or of more than 100 characters, becomes the
/// unknown token. What cleaning changes is lost: decoding gives the cleaned words.
///
/// - Source: arXiv:1810.04805; github.com/google-research/bert, `tokenization.py`.
struct WordPiece: TokenizationAlgorithm {
    static let model = "bert"

    let addsLeadingSpace = true
    private let cleaning: BERTCleaning
    private let trie: ByteTrie
    private let marking: WordMarking
    private let unknown: Int32?

    /// The tokens that BERT's vocabularies call so.
    static func defaultSpecialTokens(preTokenizer: String?, vocabulary: Vocabulary) -> SpecialTokens {
        SpecialTokens(
            bos: vocabulary.id(ofSpecial: "[CLS]"), unknown: vocabulary.id(ofSpecial: "[UNK]"),
            separator: vocabulary.id(ofSpecial: "[SEP]"), padding: vocabulary.id(ofSpecial: "[PAD]"),
            mask: vocabulary.id(ofSpecial: "[MASK]"),
            addBOS: true, addEOS: true)
    }

    init(_ source: TokenizerSource) throws(TokenizerError) {
        let vocabulary = source.vocabulary
        let normalization = source.normalization
        cleaning = BERTCleaning(
            lowercases: normalization.lowercases,
            stripsAccents: normalization.stripsAccents ?? normalization.lowercases)
        unknown = source.special.unknown
        marking = WordMarking(of: vocabulary)
        var trie = ByteTrie(roots: 2)
        for id in 0..<Int32(truncatingIfNeeded: vocabulary.count) where vocabulary.kind(of: id).isText {
            let text = vocabulary.text(of: id)
            let (part, start) = marking.part(text)
            guard start < text.count else { continue }
            try trie.insert(id, text, from: start, root: part.rawValue)
        }
        self.trie = trie
    }

    func encode(_ text: Span<UInt8>, opensText: Bool, into tokens: inout [Int32]) {
        var reader = BERTWordReader(text, cleaning)
        var word = BERTWord()
        while reader.next(&word) {
            let first = tokens.count
            if !word.isTooLong, append(word.bytes, to: &tokens) { continue }
            tokens.removeSubrange(first...)
            if let unknown { tokens.append(unknown) }
        }
    }

    /// Appends the tokens of a word; returns false where none matches.
    private func append(_ word: Span<UInt8>, to tokens: inout [Int32]) -> Bool {
        var start = 0
        var node = WordPart.start.rawValue
        while start < word.count {
            var longest = ByteTrie.none
            var end = start
            var i = start
            while i < word.count, let child = trie.child(of: node, word[i]) {
                node = child
                i += 1
                let token = trie.token(at: node)
                if token != ByteTrie.none { (longest, end) = (token, i) }
            }
            guard longest != ByteTrie.none else { return false }
            tokens.append(longest)
            start = end
            node = WordPart.continuation.rawValue
        }
        return true
    }

    func normalized(_ character: Unicode.Scalar) -> [UInt8] {
        let bytes = Array(String(character).utf8)
        var reader = BERTWordReader(bytes.span, cleaning)
        var word = BERTWord()
        var result: [UInt8] = []
        while reader.next(&word) { result += word.bytes.indices.map { word.bytes[$0] } }
        return result
    }

    /// A word: up to white space, or what is a word of its own.
    func lengthOfUnknown(_ characters: ArraySlice<Unicode.Scalar>) -> Int? {
        func isWord(_ character: Unicode.Scalar) -> Bool {
            !cleaning.characters.flags(of: character.value).isDisjoint(with: [.punctuation, .ideograph])
        }
        guard let first = characters.first, !isWord(first) else { return 1 }
        return characters.firstIndex { $0.properties.isWhitespace || isWord($0) }.map { $0 - characters.startIndex }
            ?? characters.count
    }

    var spelling: TokenSpelling { TokenSpelling(marksContinuations: true) }

    func continues(_ token: String) -> Bool { marking.part(token.utf8.span).0 == .continuation }

    /// A word has a space before it, unless it is a punctuation mark that ends a sentence or a part of one.
    ///
    /// - Source: github.com/huggingface/tokenizers, `decoders/wordpiece.rs` (`cleanup`).
    func appendBytes(ofText text: Span<UInt8>, to bytes: inout [UInt8]) {
        let (part, start) = marking.part(text)
        if part == .start, start < text.count {
            switch Unicode.Scalar(text[start]) {
            case ".", "?", "!", ",": break
            default: bytes.append(0x20)
            }
        }
        for i in start..<text.count { bytes.append(text[i]) }
    }
}

/// The position of a token in a word; the values are the roots in the trie.
private enum WordPart: Int32 {
    case start = 0
    case continuation = 1
}

/// How a vocabulary tells the beginning of a word from what goes on.
private enum WordMarking {
    /// `▁` at the beginning of a word.
    case spaceMark
    /// `##` before what goes on.
    case hashes

    /// The marking that more tokens have.
    init(of vocabulary: Vocabulary) {
        var balance = 0
        for id in 0..<Int32(truncatingIfNeeded: vocabulary.count) where vocabulary.kind(of: id).isText {
            let text = vocabulary.text(of: id)
            if text.beginsWithSpaceMark {
                balance += 1
            } else if text.beginsWithHashes {
                balance -= 1
            }
        }
        self = balance > 0 ? .spaceMark : .hashes
    }

    /// The position of a token in a word, and where its text begins after the mark.
    func part(_ text: Span<UInt8>) -> (WordPart, start: Int) {
        switch self {
        case .spaceMark: text.beginsWithSpaceMark ? (.start, 3) : (.continuation, 0)
        case .hashes: text.beginsWithHashes && text.count > 2 ? (.continuation, 2) : (.start, 0)
        }
    }
}

extension Span<UInt8> {
    fileprivate var beginsWithSpaceMark: Bool { count >= 3 && isSpaceMark(at: 0) }

    fileprivate var beginsWithHashes: Bool { count >= 2 && self[0] == 0x23 && self[1] == 0x23 }
}
