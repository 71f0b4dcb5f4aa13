#!/usr/bin/env python3
"""Prints sentences of 16 to 28 words (20 to 40 tokens) from the descriptions of Debian's packages.

    sentences.py DESCRIPTIONS 1000 > lines.txt

DESCRIPTIONS is Debian's dists/*/main/i18n/Translation-en, unpacked; Fixtures/training/embed tells how to have it.
"""
import re
import sys


def descriptions(path):
    """The long descriptions, each as one line."""
    for entry in open(path, encoding="utf-8").read().split("\n\n"):
        match = re.search(r"^Description-en: .*\n((?: .*\n?)+)", entry, re.MULTILINE)
        if match:
            yield " ".join(line.strip() for line in match[1].splitlines() if line.strip() != ".")


def main():
    path, count = sys.argv[1], int(sys.argv[2])
    found = dict.fromkeys(
        sentence for text in descriptions(path) for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", text)
        if 16 <= len(sentence.split()) <= 28 and sentence.isascii())
    sentences = list(found)
    if len(sentences) < count:
        raise SystemExit(f"only {len(sentences)} sentences found")
    step = len(sentences) // count
    print("\n".join(sentences[:count * step:step]))


if __name__ == "__main__":
    main()
