"""The `pre_tokenizer` of Hugging Face's `tokenizer.json` files, for each kind of rule: by one of the names that GGUF has for
it."""
CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
SPACES = r"|\s*[\r\n]+|\s+(?!\S)|\s+"
LETTERS = r"[^\r\n\p{L}\p{N}]?\p{L}+"
SYMBOLS = r"| ?[^\s\p{L}\p{N}]+[\r\n]*"
UPPER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
LOWER = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
ASCII_WORD = r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+"""
DEEPSEEK_WORDS = ASCII_WORD + r"|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+"
KANA = "[一-龥\u3040-ゟ゠-ヿ]+"
EAST_ASIAN = "[一-龥ࠀ-一가-\ud7ff]+"
BLOOM = r" ?[^(\s|[.,!?…。，、।۔،])]+"
DEEPSEEK_LETTERS = r"\s?[" + "".join("-".join(chr(int(x, 16)) for x in r.split("-")) for r in """
41-5A 61-7A B5 C0-D6 D8-F6 F8-1BA 1BC-1BF 1C4-293 295-2AF 370-373 376 377 37B-37D 37F 386 388-38A 38C 38E-3A1 3A3-3F5
3F7-481 48A-52F 531-556 10A0-10C5 13A0-13F5 13F8-13FD 1C90-1CBA 1CBD-1CBF 1D00-1D2B 1D6B-1D77 1D79-1D9A 1E00-1F15 1F18-1F1D
1F20-1F45 1F48-1F4D 1F50-1F57 1F59 1F5B 1F5D 1F5F-1F7D 1F80-1FB4 1FB6-1FBC 1FBE 1FC2-1FC4 1FC6-1FCC 1FD0-1FD3 1FD6-1FDB
1FE0-1FEC 1FF2-1FF4 1FF6-1FFC 2102 2107 210A-2113 2115 2119-211D 2124 2126 2128 212A-212D 212F-2134 2139 213C-213F 2145-2149
214E 2183 2184 2C00-2C7B 2C7E-2CE4 2CEB-2CEE 2CF2 2CF3 A640-A66D A680-A69B A722-A76F A771-A787 A78B-A78E AB70-ABBF FB00-FB06
FB13-FB17 FF21-FF3A FF41-FF5A 10400-1044F 104B0-104D3 104D8-104FB 10C80-10CB2 10CC0-10CF2 118A0-118DF 1E900-1E943""".split()) + "]+"
DEEPSEEK_PUNCTUATION = "\\s?[!-/:-~！-／：-～‘-‟\u3000-。]+"
UNSPACED = ("[\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff\u3040-\u309f\u30a0-\u30ff\uff65-\uff9f\u2f00-\u2fdf\u0e40-\u0e7f"
            "\u0e80-\u0eff\u1780-\u17ff\u1000-\u109f\uaa60-\uaa7f\ua9e0-\ua9ff\uac00-\ud7af\u1100-\u11ff]+")
YOUTU = "[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，\u3001-\u303f\ufe30-\ufe4f]+|[ㄅ-ㄯ]+|[一-龥\u3040-ゟ゠-ヿ]+"


def cased(numbers, tail=r"[\r\n/]*", contraction=CONTRACTIONS + "?", upper=UPPER, lower=LOWER):
    lead = r"[^\r\n\p{L}\p{N}]?"
    return (f"{lead}{upper}*{lower}+{contraction}|{lead}{upper}+{lower}*{contraction}|{numbers}"
            rf"| ?[^\s\p{{L}}\p{{N}}]+{tail}" + SPACES)


def split(pattern):
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


def digits(individual=True):
    return {"type": "Digits", "individual_digits": individual}


def punctuation(behavior):
    return {"type": "Punctuation", "behavior": behavior}


BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
GPT2 = BYTES | {"use_regex": True}


def without(pattern):
    return pattern.replace(r"\p{M}]", r"\p{M}&&[^\p{Han}]]")


KINDS = {
    "gpt-2": [GPT2],
    "smollm": [digits(), GPT2],
    "falcon": [punctuation("Contiguous"), GPT2, digits(False), split("[0-9][0-9][0-9]")],
    "chameleon": [split("<sentinel:[0-9]+>"), split("(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z"), split("([\t\n]|    |  )"),
                  digits(), punctuation("Isolated"), GPT2],
    "llama-bpe": [split(CONTRACTIONS + "|" + LETTERS + r"|\p{N}{1,3}" + SYMBOLS + SPACES), BYTES],
    "qwen2": [split(CONTRACTIONS + "|" + LETTERS + r"|\p{N}" + SYMBOLS + SPACES), BYTES],
    "laguna": [split(r"[^\n]+|[\n]+"), split(CONTRACTIONS + "|" + LETTERS + r"|\p{N}" + SYMBOLS + SPACES), BYTES],
    "minicpm5": [split(r"\p{N}{1,3}"), split(CONTRACTIONS + "|" + LETTERS + r"|\p{N}+" + SYMBOLS + SPACES), BYTES],
    "qwen35": [split(CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*" + SPACES), BYTES],
    "ufakzeka": [split(LETTERS + r"|\p{N}" + SYMBOLS + SPACES), BYTES],
    "jais-2": [split(CONTRACTIONS + "|" + LETTERS + r"|\p{N}{1,3}" + SYMBOLS + r"|\s*[\r\n]+" + "".join(
        rf"|\s{{{n}}}(?!\S)" for n in (512, 256, 128, 64, 32, 16, 8, 4)) + r"|\s{1,2}(?!\S)|\s{1}"), BYTES],
    "bailingmoe": [split(r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)"
                         r"|\s+"), BYTES],
    "seed-coder": [split(CONTRACTIONS + "|" + LETTERS + r"|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+" + SPACES), BYTES],
    "exaone-moe": [split(CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}"
                         r"| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+"), BYTES],
    "gpt-4o": [split(cased(r"\p{N}{1,3}")), BYTES],
    "tekken": [split(cased(r"\p{N}", contraction="")), BYTES],
    "tiny_aya": [split(r"\d{1,3}(?=(?:\d{3})*\b)"), split(cased(r"\p{N}{1,3}")), BYTES],
    "youtu": [split(YOUTU), split(cased(r"\p{N}")), BYTES],
    "deepseek-v3": [split(r"\p{N}{1,3}"), split(KANA), split(DEEPSEEK_WORDS + r"[\r\n]*" + SPACES), BYTES],
    "spark2_5": [split(r"\p{N}{1,3}"), split(KANA), split(DEEPSEEK_WORDS + r"|[\r\n]|\s+(?!\S)|\s+"), digits(), BYTES],
    "deepseek-llm": [split(r"[\r\n]"), split(DEEPSEEK_LETTERS), split(DEEPSEEK_PUNCTUATION), split(r"\s+$"), split(EAST_ASIAN),
                     split(r"\p{N}+"), BYTES],
    "deepseek-coder": [split(r"[\r\n]"), split(r"\s?\p{L}+"), split(r"\s?\p{P}+"), split(EAST_ASIAN), digits(), BYTES],
    "bloom": [split(BLOOM), BYTES],
    "viking": [split(BLOOM), digits(), BYTES],
    "superbpe": [split(r"\p{N}+"), split(r"(?=(\d{3})+(?!\d))"), BYTES],
    # No tokenizer.json has these rules: they are those of llama.cpp, and of the Python of the model.
    "afmoe": [split(r"\p{N}{1,3}(?=(?:\p{N}{3})*(?:\P{N}|$))"), split(UNSPACED), split(DEEPSEEK_WORDS + r"[\r\n]*" + SPACES),
              BYTES],
    "kimi-k2": [split(r"[\p{Han}]+|" + cased(r"\p{N}{1,3}", r"[\r\n]*", upper=without(UPPER), lower=without(LOWER))), BYTES],
}

# Whether a word that is a token is not merged, where it is so.
IGNORES_MERGES = {"llama-bpe", "minicpm5", "tekken", "youtu"}
