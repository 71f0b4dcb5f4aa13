"""The training text: sentences from Debian's package descriptions, parts of them, single words, and generated sentences.

python corpus.py DESCRIPTIONS OUT   writes OUT/train.txt and OUT/heldout.json
"""
import argparse
import collections
import json
import pathlib
import random
import re
import zlib

import everyday

END_OF_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"'(])")
WORD = re.compile(r"[a-z][a-z'+-]*[a-z]")
SENTENCES, SPANS, WORDS, EVERYDAY, PARAGRAPHS = 50_000, 14_000, 13_000, 70_000, 3_000
SAME_BEGINNING = 60  # texts that share their first three words: "Debug symbols for ..." says little more often


def packages(path):
    """(name, synopsis, paragraphs) of every package, one of several versions."""
    seen = set()
    for block in pathlib.Path(path).read_text(encoding="utf-8").split("\n\n"):
        name = re.search(r"^Package: (\S+)", block, re.M)
        text = re.search(r"^Description-en: (.*)((?:\n .*)*)", block, re.M)
        if not name or not text or name[1] in seen:
            continue
        seen.add(name[1])
        paragraphs = [[]]
        for line in text[2].split("\n"):
            if not line.strip(" ."):
                paragraphs.append([])
            elif re.match(r"  |\s*[-*o+] ", line):  # a list's item or verbatim text stands alone
                paragraphs.append([line.strip(" -*+")])
            else:
                paragraphs[-1].append(line.strip())
        yield name[1], text[1].strip(), [" ".join(p) for p in paragraphs if p]


def held_out(name):
    """Two packages of a hundred are kept for the evaluation."""
    return zlib.crc32(name.encode()) % 50 == 0


def good(text, least=3, most=26):
    words = text.split()
    letters = sum(c.isalpha() or c == " " for c in text)
    return least <= len(words) <= most and len(text) < 200 and letters > 0.8 * len(text) and "://" not in text


def sentences(paragraphs):
    return [s.strip() for p in paragraphs for s in END_OF_SENTENCE.split(p)]


def varied(texts):
    """The texts without doubles, and not too many that begin alike."""
    seen, beginnings = set(), collections.Counter()
    for text in texts:
        key, beginning = text.lower(), " ".join(text.lower().split()[:3])
        if key not in seen and beginnings[beginning] < SAME_BEGINNING:
            seen.add(key)
            beginnings[beginning] += 1
            yield text


def build(path, seed=1):
    rng = random.Random(seed)
    every = list(packages(path))
    rng.shuffle(every)
    synopses, long, pairs, kept_back, paragraphs = [], [], [], set(), []
    for name, synopsis, text in every:
        spoken = [s for s in sentences(text) if good(s)]
        if held_out(name):
            kept_back.update(s.lower() for s in [synopsis, *spoken])
            if good(synopsis) and spoken:
                pairs.append({"package": name, "synopsis": synopsis, "sentence": spoken[0]})
            continue
        if good(synopsis):
            synopses.append(synopsis)
        long += spoken
        paragraphs += [p for p in text if 40 <= len(p.split()) <= 110]
    rng.shuffle(long)
    long = [s for s in varied(long) if s.lower() not in kept_back]
    texts = [s for s in varied(synopses) if s.lower() not in kept_back] + long[:SENTENCES] + rng.sample(paragraphs, PARAGRAPHS)

    spans = []
    for text in rng.sample(long, SPANS):
        words = text.split()
        size = rng.randint(2, 6)
        start = rng.randrange(max(1, len(words) - size))
        spans.append(" ".join(words[start:start + size]).strip(".,;:()"))
    frequency = collections.Counter(w for s in synopses + long for w in WORD.findall(s.lower()))
    words = [w for w, _ in frequency.most_common(WORDS)]
    texts += spans + words + everyday.make(EVERYDAY, rng)
    texts = [t for t in dict.fromkeys(texts) if t.lower() not in kept_back]
    rng.shuffle(texts)
    return texts, [p for p, _ in zip(pairs, varied(p["synopsis"] for p in pairs))]


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("descriptions")
    p.add_argument("out", type=pathlib.Path)
    a = p.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    texts, pairs = build(a.descriptions)
    (a.out / "train.txt").write_text("\n".join(texts) + "\n")
    (a.out / "heldout.json").write_text(json.dumps(pairs, indent=1))
    print(f"{len(texts)} texts, {sum(len(t.split()) for t in texts)} words; {len(pairs)} packages held out")
