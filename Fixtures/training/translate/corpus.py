"""The pairs of sentences: python corpus.py SOURCES OUT

SOURCES has Debian's lists *.en and *.fr (see README.md).
Writes OUT/train.jsonl ([English, French, kind]) and OUT/heldout.jsonl.
"""
import argparse
import collections
import json
import pathlib
import random
import re
import zlib

import text

ALIKE = 12  # pairs of one pattern
ROOT = re.compile(r"(?:lib|python3?-|ruby-|golang-|node-|r-cran-|fonts?-)?([a-z]+)")


def descriptions(path, language):
    """md5: (package, text) of a list."""
    found = {}
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        name, md5 = re.search(r"^Package: (\S+)", block, re.M), re.search(r"^Description-md5: (\w+)", block, re.M)
        body = re.search(rf"^Description-{language}: (.*)((?:\n .*)*)", block, re.M)
        if name and md5 and body:
            found[md5[1]] = (name[1], body[1], body[2])
    return found


def paragraphs(body):
    """Of a description: lines that begin with two spaces, and items of lists, stand alone."""
    result = [[]]
    item = False
    for line in body.split("\n"):
        if not line.strip(" .\u00a0"):
            result.append([])
            item = False
        elif re.match(r"\s{2,}[-*+o·•–⋅]|\s[-*+•·–]\s", line):
            result.append([re.sub(r"^[\s⋅]*[-*+o·•–]+[\s⋅]*", "", line).strip()])
            item = True
        elif item and not line.startswith("  "):
            result.append([line.strip()])
            item = False
        else:
            result[-1].append(line.strip())
    return [" ".join(p) for p in result if p]


def is_held_out(package):
    """Packages of one program stand together: three programs of a hundred, by the first word of the name."""
    root = ROOT.match(package)
    return zlib.crc32((root[1] if root else package).encode()) % 33 == 0


def description_pairs(sources):
    """(package, English, French, whether a whole paragraph), each text once."""
    seen = set()
    for list_en in sorted(sources.glob("*.en")):
        ours = descriptions(list_en, "en")
        theirs = descriptions(list_en.with_suffix(".fr"), "fr")
        for md5 in sorted(theirs.keys() & ours.keys()):
            if md5 in seen:
                continue
            seen.add(md5)
            (package, synopsis, body), (_, synopsis_fr, body_fr) = ours[md5], theirs[md5]
            rows = [(synopsis, synopsis_fr)]
            a, b = paragraphs(body), paragraphs(body_fr)
            if len(a) == len(b):
                rows += zip(a, b)
            for en, fr in rows:
                yield package, text.english(en), text.french(fr)


def main(a):
    rng = random.Random(1)
    held, train = {}, {}
    for package, en, fr in description_pairs(a.sources):
        target = held if is_held_out(package) else train
        parts = text.divided(en, fr)
        for pair in parts:
            target.setdefault(pair[0], (pair[1], "description"))
        if len(parts) > 1 and len(en) < 420:
            target.setdefault(en, (fr, "paragraph"))
    # Nothing that is held out, nor what differs from it by names alone, is in the training.
    known = {text.pattern(s) for en in held for s in [en, *text.sentences(en)]}
    alike = collections.Counter()
    kept = []
    rows = sorted((en, fr, kind) for en, (fr, kind) in train.items())
    rng.shuffle(rows)
    for en, fr, kind in rows:
        if any(text.pattern(s) in known for s in [en, *text.sentences(en)]):
            continue
        alike[text.pattern(en)] += 1
        if alike[text.pattern(en)] <= ALIKE and len(en) < 600:
            kept.append((en, fr, kind))
    tests, patterns = [], set()
    for en, (fr, kind) in sorted(held.items()):
        is_new = text.pattern(en) not in patterns and text.pattern(fr) != text.pattern(en)
        if kind == "description" and is_new and 4 <= len(en.split()) <= 50:
            patterns.add(text.pattern(en))
            tests.append((en, fr))
    rng.shuffle(tests)
    a.out.mkdir(exist_ok=True)
    for name, lines in (("train", kept), ("heldout", tests)):
        with open(a.out / f"{name}.jsonl", "w") as out:
            out.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    kinds = collections.Counter(kind for *_, kind in kept)
    print(f"{len(kept)} pairs {dict(kinds)}, {sum(len(en.split()) for en, *_ in kept)} English words, {len(tests)} held out")


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("sources", type=pathlib.Path)
    p.add_argument("out", type=pathlib.Path)
    main(p.parse_args())
