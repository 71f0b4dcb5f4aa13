"""Opens and closes a model and what uses it, many times: memory, open files and threads must not grow.

    python Python/benchmarks/opening.py --model all-MiniLM-L6-v2.gguf --rounds 10000
"""

from __future__ import annotations

import argparse
import gc
import os

from swiftlet import Embedder, Model


def resources() -> tuple[int, int, int]:
    """KiB resident, open files, threads."""
    gc.collect()
    with open("/proc/self/status") as file:
        status = dict(line.split(":", 1) for line in file)
    return int(status["VmRSS"].split()[0]), len(os.listdir("/proc/self/fd")), int(status["Threads"])


def once(path: str, threads: int) -> None:
    with Model(path) as model, Embedder(model, threads=threads) as embedder:
        embedder.encode("a")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--rounds", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()

    print("rounds, KiB resident, open files, threads")
    before = after = (0, 0, 0)
    for number in range(given.rounds + 1):
        once(given.model, given.threads)
        if number == given.rounds // 10:
            before = resources()
        if number % max(given.rounds // 10, 1) == 0:
            after = resources()
            print(number, *after, sep=", ", flush=True)
    assert after[1] <= before[1] and after[2] <= before[2], "files or threads stay"
    assert after[0] < before[0] + 8 * 1024, "memory grows"


if __name__ == "__main__":
    main()
