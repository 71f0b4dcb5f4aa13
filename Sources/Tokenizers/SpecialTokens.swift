/// The tokens with a role, and what is done to every text; the `tokenizer.ggml.*` settings of GGUF.
package struct SpecialTokens: Sendable, Equatable {
    /// Begins a sequence (`bos_token_id`).
    package var bos: Int32?
    /// Ends a sequence (`eos_token_id`).
    package var eos: Int32?
    /// Ends a turn of a chat (`eot_token_id`).
    package var eot: Int32?
    /// Ends a message that the model will go on from (`eom_token_id`).
    package var eom: Int32?
    /// Stands for text without a token (`unknown_token_id`).
    package var unknown: Int32?
    /// Separates two texts (`seperator_token_id`, so spelt in files), and ends a text of BERT's, which has no ``eos``.
    package var separator: Int32?
    /// Fills a batch (`padding_token_id`).
    package var padding: Int32?
    /// Marks a place to fill in (`mask_token_id`).
    package var mask: Int32?
    /// Never generated (`suppress_tokens`); ids beyond the vocabulary name nothing.
    package var suppressed: [Int32] = []
    /// Whether every text gets ``bos`` in front (`add_bos_token`).
    package var addBOS: Bool
    /// Whether every text gets ``end`` at its end (`add_eos_token`).
    package var addEOS: Bool
    /// Whether the second text of a pair gets ``separator`` in front, beside the ``end`` of the first (`add_sep_token`).
    package var addSeparator: Bool
    /// Whether the text of SentencePiece and Unigram gets a space in front (`add_space_prefix`).
    package var addSpacePrefix: Bool

    package init(
        bos: Int32? = nil, eos: Int32? = nil, eot: Int32? = nil, eom: Int32? = nil, unknown: Int32? = nil,
        separator: Int32? = nil, padding: Int32? = nil, mask: Int32? = nil, addBOS: Bool = false,
        addEOS: Bool = false, addSeparator: Bool = false, addSpacePrefix: Bool = false
    ) {
        self.bos = bos
        self.eos = eos
        self.eot = eot
        self.eom = eom
        self.unknown = unknown
        self.separator = separator
        self.padding = padding
        self.mask = mask
        self.addBOS = addBOS
        self.addEOS = addEOS
        self.addSeparator = addSeparator
        self.addSpacePrefix = addSpacePrefix
    }

    /// The token at the end of a text.
    package var end: Int32? { eos ?? separator }

    /// Defaults; a file's settings override them.
    ///
    /// - Parameters:
    ///   - model: `tokenizer.ggml.model`.
    ///   - preTokenizer: `tokenizer.ggml.pre`.
    ///   - vocabulary: where BERT's special tokens are found by their text.
    /// - Throws: ``TokenizerError/unknownModel(_:known:)`` or ``TokenizerError/unknownPreTokenizer(_:known:)``.
    package static func defaults(
        model: String, preTokenizer: String?, vocabulary: Vocabulary
    ) throws(TokenizerError) -> SpecialTokens {
        try tokenizationAlgorithm(model: model, preTokenizer: preTokenizer).defaultSpecialTokens(
            preTokenizer: preTokenizer, vocabulary: vocabulary)
    }

    /// Checks that every id is a token of the vocabulary and that what must be added exists.
    func validate(vocabularySize: Int) throws(TokenizerError) {
        let named: [(String, Int32?)] = [
            ("bos", bos), ("eos", eos), ("eot", eot), ("eom", eom), ("unknown", unknown), ("separator", separator),
            ("padding", padding), ("mask", mask),
        ]
        for (name, id) in named {
            guard let id else { continue }
            guard id >= 0, Int(id) < vocabularySize else {
                throw .specialTokenOutOfRange(name: name, id: id, vocabularySize: vocabularySize)
            }
        }
        if addBOS, bos == nil { throw .missingSpecialToken(name: "bos", requiredBy: "addBOS") }
        if addEOS, end == nil { throw .missingSpecialToken(name: "eos", requiredBy: "addEOS") }
        if addSeparator, separator == nil {
            throw .missingSpecialToken(name: "separator", requiredBy: "addSeparator")
        }
    }
}
