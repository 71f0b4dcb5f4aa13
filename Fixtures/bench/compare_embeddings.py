#!/usr/bin/env python3
"""Compares the speed of sentence embeddings with other runtimes on one model, and prints a table in Markdown.

All take turns (A B C A B C ...), each round in a fresh process that takes the median of a few runs; the table has the
medians of the rounds.

    compare_embeddings.py --gguf all-MiniLM-L6-v2-q8_0.gguf --folder all-MiniLM-L6-v2 --texts lines.txt

FOLDER is the same model as Hugging Face has it; peer_embeddings.py names what each system needs. `--system NAME=PYTHON`
gives a system an interpreter of its own.
"""
import argparse
import datetime
import os
import pathlib
import statistics
import sys
import tempfile

import json
import numpy

from compare import FOLDER, output, processor

SYSTEMS = ("sentence-transformers", "onnx-f32", "onnx-int8", "ctranslate2-int8", "llama.cpp")


def ours(options, vectors):
    common = ["-m", options.gguf, "-t", str(options.threads)]
    result = json.loads(output(
        [options.swiftlet, "bench", "--json", *common, "--texts", options.texts, "-r", str(options.repeat)]))
    output([options.swiftlet, "embed", *common, "--file", options.texts, "--format", "npy", "-o", str(vectors)])
    return result


def theirs(options, system, python, vectors):
    model = options.gguf if system == "llama.cpp" else options.folder
    return json.loads(output(
        [python, str(FOLDER / "peer_embeddings.py"), system, "--model", model, "--texts", options.texts, "--threads",
         str(options.threads), "--repeat", str(options.repeat), "--cache", options.cache, "--vectors", str(vectors)]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gguf", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--texts", required=True, help="a file with a sentence on each line")
    parser.add_argument("--system", action="append", default=[], metavar="NAME=PYTHON")
    parser.add_argument("--only", nargs="+", choices=SYSTEMS, default=SYSTEMS)
    parser.add_argument("--swiftlet", default=str(FOLDER.parents[1] / ".build/release/swiftlet"))
    parser.add_argument("--cache", default="peers", help="a folder for the peers' forms of the model")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    pythons = dict(entry.split("=", 1) for entry in options.system)

    found = {name: [] for name in ("Swiftlet", *options.only)}
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: pathlib.Path(folder) / f"{index}.npy" for index, name in enumerate(found)}
        for number in range(options.rounds):
            for name in found:
                print(f"{name}: round {number + 1} of {options.rounds}", file=sys.stderr)
                if name == "Swiftlet":
                    found[name].append(ours(options, paths[name]))
                else:
                    python = pythons.get(name, sys.executable)
                    found[name].append(theirs(options, name, python, paths[name]))
        vectors = {name: numpy.load(path) for name, path in paths.items()}
    exact = vectors.get("sentence-transformers")

    print(f"{datetime.date.today()}, {processor()}, {os.cpu_count()} CPUs, {options.threads} threads.")
    texts = len(next(iter(vectors.values())))
    print(f"{texts} sentences of {pathlib.Path(options.gguf).name}; medians of {options.rounds} rounds in turn.\n")
    print("| | sentences/s | ours is faster | one sentence, ms | ours is faster | least / mean cosine |")
    print("|---|--:|--:|--:|--:|--:|")
    own = found["Swiftlet"]

    def median(rounds, key):
        return statistics.median(entry[key] for entry in rounds)
    for name, rounds in found.items():
        rate, latency = median(rounds, "sentences_per_second"), median(rounds, "latency_ms")
        cosines = "" if exact is None else (vectors[name] * exact).sum(1)
        agreement = "" if exact is None else f"{cosines.min():.4f} / {cosines.mean():.4f}"
        print(f"| {rounds[0].get('version', name)} | {rate:.0f} | {median(own, 'sentences_per_second') / rate:.2f} "
              f"| {latency:.2f} | {latency / median(own, 'latency_ms'):.2f} | {agreement} |")


if __name__ == "__main__":
    main()
