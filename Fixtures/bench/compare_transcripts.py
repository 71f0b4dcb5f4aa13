#!/usr/bin/env python3
"""Transcribes one recording with Swiftlet, whisper.cpp and faster-whisper, each with its own temperature fallback, and prints
a table of seconds and word errors in Markdown.

All take turns (A B C A B C ...), each round in a fresh process; the table has the medians of the rounds. Loading the model is
not counted for the peers, and is counted for Swiftlet.

    compare_transcripts.py --model tiny.en-f16.gguf tiny.en-q8_0.gguf --ggml ggml-tiny.en.bin --folder whisper-tiny.en \\
        --sound talk.wav --reference talk.txt --threads 2

FOLDER is the model as Hugging Face has it; its conversion is kept in --cache. Needs pywhispercpp; faster-whisper with torch
and transformers; numpy.
"""
import argparse
import datetime
import importlib.metadata
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

from compare import FOLDER, processor
from peer_whisper import samples


def words(text):
    return [word.strip("'") for word in re.findall(r"[a-z0-9']+", text.lower().replace("’", "'"))]


def errors(reference, found):
    """Words to replace, insert or leave out (Levenshtein's distance)."""
    row = list(range(len(found) + 1))
    for i, word in enumerate(reference, 1):
        last, row[0] = row[0], i
        for j, other in enumerate(found, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (word != other))
    return row[-1]


def swiftlet(options, model):
    start = time.perf_counter()
    output = subprocess.run(
        [options.swiftlet, "transcribe", "-m", model, options.sound, "--format", "json", "--language", "en", "-t",
         str(options.threads), *options.flag], check=True, capture_output=True, text=True).stdout
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "text": "".join(segment["text"] for segment in json.loads(output)["segments"])}


def whisper_cpp(options):
    from pywhispercpp.model import Model
    model = Model(str(options.ggml), n_threads=options.threads, redirect_whispercpp_logs_to=os.devnull, language="en",
                  print_progress=False, print_realtime=False)
    sound = samples(options.sound)
    start = time.perf_counter()
    segments = model.transcribe(sound)
    return {"seconds": time.perf_counter() - start, "text": " ".join(segment.text for segment in segments)}


def faster_whisper(options, **settings):
    from faster_whisper import WhisperModel
    folder = options.cache / f"{options.folder.name}-ctranslate2-int8"
    if not folder.exists():
        from ctranslate2.converters import TransformersConverter
        files = ["tokenizer.json", "preprocessor_config.json"]
        TransformersConverter(str(options.folder), copy_files=files).convert(str(folder), quantization="int8")
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=options.threads)
    sound = samples(options.sound)
    start = time.perf_counter()
    segments, _ = model.transcribe(sound, language="en", beam_size=1, condition_on_previous_text=False, **settings)
    text = "".join(segment.text for segment in segments)
    return {"seconds": time.perf_counter() - start, "text": text}


PEERS = {
    "whisper.cpp": whisper_cpp, "faster-whisper, int8": faster_whisper,
    "faster-whisper, int8, no fallback": lambda options: faster_whisper(options, temperature=0)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", nargs="+", default=[], help="Swiftlet's files")
    parser.add_argument("--ggml", type=pathlib.Path)
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--sound", required=True, help="a WAV file: 16 kHz, one channel, 16 bits")
    parser.add_argument("--reference", help="what is said in it")
    parser.add_argument("--flag", action="append", default=[], help="one more for swiftlet transcribe, as --flag=--vad")
    parser.add_argument("--swiftlet", default=str(FOLDER.parents[1] / ".build/release/swiftlet"))
    parser.add_argument("--cache", type=pathlib.Path, default=pathlib.Path("peers"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", choices=PEERS, help="one peer, once, as JSON")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    os.environ["HF_HUB_OFFLINE"] = "1"
    options.cache.mkdir(exist_ok=True)
    if options.measure:
        print(json.dumps(PEERS[options.measure](options)))
        return
    found = {f"Swiftlet, {pathlib.Path(model).name}": [] for model in options.model}
    peers = [name for name in PEERS if (options.ggml if name == "whisper.cpp" else options.folder)]
    found |= {name: [] for name in peers}
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        for name, model in zip(found, options.model):
            found[name].append(swiftlet(options, model))
        for name in peers:
            output = subprocess.run(
                [sys.executable, __file__, *sys.argv[1:], "--measure", name], check=True, stdout=subprocess.PIPE, text=True)
            found[name].append(json.loads(output.stdout.splitlines()[-1]))
    reference = words(pathlib.Path(options.reference).read_text()) if options.reference else []
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("pywhispercpp", "faster-whisper"))
    print(f"{datetime.date.today()}, {processor()}, {options.threads} threads; {pathlib.Path(options.sound).name}, "
          f"{len(samples(options.sound)) / 16000:.0f} s; {versions}; medians of {options.rounds} rounds in turn.\n")
    print("| | seconds | Swiftlet is faster | word errors, % |\n|---|--:|--:|--:|")
    first = statistics.median(entry["seconds"] for entry in next(iter(found.values())))
    for name, rounds in found.items():
        seconds = statistics.median(entry["seconds"] for entry in rounds)
        ratio = f"{seconds / first:.2f}" if name in peers else ""
        wrong = f"{100 * errors(reference, words(rounds[0]['text'])) / len(reference):.2f}" if reference else ""
        print(f"| {name} | {seconds:.1f} | {ratio} | {wrong} |")


if __name__ == "__main__":
    main()
