#!/usr/bin/env python3
"""Compares the speed of speech to text with whisper.cpp's, and the encoder's with CTranslate2's, and prints tables in
Markdown.

All take turns (A B C A B C ...), each round in a fresh process that takes the median of a few runs; the tables have the
medians of the rounds.

    compare_speech.py --model ggml-tiny-q8_0.bin ggml-base-q8_0.bin --sound talk.wav --threads 1 2
    compare_speech.py --model ggml-tiny-q8_0.bin --folder whisper-tiny --sound talk.wav --system ctranslate2-int8=PYTHON

Each FOLDER is the model of the same place in --model as Hugging Face has it (whisper_folder.py makes one); without,
CTranslate2 is left out. peer_whisper.py says what is measured and what it needs.
"""
import argparse
import datetime
import json
import os
import pathlib
import statistics
import sys

from compare import FOLDER, output, processor

SPEEDS = (("encoder_milliseconds", 1), ("decoder_milliseconds", 3), ("real_time_factor", 4))


def ours(options, model, threads):
    return json.loads(output(
        [options.swiftlet, "bench", "--json", "-m", model, "-t", str(threads), "--speech", options.sound, "-r",
         str(options.repeat)])) | {"version": "Swiftlet"}


def theirs(options, system, model, threads):
    pythons = dict(entry.split("=", 1) for entry in options.system)
    return json.loads(output(
        [pythons.get(system, sys.executable), str(FOLDER / "peer_whisper.py"), system, "--model", model, "--sound",
         options.sound, "--threads", str(threads), "--repeat", str(options.repeat), "--cache", options.cache]))


def table(options, model, folder, threads):
    """The rounds of one model, in turn."""
    found = {"Swiftlet": [], "whisper.cpp": [], **({"ctranslate2-int8": []} if folder else {})}
    for number in range(options.rounds):
        print(f"{model}, {threads} threads: round {number + 1} of {options.rounds}", file=sys.stderr)
        for system, rounds in found.items():
            if system == "Swiftlet":
                rounds.append(ours(options, model, threads))
            else:
                rounds.append(theirs(options, system, model if system == "whisper.cpp" else folder, threads))

    def median(system, key):
        values = [entry[key] for entry in found[system] if key in entry]
        return statistics.median(values) if values else None
    for system, rounds in found.items():
        cells = [pathlib.Path(model).name, str(threads), rounds[0]["version"]]
        for key, digits in SPEEDS:
            value = median(system, key)
            faster = value and system != "Swiftlet" and value / median("Swiftlet", key)
            cells += [f"{value:.{digits}f}" if value else "", f"{faster:.2f}" if faster else ""]
        print("| " + " | ".join([*cells, str(rounds[0].get("tokens", ""))]) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", nargs="+", required=True)
    parser.add_argument("--folder", nargs="*", default=[])
    parser.add_argument("--sound", required=True, help="a WAV file: 16 kHz, one channel, 16 bits")
    parser.add_argument("--system", action="append", default=[], metavar="NAME=PYTHON")
    parser.add_argument("--swiftlet", default=str(FOLDER.parents[1] / ".build/release/swiftlet"))
    parser.add_argument("--cache", default="peers", help="a folder for the peers' forms of the models")
    parser.add_argument("--threads", type=int, nargs="+", default=[2, 1])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    print(f"{datetime.date.today()}, {processor()}, {os.cpu_count()} CPUs; {pathlib.Path(options.sound).name}.")
    print(f"Medians of {options.rounds} rounds in turn.\n")
    print("| model | threads | | encoder, ms a window | Swiftlet is faster | decoder, ms a token | Swiftlet is faster "
          "| real-time factor of the file | Swiftlet is faster | tokens of the file |")
    print("|---|--:|---|--:|--:|--:|--:|--:|--:|--:|")
    for threads in options.threads:
        for index, model in enumerate(options.model):
            folder = options.folder[index] if index < len(options.folder) else None
            table(options, model, folder, threads)


if __name__ == "__main__":
    main()
