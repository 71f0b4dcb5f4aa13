/// Tokens that are known by their text, because many files do not say what they are for.
///
/// - Source: llama.cpp, `src/llama-vocab.cpp`, which treats these texts in the same way.
enum WellKnownTokens {
    /// End of a turn or a text, or of a part when code is filled in: generation stops here.
    static let endOfGeneration = [
        "</s>", "<eos>", "[EOS]", "<|endoftext|>", "<|end_of_text|>", "<|eot_id|>", "<|eom_id|>", "<|im_end|>",
        "<|end|>", "<end_of_turn>", "<end_of_utterance>", "<EOT>", "_<EOT>", "[EOT]",
        "<｜end▁of▁sentence｜>",
        "<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]",
        "<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>", "<|file_sep|>",
    ]

    /// The parts of a text with a gap to fill in.
    static let fillInTheMiddle = [
        "<|fim_prefix|>", "<fim-prefix>", "<fim_prefix>", "<｜fim▁begin｜>", "<PRE>", "▁<PRE>", "<|code_prefix|>",
        "<|fim_suffix|>", "<fim-suffix>", "<fim_suffix>", "<｜fim▁hole｜>", "<SUF>", "▁<SUF>", "<|code_suffix|>",
        "<|fim_middle|>", "<fim-middle>", "<fim_middle>", "<｜fim▁end｜>", "<MID>", "▁<MID>", "<|code_middle|>",
    ]
}

extension Vocabulary {
    /// The token with this text, whatever the file says what it is for.
    func id(ofSpecial text: String) -> Int32? { id(of: text.utf8.span) }

    /// Makes an encoder's tokens with a role control tokens, which old files leave unmarked: a text's `[SEP]` is then found.
    mutating func markRoles(_ special: SpecialTokens) {
        let roles = [special.bos, special.eos, special.separator, special.padding, special.mask, special.unknown]
        for id in roles.compactMap(\.self) where kind(of: id) == .normal { setKind(.control, of: id) }
    }

    /// Makes the well-known tokens control tokens, whatever the file calls them, and returns those that end generation.
    mutating func markWellKnownTokens() -> Set<Int32> {
        var ends: Set<Int32> = []
        for text in WellKnownTokens.endOfGeneration {
            guard let id = id(of: text.utf8.span) else { continue }
            setKind(.control, of: id)
            ends.insert(id)
        }
        for text in WellKnownTokens.fillInTheMiddle {
            if let id = id(of: text.utf8.span) { setKind(.control, of: id) }
        }
        return ends
    }
}
