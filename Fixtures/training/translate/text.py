"""What the texts of all sources go through: one way to write spaces and quotation marks, sentences, and what is left out."""
import re

SPACE = "\u00a0"
SAME = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u202f": SPACE, "\u00ad": "", "…": "...", "⋅": SPACE,
                      "–": "-", "—": "-", "−": "-", "‑": "-", "\t": " "})
END_OF_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀÂÇÉÈÊÎÔÙ0-9\"'«(])")
# A dot that ends no sentence.
ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|cf|vs|p\. ex|M|Mr|Dr|St|No|Inc|Ltd|approx|resp|ca)|\b[A-Z])\.$")


def english(text):
    return " ".join(text.translate(SAME).replace(SPACE, " ").split())


def french(text):
    """The space before high punctuation and within « » does not break; no other space is of that kind."""
    text = " ".join(text.translate(SAME).replace(SPACE, " ").split())
    text = re.sub(r" (?=[;:!?%»])", SPACE, text)
    return re.sub(r"(?<=«) ", SPACE, text)


def sentences(text):
    result = []
    for part in END_OF_SENTENCE.split(text):
        if result and ABBREVIATION.search(result[-1]):
            result[-1] += " " + part
        else:
            result.append(part)
    return result


def letters(text):
    return sum(c.isalpha() for c in text)


def is_pair(en, fr):
    """Whether the one looks like a translation of the other."""
    a, b = letters(en), letters(fr)
    if a < 4 or b < 4 or "\\" in en + fr or not 0.55 < (b + 8) / (a + 8) < 2.1:
        return False
    if a < 0.6 * len(en.replace(" ", "")) or "://" in en and len(en.split()) < 4:
        return False
    words = set(re.findall(r"\w+", en.lower()))
    same = sum(w in words for w in re.findall(r"\w+", fr.lower()))
    return same < max(2, 0.7 * len(words))


def pattern(text):
    """A sentence without its names and numbers: what is alike in "symbols for foo" and "symbols for bar"."""
    first, *rest = text.split() or [""]
    kept = [first] + ["#" if re.search(r"[A-Z0-9_/.+-]\w", w) else w for w in rest]
    return re.sub(r"\W+", " ", " ".join(kept).lower()).strip()


def divided(en, fr):
    """A paragraph's pairs of sentences where both have as many and each looks like the other's translation; else itself."""
    parts, others = sentences(en), sentences(fr)
    if len(parts) == len(others) and all(is_pair(a, b) for a, b in zip(parts, others)):
        return list(zip(parts, others))
    return [(en, fr)] if is_pair(en, fr) else []
