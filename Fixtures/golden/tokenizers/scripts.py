"""Lines of made-up text in twenty scripts, with what tokenizers get wrong: accents, marks in odd order, letters whose lower
case is special, characters without width, control characters, joined emoji, words that are too long."""
import random

ENGLISH = """the of and a to in is was he for it with as his on be at by had not are but from or have an they which one you
were all her she there would their we him been has when who will no more if out so said what up its about than into them
can only other new some could time these two may then do first any my now such like our over man even most made after also
did many must before back through years where much your way down should because long each just those people how too little
state good very make world still see own work men day get here between both life being under three never know same last
another while us might great old year off come since against go came right used take""".split()
COMMON = ["", "", "", "", ".", ",", "!", "?", "...", " -", ";", ":", "'s", ")", "\"", "%", "/", "@", "#1", "_x", "$5", "+", "~", "`", "^"]
ODD = ["\u00ad", "\u200b", "\u200c", "\u200d", "\u200e", "\u2060", "\ufeff", "\ufffd", "\0", "\x07", "\x1b", "\x7f", "\x85",
       "\u00a0", "\u2003", "\u3000", "\u2028", "\t", "\n", "\r\n", "  ", "\ue000", "\U000e0041", "\u180e", "\u1680"]
MARKS = [chr(c) for c in (0x300, 0x301, 0x302, 0x303, 0x307, 0x308, 0x30A, 0x31B, 0x323, 0x327, 0x328, 0x331, 0x334, 0x345,
                          0x35C, 0x489, 0x591, 0x5B0, 0x5BC, 0x64B, 0x651, 0x93C, 0x94D, 0xE31, 0xE38, 0xE48, 0x302A, 0x302E,
                          0x3099, 0x8E3, 0x1ABF, 0x1DF6, 0x20D0, 0x1D165)]
FLAGS = ["🏳️‍🌈", "👩‍👩‍👧‍👦", "👍🏽", "🇩🇪", "❤️", "1️⃣", "🧑🏿‍🚀", "😀", "🦙", "☀", "✅", "🥲", "\U0001fae0", "🀄"]

# Ranges of letters, marks that may follow a letter, and whole words.
SCRIPTS = {
    "latin": ([(0x41, 0x5A), (0x61, 0x7A), (0x61, 0x7A), (0xC0, 0xFF), (0x100, 0x17F)], [],
              ["naïve", "CAFÉ", "façade", "Straße", "ÆSIR", "ﬁre", "ŒUVRE", "½", "x²", "№5", "ﬀ", "Å", "K"]),
    "vietnamese": ([(0x61, 0x7A), (0x1EA0, 0x1EF9), (0x1A0, 0x1A1), (0x1AF, 0x1B0)], [0x300, 0x301, 0x303, 0x309, 0x323],
                   ["Việt", "Cửa", "người", "ĐƯỜNG", "tiếng"]),
    "turkish": ([(0x61, 0x7A), (0x130, 0x131), (0x15E, 0x15F), (0x11E, 0x11F), (0xD6, 0xD6)], [0x307],
                ["İSTANBUL", "ılık", "IĞDIR", "İİ", "i̇", "Diyarbakır"]),
    "greek": ([(0x391, 0x3A1), (0x3A3, 0x3C9), (0x1F00, 0x1F15), (0x1F80, 0x1FAF), (0x3D0, 0x3D6)], [0x301, 0x313, 0x345],
              ["ΟΔΥΣΣΕΥΣ", "ΣΑΣ", "σοφός", "ᾠδή", "ΚΑΙ", "Ω", "άνθρωπος", ";"]),
    "cyrillic": ([(0x400, 0x45F), (0x430, 0x44F), (0x460, 0x4FF)], [0x301, 0x306, 0x308, 0x483],
                 ["Йод", "ёлка", "Їжак", "БЪЛГАРСКИ", "москва", "й"]),
    "georgian": ([(0x10A0, 0x10C5), (0x10D0, 0x10FA), (0x1C90, 0x1CBA), (0x2D00, 0x2D25)], [], ["საქართველო", "ᲗᲑᲘᲚᲘᲡᲘ", "Ⴀⴀ"]),
    "armenian": ([(0x531, 0x556), (0x561, 0x587)], [], ["ԵՐԵՎԱՆ", "և", "բարև։"]),
    "hebrew": ([(0x5D0, 0x5EA), (0xFB1D, 0xFB1D), (0xFB2A, 0xFB36), (0xFB46, 0xFB4F)], [0x5B0, 0x5B7, 0x5BC, 0x5C1, 0x591],
               ["שָׁלוֹם", "עברית", "ירושלים־", "״צה״ל", "ﭏ"]),
    "arabic": ([(0x620, 0x63A), (0x641, 0x64A), (0x671, 0x6D3), (0xFE8D, 0xFEFC)], [0x64B, 0x64E, 0x650, 0x651, 0x670, 0x640],
               ["العربية", "مَرْحَبًا", "آية", "ﷺ", "١٢٣٤", "لا", "؟", "فارسی"]),
    "devanagari": ([(0x905, 0x939), (0x958, 0x961)], [0x93C, 0x93E, 0x93F, 0x947, 0x94D, 0x902],
                   ["हिन्दी", "नमस्ते", "क़लम", "१२३", "क्ष", "।"]),
    "bengali": ([(0x985, 0x98C), (0x993, 0x9A8), (0x9AA, 0x9B0), (0x9DC, 0x9DD)], [0x9BE, 0x9C7, 0x9CB, 0x9CD, 0x9BC],
                ["বাংলা", "ক্ষ", "ড়", "কো"]),
    "tamil": ([(0xB85, 0xB8A), (0xBAE, 0xBB9), (0xB95, 0xB95)], [0xBBE, 0xBC6, 0xBCA, 0xBCC, 0xBCD], ["தமிழ்", "கொ", "௧௨"]),
    "thai": ([(0xE01, 0xE30), (0xE40, 0xE45)], [0xE31, 0xE33, 0xE34, 0xE38, 0xE48, 0xE4C], ["ไทย", "ภาษา", "น้ำ", "๑๒", "ฯ"]),
    "khmer": ([(0x1780, 0x17B3)], [0x17B6, 0x17BE, 0x17C6, 0x17D2, 0x17CB], ["ខ្មែរ", "កម្ពុជា", "៣៤", "។"]),
    "tibetan": ([(0xF40, 0xF47), (0xF49, 0xF6C)], [0xF71, 0xF72, 0xF73, 0xF74, 0xFB2, 0xF39], ["བོད་", "ཀྵ", "༡༢", "།"]),
    "chinese": ([(0x4E00, 0x9FFF), (0x4E00, 0x55FF), (0xF900, 0xFA2D), (0x3400, 0x34FF), (0x20000, 0x200FF),
                 (0x2B820, 0x2B8FF)], [], ["中文", "我想在apple工作", "，", "。", "２０２６年", "〇", "⼀", "（测试）"]),
    "japanese": ([(0x3041, 0x3096), (0x30A1, 0x30FA), (0xFF66, 0xFF9D)], [0x3099, 0x309A, 0xFF9E, 0xFF9F, 0x30FC],
                 ["日本語", "テキスト", "が", "カ゛", "ﾊﾟﾝ", "㌢", "㍿", "「」", "〜"]),
    "korean": ([(0xAC00, 0xD7A3), (0xAC00, 0xB000), (0x1100, 0x1112), (0x3131, 0x3163)], [0x1161, 0x11A8, 0x302E],
               ["한국어", "각", "안녕하세요", "ㅋㅋㅋ", "㉠"]),
    "mathematics": ([(0x1D400, 0x1D454), (0x1D538, 0x1D56B), (0x1D7CE, 0x1D7FF), (0x2100, 0x214F), (0x2200, 0x22FF),
                     (0x2460, 0x24FF), (0xFF01, 0xFF5E)], [0x338, 0x20D7], ["𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "≠", "≮", "ⅷ", "⁵", "①", "€", "∑∫", "Ａｂｃ"]),
    "symbols": ([(0x2190, 0x21FF), (0x2600, 0x26FF), (0x1F300, 0x1F64F), (0x1F900, 0x1F9FF), (0x1FA70, 0x1FAFF),
                 (0x2800, 0x28FF), (0x10400, 0x1044F), (0x1E900, 0x1E943)], [0xFE0F, 0x200D, 0x1F3FD], FLAGS),
}


def word(rng, script):
    ranges, marks, whole = SCRIPTS[script]
    kind = rng.random()
    if kind < 0.25:
        return rng.choice(whole)
    if kind < 0.45:
        text = rng.choice(ENGLISH)
        return text if rng.random() < 0.7 else text.upper() if rng.random() < 0.5 else text.capitalize()
    if kind < 0.5:
        return str(rng.randrange(10 ** rng.randint(1, 7)))
    text = ""
    for _ in range(rng.randint(1, 7)):
        text += chr(rng.randint(*rng.choice(ranges)))
        while marks and rng.random() < 0.35:
            text += chr(rng.choice(marks))
    return text


def line(rng, script):
    text = ""
    for _ in range(rng.randint(1, 7)):
        text += word(rng, script) + rng.choice(COMMON)
        odd = rng.random()
        if odd < 0.08:
            text += rng.choice(ODD)
        elif odd < 0.12:
            text += "".join(rng.choices(MARKS, k=rng.randint(1, 5)))
        elif odd < 0.14:
            text += rng.choice(FLAGS)
        if rng.random() < 0.85:
            text += " "
    return text


def lines():
    """Two thousand lines: a hundred of each script."""
    rng = random.Random(2026)
    texts = [line(rng, script) for script in SCRIPTS for _ in range(100)]
    hard = ["", " ", "\0", "\u0301", "a" * 100, "a" * 101, "é" * 100, "é" * 101, "a\u0301" * 100, "İ" * 50, "İ" * 51, "한" * 34,
            "x" + "\u0323\u0301" * 99, "中" * 101, "▁▁ a▁b", "##a [x] <y>"]
    texts[:len(hard)] = hard
    return texts
