"""Lines of what splitting rules divide: numbers, white space, contractions, letters with and without case, controls."""
import random

NUMBERS = ["1", "12", "123", "1234", "1234567", "12345678901", " 7 ", "½", "²³", "١٢٣٤", "१२३४५", "Ⅷ", "㉠", "3.14", "1,000,000", "-5",
           "٣", "１２３", "a1", "1a", "_9", "9_", "\u0301", "9\u0301", " ", "  ", "\n", "x", "<sentinel:12>", "<sentinel:>",
           "IMGIMGABCZ", "IMGIMGZ", "IMGIMGABCDEZ", "IMGIMGBZZ"]
SPACES = [" "] * 8 + ["  ", "    ", "\n", "\n\n", "\r\n", "\r", "\t", "\u00a0", "\u3000", "\u2003", "\x0b", "\x0c", "\x85", "\u2028",
                      "\x1c", " " * 7, " " * 33, " " * 70]
BETWEEN = ["a", "Word", "!", "...", "/", "1", "é", "中", "'s", "'LL", "\u0301", ""]
LETTERS = list("aAbBzZ") + ["ǅ", "ʰ", "中", "ª", "\u0301", "\u0903", "Σ", "ß", "І", "'", "'s", "'S", "'Re", "'ſ", "’s", "'ll", "'lL",
                            "'d", "'x", " ", "-", "_", "/", "\n", ".", "5", "ﬀ", "あ", "한", "é", "É", "ー", "々", "〇", "⺀", "\u200d",
                            "\0", "\x01", "\ufffd"]


def numbers(rng):
    return "".join(rng.choice(NUMBERS) for _ in range(rng.randint(1, 9)))


def spaces(rng):
    return "".join(rng.choice(SPACES if rng.random() < 0.6 else BETWEEN) for _ in range(rng.randint(1, 14)))


def letters(rng):
    return "".join(rng.choice(LETTERS) for _ in range(rng.randint(1, 16)))


def lines(count):
    """As many lines of each kind."""
    rng = random.Random(20)
    return [kind(rng) for kind in (numbers, spaces, letters) for _ in range(count)]
