#!/usr/bin/env python3
"""Loads a server that speaks OpenAI's API with clients that stream completions, and prints a table in Markdown.

    serve_load.py http://127.0.0.1:8080 --clients 1 8 32 64
    serve_load.py --swiftlet .build/release/swiftlet-serve --peer python --model tinyllama-q4_0.gguf

With --model it starts the servers itself, one after the other: swiftlet-serve, and llama-cpp-python's
(`python -m llama_cpp.server`, which runs a request at a time). Half of the prompts are short, half are long; each client
sends its next request when the last one is answered.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import threading
import time
import urllib.error
import urllib.request

SENTENCE = "The quick brown fox jumps over the lazy dog near the river bank while the sun sets behind the hills. "


def prompt(number):
    """Short ones of about 30 tokens, long ones of about 500; none begins as another."""
    return f"Question {number}: " + SENTENCE * (1 if number % 2 else 20) + "What happens next?"


class Result:
    def __init__(self):
        self.lock = threading.Lock()
        self.first_tokens, self.tokens, self.health, self.failures = [], 0, [], 0


def complete(url, number, tokens, result):
    body = {"model": "model", "prompt": prompt(number), "stream": True,
            "temperature": 0, "max_tokens": tokens, "ignore_eos": True}
    request = urllib.request.Request(
        url + "/v1/completions", json.dumps(body).encode(), {"Content-Type": "application/json"})
    start, first, count = time.monotonic(), None, 0
    try:
        with urllib.request.urlopen(request, timeout=900) as answer:
            for line in answer:
                if not line.startswith(b"data: {"):
                    continue
                choices = json.loads(line[6:]).get("choices")
                if choices and choices[0].get("text"):
                    first = first or time.monotonic() - start
                    count += 1
    except (urllib.error.URLError, OSError, ValueError):
        with result.lock:
            result.failures += 1
        return
    with result.lock:
        result.first_tokens.append(first or time.monotonic() - start)
        result.tokens += count


def ask_health(url, result, ended):
    path = "/health"
    while not ended.wait(0.25):
        start = time.monotonic()
        try:
            urllib.request.urlopen(url + path, timeout=60).read()
        except urllib.error.HTTPError:
            path = "/v1/models"
            continue
        except OSError:
            pass
        result.health.append(time.monotonic() - start)


def load(url, clients, requests, tokens):
    result, ended, counter = Result(), threading.Event(), iter(range(requests))
    lock = threading.Lock()

    def client():
        while True:
            with lock:
                number = next(counter, None)
            if number is None:
                return
            complete(url, number, tokens, result)

    health = threading.Thread(target=ask_health, args=(url, result, ended))
    health.start()
    start = time.monotonic()
    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - start
    ended.set()
    health.join()
    return result, seconds


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def processor_seconds(process):
    """What the server's threads have computed so far: unlike seconds, it does not depend on what else the machine does."""
    if process is None:
        return float("nan")
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(name, url, given, process=None):
    for clients in given.clients:
        requests = max(given.requests, clients * 2)
        before = processor_seconds(process)
        result, seconds = load(url, clients, requests, given.tokens)
        computed = processor_seconds(process) - before
        print(f"| {name} | {clients} | {result.tokens / seconds:.1f} | {result.tokens / max(computed, 0.01):.1f} | {statistics.median(result.first_tokens or [0]):.2f} "
              f"| {percentile(result.first_tokens, 0.95):.2f} | {percentile(result.health, 0.99) * 1000:.0f} "
              f"| {result.failures} |", flush=True)


def wait(url, process):
    for _ in range(600):
        assert process.poll() is None, "the server has ended"
        try:
            return urllib.request.urlopen(url + "/v1/models", timeout=5).read()
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"{url} does not answer")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", nargs="?", help="a server that runs")
    parser.add_argument("--model", help="a file that both servers are started with")
    parser.add_argument("--swiftlet", default=".build/release/swiftlet-serve")
    parser.add_argument("--peer", help="a python with llama-cpp-python[server]")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32, 64])
    parser.add_argument("--requests", type=int, default=16, help="in all, and at least two a client")
    parser.add_argument("--tokens", type=int, default=32, help="of each answer")
    given = parser.parse_args()
    print("| server | clients | tokens/s | tokens per CPU second | first token, s | its 95th percentile | /health 99th, ms | failures |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    if given.url:
        return measure("given", given.url, given)
    servers = {"swiftlet": [given.swiftlet, "-m", f"model={given.model}", "--port", "8971", "-t", str(given.threads),
                            "--parallel", "64", "--context", "2048"]}
    if given.peer:
        servers["llama-cpp-python"] = [
            given.peer, "-m", "llama_cpp.server", "--model", given.model, "--port", "8971", "--n_ctx", "2048",
            "--n_threads", str(given.threads), "--n_threads_batch", str(given.threads), "--interrupt_requests", "False"]
    for name, command in servers.items():
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait("http://127.0.0.1:8971", process)
            measure(name, "http://127.0.0.1:8971", given, process)
        finally:
            process.terminate()
            process.wait()


main()
