extension PreTokenizer {
    /// Every pre-tokenizer known, by the names of llama.cpp.
    ///
    /// - Source: github.com/ggml-org/llama.cpp, `src/llama-vocab.cpp`, for names and settings; the `tokenizer.json` files of
    ///   the models for the rules.
    package static let all: [PreTokenizer] =
        gpt2Rules + llama3Rules + casedRules + deepSeekRules + listRules + plainRules

    private static let gpt2Rules = [
        PreTokenizer(names: ["default"], passes: [punctuation, GPT2Splitter(), numbers, DigitTripleSplitter()]),
        PreTokenizer(
            names: [
                "gpt-2", "phi-2", "mpt", "olmo", "jais", "jina-es", "jina-de", "jina-v2-es", "jina-v2-de", "gigachat",
                "a.x-4.0", "mellum", "modern-bert", "exaone4", "trillion", "granite-docling",
            ], passes: [GPT2Splitter()]),
        PreTokenizer(
            names: ["roberta-bpe", "jina-v1-en", "jina-v2-code"], passes: [GPT2Splitter()], addsSeparatorByDefault: true
        ),
        PreTokenizer(
            names: [
                "smollm", "starcoder", "refact", "codeshell", "exaone", "minerva-7b", "mellum2", "command-r",
            ], passes: [NumberSplitter(), GPT2Splitter()]),
        PreTokenizer(
            names: ["falcon"],
            passes: [
                SetSplitter { $0.isPunctuation }, GPT2Splitter(), SpelledNumberSplitter(), DigitTripleSplitter(),
            ]),
        PreTokenizer(
            names: ["chameleon"],
            passes: [
                SentinelSplitter(), Alternatives(Indentation()), NumberSplitter(),
                Alternatives(Run(limit: 1) { $0.isPunctuation }), GPT2Splitter(),
            ], addsBOSByDefault: true),
    ]

    private static let llama3Rules = [
        PreTokenizer(
            names: [
                "llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2",
                "jina-v5-nano",
            ], passes: [Llama3Splitter(longestNumber: 3)], wordsAreTokensFirst: true, addsBOSByDefault: true),
        PreTokenizer(names: ["dbrx", "smaug-bpe", "chatglm-bpe"], passes: [Llama3Splitter(longestNumber: 3)]),
        PreTokenizer(names: ["glm4", "glm5"], passes: [Llama3Splitter(longestNumber: 3)], wordsAreTokensFirst: true),
        PreTokenizer(
            names: [
                "qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "megrez", "stablelm2", "hunyuan", "solar-open",
                "grok-2",
            ], passes: [Llama3Splitter(longestNumber: 1)]),
        PreTokenizer(
            names: ["laguna"], passes: [SetSplitter { $0.isASCII("\n") }, Llama3Splitter(longestNumber: 1)]),
        PreTokenizer(
            names: ["minicpm5"],
            passes: [Alternatives(Run(limit: 3) { $0.isNumber }), Llama3Splitter(longestNumber: .max)],
            wordsAreTokensFirst: true),
        PreTokenizer(
            names: ["qwen35"],
            passes: [
                Alternatives(
                    Contraction(), Letters { $0.isLetterOrMark }, number,
                    Symbols(.lineBreaks) { $0.isNeitherWordNorSpace && $0.class != .mark }, LineBreaks(), Whitespace())
            ]),
        PreTokenizer(
            names: ["ufakzeka"],
            passes: [Alternatives(Letters(), number, Symbols(.lineBreaks), LineBreaks(), Whitespace())]),
        PreTokenizer(
            names: ["jais-2"],
            passes: [
                Alternatives(Contraction(), Letters(), upToThree, Symbols(.lineBreaks), PowersOfWhitespace())
            ]),
        PreTokenizer(
            names: ["bailingmoe", "bailingmoe2", "llada-moe"],
            passes: [Llama3Splitter(longestNumber: 1)]),
        PreTokenizer(
            names: ["seed-coder"],
            passes: [
                Alternatives(Contraction(), Letters(), number, Symbols(.nothing), LineBreaks(), Whitespace())
            ]),
        PreTokenizer(
            names: ["exaone-moe"],
            passes: [
                Alternatives(
                    Contraction(), JoinedWords(), number, Symbols(.oneLineBreakOrSlash), LineBreaks(), Whitespace())
            ]),
    ]

    private static let casedRules = [
        PreTokenizer(
            names: ["gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2"], passes: [casedWords(upToThree)]),
        PreTokenizer(names: ["granite-embed-multi-97m"], passes: [casedWords(upToThree)], wordsAreTokensFirst: true),
        PreTokenizer(
            names: ["tekken"],
            passes: [
                Alternatives(
                    CasedWord(takesContraction: false), number, Symbols(.lineBreaksAndSlashes), LineBreaks(),
                    Whitespace())
            ], wordsAreTokensFirst: true, addsBOSByDefault: true),
        PreTokenizer(
            names: ["tiny_aya", "cohere2moe"],
            passes: [
                TriplesFromRight(isMember: { $0.class == .digit }, endsAtWordBoundary: true), casedWords(upToThree),
            ]),
        PreTokenizer(
            names: ["youtu"],
            passes: [
                Alternatives(
                    Run { CodePointSet.hangul.contains($0) }, Run { CodePointSet.chinesePunctuation.contains($0) },
                    Run { CodePointSet.bopomofo.contains($0) }, Run { CodePointSet.chineseOrKana.contains($0) }),
                casedWords(number),
            ], wordsAreTokensFirst: true),
        PreTokenizer(
            names: ["kimi-k2"],
            passes: [
                Alternatives(
                    Run { CodePointSet.han.contains($0) }, CasedWord { CodePointSet.han.contains($0) }, upToThree,
                    Symbols(.lineBreaks), LineBreaks(), Whitespace())
            ]),
    ]

    private static let deepSeekRules = [
        PreTokenizer(
            names: ["deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4"],
            passes: [
                Alternatives(upToThree), chineseOrKana,
                Alternatives(
                    PunctuatedASCIIWord(), LettersAndMarks(), Symbols(.lineBreaks) { $0.isPunctuationOrSymbol },
                    LineBreaks(), Whitespace()),
            ]),
        PreTokenizer(
            names: ["spark2_5"],
            passes: [
                Alternatives(upToThree), chineseOrKana,
                Alternatives(
                    PunctuatedASCIIWord(), LettersAndMarks(), Symbols(.nothing) { $0.isPunctuationOrSymbol },
                    Run(limit: 1) { $0.isLineBreak }, Whitespace()),
                NumberSplitter(),
            ]),
        PreTokenizer(
            names: ["afmoe"],
            passes: [
                TriplesFromRight { $0.isNumber }, SetSplitter { CodePointSet.unspacedScripts.contains($0) },
                Alternatives(
                    PunctuatedASCIIWord(), LettersAndMarks(), Symbols(.lineBreaks) { $0.isPunctuationOrSymbol },
                    LineBreaks(), Whitespace()),
            ]),
        PreTokenizer(
            names: ["deepseek-llm"],
            passes: [
                singleLineBreaks, Alternatives(Run(after: .whitespace) { CodePointSet.deepSeekLetters.contains($0) }),
                Alternatives(Run(after: .whitespace) { CodePointSet.deepSeekPunctuation.contains($0) }),
                TrailingWhitespaceSplitter(), eastAsian, numbers,
            ]),
        PreTokenizer(
            names: ["deepseek-coder"],
            passes: [
                singleLineBreaks, Alternatives(Run(after: .whitespace) { $0.isLetter }),
                Alternatives(Run(after: .whitespace) { $0.class == .punctuation }), eastAsian, NumberSplitter(),
            ]),
    ]

    private static let listRules = [
        PreTokenizer(names: ["bloom", "gpt3-finnish", "poro-chat"], passes: [bloomWords]),
        PreTokenizer(names: ["viking"], passes: [bloomWords, NumberSplitter()]),
        PreTokenizer(names: ["superbpe"], passes: [numbers, CutsBeforeTriples()]),
    ]

    private static let plainRules = [
        PreTokenizer(
            names: ["gemma4", "granite-embed-multi-311m"], passes: [SetSplitter { $0.isASCII("\n") }],
            spelling: .spaceMarks, lineFeedsAreTokensFirst: true, alwaysAddsBOS: true),
        PreTokenizer(names: ["sarvam-moe"], passes: [SetSplitter { $0.isASCII("\n") }], spelling: .spaceMarks),
        PreTokenizer(names: ["whitespace"], passes: [SetSplitter { $0.isWhitespace }], spelling: .plain),
    ]

    // MARK: - Rules that several share

    /// `[\p{P}\$\+<=>\^~\|]+`
    private static let punctuation = SetSplitter { $0.isPunctuation && !$0.isASCII("`") }
    /// `\p{N}+`
    private static let numbers = SetSplitter { $0.isNumber }
    /// `[\r\n]`
    private static let singleLineBreaks = Alternatives(Run(limit: 1) { $0.isLineBreak })
    private static let eastAsian = SetSplitter { CodePointSet.eastAsian.contains($0) }
    private static let chineseOrKana = SetSplitter { CodePointSet.chineseOrKana.contains($0) }
    /// ` ?[^(\s|.,!?…。，、।۔،)]+`
    private static let bloomWords = Alternatives(
        Run(after: .space) { !$0.isWhitespace && !CodePointSet.bloomSeparators.contains($0) })

    /// `\p{N}`
    private static let number = Run(limit: 1) { $0.isNumber }
    /// `\p{N}{1,3}`
    private static let upToThree = Run(limit: 3) { $0.isNumber }

    private static func casedWords(_ numbers: Run) -> Alternatives {
        Alternatives(CasedWord(), numbers, Symbols(.lineBreaksAndSlashes), LineBreaks(), Whitespace())
    }
}
