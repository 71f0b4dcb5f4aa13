#!/usr/bin/env python3
"""Compares the speed of swiftlet with llama.cpp's on the same files, and prints a table in Markdown.

The two take turns (A B A B ...), each round in a fresh process that takes the median of a few runs; the table has the
medians of the rounds, so that a machine that drifts drifts for both.

    compare.py --model a.gguf b.gguf --threads 2

Needs a python with llama-cpp-python, and `swift build -c release`.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
SPEEDS = ("prompt", "decode")


def output(command, environment=None):
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    if result.returncode != 0:
        raise SystemExit(f"{command[0]} failed: {result.stderr.strip() or result.stdout.strip()}")
    return result.stdout


def ours(options, model):
    environment = dict(os.environ)
    if options.isa:
        environment["SWIFTLET_ISA"] = options.isa
    command = [
        options.swiftlet, "bench", "--json", "-m", model, "-t", str(options.threads), "-p", str(options.prompt_tokens),
        "-n", str(options.decode_tokens), "-r", str(options.repeat)]
    return json.loads(output(command, environment))


def theirs(options, model):
    command = [
        options.python, str(FOLDER / "peer_llama.py"), model, "--threads", str(options.threads), "--prompt-tokens",
        str(options.prompt_tokens), "--decode-tokens", str(options.decode_tokens), "--repeat", str(options.repeat)]
    return json.loads(output(command))


def processor():
    """The processor's name."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def features(system):
    """What the peer was built for: the names in `AVX2 = 1 | ...`."""
    parts = [part.split(":")[-1].split("=") for part in system.split("|")]
    return ", ".join(part[0].strip() for part in parts if len(part) == 2 and part[1].strip() == "1")


def compare(options, model):
    """The rounds of one model, in turn."""
    rounds = []
    for number in range(options.rounds):
        print(f"{model}: round {number + 1} of {options.rounds}", file=sys.stderr)
        rounds.append((ours(options, model), theirs(options, model)))
    return rounds


def row(model, rounds):
    cells = [pathlib.Path(model).name]
    for speed in SPEEDS:
        key = f"{speed}_tokens_per_second"
        own, peer = (statistics.median(found[side][key] for found in rounds) for side in (0, 1))
        cells += [f"{own:.1f}", f"{peer:.1f}", f"{own / peer:.2f}"]
    return "| " + " | ".join(cells) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", nargs="+", required=True)
    parser.add_argument("--swiftlet", default=str(FOLDER.parents[1] / ".build/release/swiftlet"))
    parser.add_argument("--python", default=sys.executable,
                        help="the one that has the peer (another build: another one)")
    parser.add_argument("--isa", help="of ours: avx512, avx2, neon, scalar")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeat", type=int, default=3, help="runs of each process, after one that does not count")
    parser.add_argument("--prompt-tokens", type=int, default=512)
    parser.add_argument("--decode-tokens", type=int, default=64)
    options = parser.parse_args()
    if min(options.threads, options.rounds, options.repeat, options.prompt_tokens, options.decode_tokens) < 1:
        parser.error("numbers are 1 or more")

    found = {model: compare(options, model) for model in options.model}
    own, peer = next(iter(found.values()))[0]
    version = output([options.swiftlet, "--version"]).strip()
    print(f"{datetime.date.today()}, {processor()}, {os.cpu_count()} CPUs, {options.threads} threads.")
    print(f"Swiftlet {version} ({own['instruction_set']}); {peer['version']} ({features(peer['system'])}).")
    print(f"Tokens/s: prompts of {options.prompt_tokens}, {options.decode_tokens} decoded; "
          f"medians of {options.rounds} rounds in turn.\n")
    print("| Model | prompt, Swiftlet | llama.cpp | ratio | decode, Swiftlet | llama.cpp | ratio |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for model, rounds in found.items():
        print(row(model, rounds))


if __name__ == "__main__":
    main()
