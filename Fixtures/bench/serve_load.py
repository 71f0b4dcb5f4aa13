#!/usr/bin/env python3
"""Loads servers that speak OpenAI's API with clients that stream completions, and prints a table in Markdown.

    serve_load.py --port 8080 --clients 1 8 32 64
    serve_load.py --swiftlet .build/release/swiftlet-serve --peer llama.cpp/bin/llama-server --model tinyllama-q4_0.gguf

With --model it starts the servers itself, one after the other: swiftlet-serve, and each --peer. That is llama.cpp's
llama-server, with a slot for each client, or a python that has llama-cpp-python's server, which runs a request at a time.
Half of the prompts are short, half are long; each client sends its next request when the last one is answered.
"""
import argparse
import asyncio
import os
import re
import statistics
import time

from servers import Health, ask, percentile, processor_seconds, server

PORT = 8971
SENTENCE = "The quick brown fox jumps over the lazy dog near the river bank while the sun sets behind the hills. "
# A context for each client.
CONTEXT = 1024
TEXT = re.compile(rb'"(?:text|content)": ?"[^"]')
COUNT = re.compile(rb'"completion_tokens": ?(\d+)')


def prompt(number, sentences):
    """Short ones of about 40 tokens, long ones of 24 for each sentence; none begins as another."""
    return f"Question {number}: " + SENTENCE * (1 if number % 2 else sentences) + "What happens next?"


class Result:
    def __init__(self):
        self.first_tokens, self.tokens, self.failures = [], 0, 0


async def complete(port, number, given, result):
    body = {"model": "model", "prompt": prompt(number, given.sentences), "stream": True, "temperature": 0,
            "max_tokens": given.tokens, "ignore_eos": True, "stream_options": {"include_usage": True},
            "cache_prompt": True}
    start, first, pieces, count = time.monotonic(), None, 0, None
    try:
        reader, writer, status = await ask(port, "/v1/completions", body)
        async for line in reader:
            if line.startswith(b"data: {"):
                if TEXT.search(line):
                    first = first or time.monotonic() - start
                    pieces += 1
                if found := COUNT.search(line):
                    count = int(found[1])
        writer.close()
    except OSError:
        status = 0
    if status != 200:
        result.failures += 1
        return
    result.first_tokens.append(first or time.monotonic() - start)
    result.tokens += pieces if count is None else count


async def load(port, clients, requests, given):
    result, numbers = Result(), iter(range(requests))

    async def client():
        for number in numbers:
            await complete(port, number, given, result)

    async with Health(port) as health:
        start = time.monotonic()
        await asyncio.gather(*[client() for _ in range(clients)])
        seconds = time.monotonic() - start
    return result, health.seconds, seconds


def measure(name, port, clients, given, process=None):
    requests = max(given.requests, clients * given.each)
    before = processor_seconds(process)
    result, health, seconds = asyncio.run(load(port, clients, requests, given))
    computed = processor_seconds(process) - before
    print(f"| {name} | {clients} | {result.tokens / seconds:.1f} | {result.tokens / max(computed, 0.01):.1f} "
          f"| {statistics.median(result.first_tokens or [0]):.2f} | {percentile(result.first_tokens, 0.95):.2f} "
          f"| {percentile(health, 0.99) * 1000:.0f} | {seconds:.0f} | {result.failures} |", flush=True)


def command(program, clients, given):
    """How a server is started for a number of clients."""
    common = ["--port", str(PORT)]
    threads = str(given.threads)
    if os.path.basename(program).startswith("python"):
        return [program, "-m", "llama_cpp.server", "--model", given.model, "--n_ctx", str(CONTEXT), *common,
                "--n_threads", threads, "--n_threads_batch", threads, "--interrupt_requests", "False"]
    if os.path.basename(program).startswith("llama"):
        return [program, "-m", given.model, "-t", threads, "-c", str(CONTEXT * clients), "-np", str(clients), *common,
                *given.peer_options]
    return [program, "-m", f"model={given.model}", "-t", threads, "--context", str(CONTEXT), *common,
            "--parallel", str(max(clients, 16)), *given.options]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, help="of a server that runs")
    parser.add_argument("--model", help="a file that the servers are started with")
    parser.add_argument("--swiftlet", default=".build/release/swiftlet-serve", help="empty: peers alone")
    parser.add_argument("--peer", action="append", default=[], help="llama-server, or a python with llama-cpp-python[server]")
    parser.add_argument("--options", nargs="+", default=[], help="more options for swiftlet-serve, without dashes: a=b")
    parser.add_argument("--peer-options", nargs="+", default=[], help="more options for llama-server, as above")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32, 64])
    parser.add_argument("--requests", type=int, default=8, help="in all, and at least --each for each client")
    parser.add_argument("--each", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=32, help="of each answer")
    parser.add_argument("--sentences", type=int, default=20, help="in a long prompt")
    given = parser.parse_args()
    for name in ("options", "peer_options"):
        setattr(given, name, [word for option in getattr(given, name) for word in f"--{option}".split("=", 1)])
    print("| server | clients | tokens/s | tokens per CPU second | first token, s | its 95th percentile "
          "| /health 99th, ms | seconds | failures |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    if given.port:
        for clients in given.clients:
            measure("given", given.port, clients, given)
        return
    for clients in given.clients:
        for program in [*([given.swiftlet] if given.swiftlet else []), *given.peer]:
            with server(command(program, clients, given), PORT) as process:
                measure(os.path.basename(program), PORT, clients, given, process)


main()
