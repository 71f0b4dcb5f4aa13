#!/usr/bin/env python3
"""Writes what BERT's text cleaning does to every character, as Hugging Face's tokenizers does it.

    pip install tokenizers==0.23.3
    make_bert_characters.py > ../../Sources/Tokenizers/Normalization/BERTCharacterData.swift

Every code point is put through the peer's normalizer and pre-tokenizer, so that the tables hold its versions of Unicode:
general categories of Unicode 8, decompositions of 13, lower case of 17. The canonical combining classes are Python's,
where the peer's reordering agrees.
"""
import textwrap
import unicodedata

from tokenizers import normalizers, pre_tokenizers

POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
HANGUL = range(0xAC00, 0xD7A4)


def bert(**flags):
    off = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**(off | flags)).normalize_str


def ranges(points):
    """`41-5A 61`: hexadecimal, ascending."""
    runs = []
    for c in sorted(points):
        if runs and c == runs[-1][1] + 1:
            runs[-1][1] = c
        else:
            runs.append([c, c])
    return [f"{a:X}" if a == b else f"{a:X}-{b:X}" for a, b in runs]


def lowercase_runs(lower):
    """`41-5A:61`, `100-12E/2:101`: from, to, the step between the characters, the lower case of the first."""
    runs = []
    for c, to in sorted(lower.items()):
        delta = to - c
        if runs and runs[-1][3] == delta:
            first, last, step, _ = runs[-1]
            if step is None and c - last <= 2 or step == c - last:
                runs[-1] = [first, c, c - last, delta]
                continue
        runs.append([c, c, None, delta])
    for first, last, step, delta in runs:
        where = f"{first:X}" if first == last else f"{first:X}-{last:X}" + (f"/{step}" if step > 1 else "")
        yield f"{where}:{first + delta:X}"


def combining_classes(nfd):
    """The classes other than zero: Python's, or zero for a character that the peer does not reorder."""
    classes = {c: unicodedata.combining(chr(c)) for c in POINTS if unicodedata.combining(chr(c))}
    low, high = chr(0x334), chr(0x345)  # of the classes 1 and 240
    for c in POINTS:
        character = chr(c)
        before = nfd("x" + character + low) == "x" + low + character
        after = nfd("x" + high + character) == "x" + character + high
        found = classes.get(c, 0)
        if character in (low, high) or len(nfd(character)) != 1:
            continue
        if not before and not after:
            classes.pop(c, None)
        else:
            assert before == (found > 1) and after == (found < 240), f"{c:X} {found} {before} {after}"
    return classes


def literal(name, comment, entries):
    text = textwrap.fill(" ".join(entries), 112, break_long_words=False, break_on_hyphens=False)
    body = textwrap.indent(text, " " * 8)
    print(f'\n    {comment}\n    static let {name} = """\n{body}\n        """')


def main():
    nfd = normalizers.NFD().normalize_str
    clean, strip, lower = bert(clean_text=True), bert(strip_accents=True), bert(lowercase=True)
    chinese = bert(handle_chinese_chars=True)
    words = lambda text: [word for word, _ in pre_tokenizers.BertPreTokenizer().pre_tokenize_str(text)]
    removed, spaces, marks, punctuation, ideographs = [], [], [], [], []
    lowered, decomposed = {}, {}
    classes = combining_classes(nfd)
    for c in POINTS:
        character = chr(c)
        cleaned = clean(character)
        if cleaned == "":
            removed.append(c)
        elif cleaned == " ":
            spaces.append(c)
        assert cleaned in ("", " ", character)
        if nfd(character) == character and strip(character) == "":
            marks.append(c)
        if len(words(f"a{character}b")) == 3:
            punctuation.append(c)
        if chinese(character) != character:
            ideographs.append(c)
        if lower(character) != character and c != 0x130:
            lowered[c] = ord(lower(character))
        if nfd(character) != character and c not in HANGUL:
            decomposed[c] = strip(character)
    # What the use of the tables relies on.
    kept = set(classes) - set(marks)
    assert lower("\u0130") == "i\u0307"
    assert not kept & (set(spaces) | set(punctuation) | set(ideographs) | set(lowered))
    assert all(len(text) < 2 or ord(text[0]) not in classes for text in decomposed.values())
    assert all(ord(x) not in lowered or len(text) == 1 for text in decomposed.values() for x in text)
    assert all(len(decomposed[c]) == 1 for c in set(ideographs) & set(decomposed))
    assert not any(len(text) > 1 and ord(x) in punctuation for text in decomposed.values() for x in text)
    assert not any(ord(x) in decomposed or ord(x) in marks for text in decomposed.values() for x in text)

    print("// Made by Fixtures/unicode/make_bert_characters.py; do not edit.\n")
    print("/// What BERT's text cleaning knows about characters: lists of hexadecimal code points and ranges.")
    print("enum BERTCharacterData {", end="")
    literal("removed", "/// Control and format characters, private use, U+FFFD: left out.", ranges(removed))
    literal("spaces", "/// White space.", ranges(spaces))
    literal("marks", "/// What stripping accents leaves out after the decomposition.", ranges(marks))
    literal("punctuation", "/// Every one a word of its own.", ranges(punctuation))
    literal("ideographs", "/// CJK: every one a word of its own.", ranges(ideographs))
    by_class = {0: [c for c, text in decomposed.items() if not text and all(ord(x) in classes for x in nfd(chr(c)))]}
    for c, value in classes.items():
        by_class.setdefault(value if c in kept else 0, []).append(c)
    literal("reordered", "/// Not of combining class 0, and left out with the accents.", ranges(by_class.pop(0)))
    literal("combiningClasses", "/// `class:range` of the marks that stay.",
            [f"{value:X}:{entry}" for value, points in sorted(by_class.items()) for entry in ranges(points)])
    literal("lowercase", "/// `range:lower case of the first`, `range/step:...`; not U+0130, which becomes two characters.",
            lowercase_runs(lowered))
    literal("decompositions", "/// `character:decomposition` without accents (NFD, then marks left out); not Hangul.",
            [f"{c:X}:" + ",".join(f"{ord(x):X}" for x in text) for c, text in sorted(decomposed.items())])
    print("}")


if __name__ == "__main__":
    main()
