"""Rows per second of `Embedder.encode` beside those of `swiftlet embed`: the same lines and threads, in turn, each a
new process, medians. The processor's time counts, too, on a machine that others use.

    python Python/benchmarks/throughput.py --model all-MiniLM-L6-v2.gguf --command .build/release/swiftlet
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import corpus
import numpy as np

PROGRAM = """
import sys, numpy
from swiftlet import Embedder
model, lines, out, threads = sys.argv[1:]
texts = open(lines, encoding="utf-8").read().splitlines()
numpy.save(out, Embedder(model, threads=int(threads)).encode(texts))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--command", required=True)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lines, outputs = Path(folder) / "lines", [Path(folder) / "command.npy", Path(folder) / "python.npy"]
        texts = [text for _, text in zip(range(given.rows), corpus.lines())]
        lines.write_text("".join(text.replace("\n", " ") + "\n" for text in texts), encoding="utf-8")
        commands = [
            [given.command, "embed", "-m", given.model, "-f", lines, "--format", "npy", "-o", outputs[0], "--threads",
             str(given.threads)],
            [sys.executable, "-c", PROGRAM, given.model, lines, outputs[1], str(given.threads)]]
        seconds: list[list[float]] = [[], []]
        processor: list[list[float]] = [[], []]
        for _ in range(given.rounds):
            for which, words in enumerate(commands):
                start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
                subprocess.run(words, check=True, capture_output=True)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                seconds[which].append(time.monotonic() - start)
                processor[which].append(
                    after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert np.array_equal(*(np.load(output) for output in outputs)), "the vectors differ"
        command, python = (given.rows / statistics.median(found) for found in seconds)
        print(f"{given.rows} lines, {given.threads} threads, medians of {given.rounds}, vectors bit-identical")
        print(f"command {command:.0f} rows/s, Python {python:.0f} rows/s: {python / command:.3f}")
        command, python = (given.rows / statistics.median(found) for found in processor)
        print(f"by the processor's time {command:.0f} and {python:.0f} rows/s: {python / command:.3f}")


if __name__ == "__main__":
    main()
