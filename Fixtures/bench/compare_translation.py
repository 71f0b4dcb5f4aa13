#!/usr/bin/env python3
"""Compares the speed of translation with CTranslate2 (int8) and transformers (float32) on one random model of Marian's
shape, and prints a table in Markdown.

All take turns, each run in a process of its own that does not count opening the model; the table has medians. Translations
have the same number of tokens everywhere, so that all do the same work.

    pip install torch transformers tokenizers ctranslate2 numpy
    compare_translation.py --work FOLDER                # 512 wide, 6 + 6 layers, 65,000 pieces, 1,000 lines
    compare_translation.py --work FOLDER --small        # seconds, to try the script

FOLDER gets the model in the three forms. --transformers-lines limits the lines that transformers, the slowest, gets.
"""
import argparse
import datetime
import json
import pathlib
import random
import re
import statistics
import subprocess
import sys

import translation_folder
from compare import FOLDER, output, processor

FULL = {"width": 512, "layers": 6, "heads": 8, "feed_forward": 2048, "pieces": 65_000}
SMALL = {"width": 64, "layers": 2, "heads": 4, "feed_forward": 128, "pieces": 2_000}


def prepare(options, shape):
    """The model as transformers, Swiftlet and CTranslate2 have it."""
    folder = options.work / "folder"
    translation_folder.write(folder, shape)
    gguf = options.work / "model-q8_0.gguf"
    if not gguf.exists():
        output([options.swiftlet, "convert", str(folder), str(gguf), "--type", "q8_0"])
    converted = options.work / "ctranslate2"
    if not converted.exists():
        output([sys.executable, "-m", "ctranslate2.converters.transformers", "--model", str(folder), "--output_dir",
                str(converted), "--quantization", "int8"])
    return folder, gguf, converted


def write_lines(path, count, shape, lengths):
    """Lines of as many words each as the lengths allow, by a seed."""
    source = random.Random(1)
    words = translation_folder.words(shape["pieces"] - 3)
    lines = [" ".join(source.choices(words, k=source.randint(*lengths) - 1)) for _ in range(count)]
    path.write_text("\n".join(lines) + "\n")


def ours(options, gguf, texts, beam, single):
    """Lines a second."""
    arguments = [options.swiftlet, "translate", "-m", str(gguf), "-f", str(texts), "-o", str(options.work / "out.txt"),
                 "-t", str(options.threads), "--beam", str(beam), "--min-tokens", str(options.tokens), "-n",
                 str(options.tokens), "--no-recommended", "--stats"]
    if single:
        arguments += ["--batch", "1"]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True)
    lines, seconds = re.search(r"([\d,]+) lines in ([\d.,]+) s", done.stderr).groups()
    return int(lines.replace(",", "")) / float(seconds.replace(",", ""))


def theirs(options, system, model, texts, beam, single):
    """Lines a second."""
    arguments = [sys.executable, str(FOLDER / "peer_translation.py"), system, "--model", str(model), "--texts",
                 str(texts), "--tokens", str(options.tokens), "--beam", str(beam), "--threads", str(options.threads)]
    found = json.loads(output(arguments + (["--single"] if single else [])))
    return found["lines"] / found["seconds"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--lines", type=int)
    parser.add_argument("--single-lines", type=int, default=20)
    parser.add_argument("--transformers-lines", type=int, default=128)
    parser.add_argument("--tokens", type=int, default=25, help="of each translation")
    parser.add_argument("--lengths", type=int, nargs=2, default=(10, 40), help="tokens of a line, the end counted")
    parser.add_argument("--swiftlet", default=str(FOLDER.parents[1] / ".build/release/swiftlet"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--without", nargs="*", default=[], choices=("ctranslate2", "transformers"))
    options = parser.parse_args()
    options.work = options.work / ("small" if options.small else "full")
    options.work.mkdir(parents=True, exist_ok=True)
    shape = SMALL if options.small else FULL
    folder, gguf, converted = prepare(options, shape)
    count = options.lines or (64 if options.small else 1_000)
    texts = {"many": options.work / "lines.txt", "single": options.work / "single.txt", "part": options.work / "part.txt"}
    write_lines(texts["many"], count, shape, options.lengths)
    write_lines(texts["single"], min(count, options.single_lines), shape, options.lengths)
    write_lines(texts["part"], min(count, options.transformers_lines), shape, options.lengths)

    found = {}
    for number in range(options.rounds):
        for single in (False, True):
            for beam in (4, 1):
                mode = (f"beam {beam}", "one at a time" if single else "many")
                file = texts["single" if single else "many"]
                runs = {"Swiftlet q8_0": lambda: ours(options, gguf, file, beam, single)}
                if "ctranslate2" not in options.without:
                    runs["CTranslate2 int8"] = lambda: theirs(options, "ctranslate2", converted, file, beam, single)
                if "transformers" not in options.without:
                    part = texts["single" if single else "part"]
                    runs["transformers float32"] = lambda: theirs(options, "transformers", folder, part, beam, single)
                for name, run in runs.items():
                    found.setdefault(mode, {}).setdefault(name, []).append(run())
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)

    print(f"{processor()}, {options.threads} threads, {datetime.date.today()}; {count} lines of {options.lengths[0]} to "
          f"{options.lengths[1]} tokens, translations of {options.tokens}; {shape}\n")
    print("| search | lines | system | lines/s | Swiftlet is faster by |")
    print("|---|---|---|---|---|")
    for (search, lines), systems in found.items():
        own = statistics.median(systems["Swiftlet q8_0"])
        for name, values in systems.items():
            median = statistics.median(values)
            print(f"| {search} | {lines} | {name} | {median:.1f} | {own / median:.2f} |")


if __name__ == "__main__":
    main()
