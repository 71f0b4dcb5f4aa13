/// The splitting rules of `tokenizer.json` files, as ``PreTokenizerNames`` reads their steps.
struct PreTokenizerRule: Sendable {
    /// What model files call it.
    let name: String
    /// Whether words that are tokens are not merged; nothing where it makes no difference to the name.
    var ignoresMerges: Bool?
    let steps: [String]

    static let all: [PreTokenizerRule] = words + casedWords + sequences

    private static let words = [
        PreTokenizerRule(name: "gpt-2", steps: ["ByteLevel words"]),
        PreTokenizerRule(name: "smollm", steps: ["Digits single", "ByteLevel words"]),
        PreTokenizerRule(
            name: "falcon",
            steps: ["Punctuation Contiguous", "ByteLevel words", "Digits together", "Split [0-9][0-9][0-9]"]),
        split("llama-bpe", ignoresMerges: true, contraction + letters + #"|\p{N}{1,3}"# + symbols + spaces),
        split("dbrx", ignoresMerges: false, contraction + letters + #"|\p{N}{1,3}"# + symbols + spaces),
        // tiktoken's way to write the same.
        split("llama-bpe", ignoresMerges: true, possessive(numbers: #"\p{N}{1,3}"#)),
        split("dbrx", ignoresMerges: false, possessive(numbers: #"\p{N}{1,3}"#)),
        split("qwen2", contraction + letters + #"|\p{N}"# + symbols + spaces),
        split("ufakzeka", letters + #"|\p{N}"# + symbols + spaces),
        split(
            "qwen35",
            contraction + #"[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*"# + spaces),
        split(
            "jais-2",
            contraction + letters + #"|\p{N}{1,3}"# + symbols + #"|\s*[\r\n]+"#
                + [512, 256, 128, 64, 32, 16, 8, 4].map { #"|\s{\#($0)}(?!\S)"# }.joined() + #"|\s{1,2}(?!\S)|\s{1}"#),
        split("bailingmoe", possessive(numbers: #"\p{N}"#)),
        split("seed-coder", contraction + letters + #"|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+"# + spaces),
        split(
            "exaone-moe",
            contraction + #"[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}"#
                + #"| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+"#),
        split("bloom", bloom),
    ]

    private static let casedWords = [
        split("gpt-4o", ignoresMerges: false, cased(numbers: #"\p{N}{1,3}"#)),
        split("granite-embed-multi-97m", ignoresMerges: true, cased(numbers: #"\p{N}{1,3}"#)),
        split("tekken", cased(numbers: #"\p{N}"#, contraction: "")),
        PreTokenizerRule(
            name: "tiny_aya",
            steps: [
                #"Split \d{1,3}(?=(?:\d{3})*\b)"#, "Split " + cased(numbers: #"\p{N}{1,3}"#), "ByteLevel",
            ]),
        PreTokenizerRule(
            name: "youtu",
            steps: [
                "Split [가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|" + kana, "Split " + cased(numbers: #"\p{N}"#), "ByteLevel",
            ]),
    ]

    private static let sequences = [
        PreTokenizerRule(
            name: "chameleon",
            steps: [
                "Split <sentinel:[0-9]+>", "Split (IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z", #"Split ([\t\n]|    |  )"#,
                "Digits single", "Punctuation Isolated", "ByteLevel words",
            ]),
        PreTokenizerRule(
            name: "laguna",
            steps: [
                #"Split [^\n]+|[\n]+"#, "Split " + contraction + letters + #"|\p{N}"# + symbols + spaces, "ByteLevel",
            ]),
        PreTokenizerRule(
            name: "minicpm5",
            steps: [
                #"Split \p{N}{1,3}"#, "Split " + contraction + letters + #"|\p{N}+"# + symbols + spaces, "ByteLevel",
            ]),
        PreTokenizerRule(
            name: "deepseek-v3",
            steps: [
                #"Split \p{N}{1,3}"#, "Split " + kana, "Split " + deepSeekWords + #"[\r\n]*"# + spaces, "ByteLevel",
            ]),
        PreTokenizerRule(
            name: "spark2_5",
            steps: [
                #"Split \p{N}{1,3}"#, "Split " + kana, "Split " + deepSeekWords + #"|[\r\n]|\s+(?!\S)|\s+"#,
                "Digits single", "ByteLevel",
            ]),
        PreTokenizerRule(name: "deepseek-llm", steps: deepSeekLLM + [#"Split \p{N}+"#, "ByteLevel"]),
        // Its vocabulary has no token of several digits, so that the two are the same.
        PreTokenizerRule(name: "deepseek-llm", steps: deepSeekLLM + ["Digits single", "ByteLevel"]),
        PreTokenizerRule(
            name: "deepseek-coder",
            steps: [
                #"Split [\r\n]"#, #"Split \s?\p{L}+"#, #"Split \s?\p{P}+"#, "Split " + eastAsian, "Digits single",
                "ByteLevel",
            ]),
        PreTokenizerRule(name: "viking", steps: ["Split " + bloom, "Digits single", "ByteLevel"]),
        PreTokenizerRule(
            name: "superbpe", steps: [#"Split \p{N}+"#, #"Split (?=(\d{3})+(?!\d))"#, "ByteLevel"]),
    ]

    private static func split(_ name: String, ignoresMerges: Bool? = nil, _ pattern: String) -> PreTokenizerRule {
        PreTokenizerRule(name: name, ignoresMerges: ignoresMerges, steps: ["Split " + pattern, "ByteLevel"])
    }

    // MARK: - Parts of the regular expressions

    private static let contraction = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|"
    private static let letters = #"[^\r\n\p{L}\p{N}]?\p{L}+"#
    private static let symbols = #"| ?[^\s\p{L}\p{N}]+[\r\n]*"#
    private static let spaces = #"|\s*[\r\n]+|\s+(?!\S)|\s+"#
    private static let bloom = #" ?[^(\s|[.,!?…。，、।۔،])]+"#
    private static let kana = "[一-龥\u{3040}-ゟ゠-ヿ]+"
    private static let eastAsian = "[一-龥ࠀ-一가-\u{D7FF}]+"
    private static let deepSeekWords =
        ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+"##

    private static func possessive(numbers: String) -> String {
        #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|"# + numbers
            + #"| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"#
    }

    private static func cased(numbers: String, contraction: String = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?") -> String {
        let lead = #"[^\r\n\p{L}\p{N}]?"#
        let upper = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#
        let lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#
        return "\(lead)\(upper)*\(lower)+\(contraction)|\(lead)\(upper)+\(lower)*\(contraction)|\(numbers)"
            + #"| ?[^\s\p{L}\p{N}]+[\r\n/]*"# + spaces
    }

    private static let deepSeekLLM = [
        #"Split [\r\n]"#, #"Split \s?["# + deepSeekLetters + "]+", #"Split \s?[!-/:-~！-／：-～‘-‟\#u{3000}-。]+"#,
        #"Split \s+$"#, "Split " + eastAsian,
    ]

    private static let deepSeekLetters =
        "A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝ"
        + "Ὗ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-"
        + "Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃"
}
