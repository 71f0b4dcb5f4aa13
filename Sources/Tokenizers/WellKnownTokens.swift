/// Tokens that are known by their text, because many files do not state their role.
///
/// - Source: llama.cpp, `src/llama-vocab.cpp`, which treats these texts in the same way.
enum WellKnownTokens {
    /// End of a turn or a text, or of a part when code is filled in: generation stops here.
    static let endOfGeneration = [
        "</s>", "<eos>", "[EOS]", "<|endoftext|>", "<|end_of_text|>", "<|eot_id|>", "<|eom_id|>", "<|im_end|>",
        "<|end|>", "<|return|>", "<|call|>", "<|calls|>", "<|flush|>", "<end_of_turn>", "<end_of_utterance>", "<EOT>",
        "_<EOT>", "[EOT]", "<｜end▁of▁sentence｜>", "<turn|>", "<|tool_response>", "[e~[",
        "<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]",
        "<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>", "<|file_sep|>",
    ]

    /// The parts of a text with a gap to fill in.
    static let fillInTheMiddle = [
        "<|fim_prefix|>", "<fim-prefix>", "<fim_prefix>", "<｜fim▁begin｜>", "<PRE>", "▁<PRE>", "<|code_prefix|>",
        "<|prefix|>",
        "<|fim_suffix|>", "<fim-suffix>", "<fim_suffix>", "<｜fim▁hole｜>", "<SUF>", "▁<SUF>", "<|code_suffix|>",
        "<|suffix|>",
        "<|fim_middle|>", "<fim-middle>", "<fim_middle>", "<｜fim▁end｜>", "<MID>", "▁<MID>", "<|code_middle|>",
        "<|middle|>",
    ]

    /// The parts of an answer in GPT-OSS's format: they steer, but are part of the text that a reader needs.
    static let shown = ["<|channel|>", "<|message|>", "<|start|>", "<|constrain|>"]
}

extension Vocabulary {
    /// The token with this text, whatever role the file gives it.
    func id(ofSpecial text: String) -> Int32? { id(of: text.utf8.span) }

    /// Makes an encoder's tokens with a role control tokens, which old files leave unmarked: a text's `[SEP]` is then found.
    mutating func markRoles(_ special: SpecialTokens) {
        let roles = [special.bos, special.eos, special.separator, special.padding, special.mask, special.unknown]
        for id in roles.compactMap(\.self) where kind(of: id) == .normal { setKind(.control, of: id) }
    }

    /// Makes the well-known tokens control tokens, whatever the file calls them.
    ///
    /// - Returns: those that end generation, and those that are part of an answer's text.
    mutating func markWellKnownTokens(_ special: SpecialTokens) -> (ends: Set<Int32>, shown: Set<Int32>) {
        var ends = mark(WellKnownTokens.endOfGeneration)
        _ = mark(WellKnownTokens.fillInTheMiddle)
        var shown = mark(WellKnownTokens.shown)
        ends.formUnion([special.eos, special.eot, special.eom].compactMap(\.self))
        func endsWith(_ texts: String...) -> Bool { texts.contains { id(ofSpecial: $0).map(ends.contains) ?? false } }
        // In formats of several messages an answer, one message's end is not the answer's.
        if endsWith("<|call|>", "<|calls|>"), endsWith("<|return|>", "<|flush|>"), let end = id(ofSpecial: "<|end|>") {
            ends.remove(end)
            shown.insert(end)
        }
        // Gemma 4 and PLaMo have it as ordinary text.
        if endsWith("<|tool_response>", "<|plamo:eos|>"), let end = id(ofSpecial: "</s>"), special.eos != end {
            ends.remove(end)
            setKind(.normal, of: end)
        }
        return (ends, shown)
    }

    private mutating func mark(_ texts: [String]) -> Set<Int32> {
        let ids = texts.compactMap { id(ofSpecial: $0) }
        for id in ids { setKind(.control, of: id) }
        return Set(ids)
    }
}
