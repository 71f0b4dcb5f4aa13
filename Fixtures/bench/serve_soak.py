#!/usr/bin/env python3
"""Loads swiftlet-serve for some minutes with everything that it does, and clients that go away, and prints a line at intervals:
memory, descriptors, threads, requests. At the end it tells the growth since the first tenth of the time.

    serve_soak.py --minutes 30

Clients chat (streamed and whole, with prompts that share beginnings and others), embed, rerank, transcribe and translate
with the models of Fixtures; every fourth closes its connection somewhere in between. One text is asked for again and again
and must be the same always.
"""
import argparse
import asyncio
import json
import pathlib
import random
import statistics
import time

from servers import Health, ask, descriptors, megabytes, percentile, server, threads, whole

PORT = 8973
FIXTURES = pathlib.Path(__file__).resolve().parents[1]
MODELS = {"chat": "chat.gguf", "embed": "embed.gguf", "rerank": "models/bert-reranker-f16.gguf", "speech": "speech.gguf",
          "t5": "models/t5-f32.gguf"}
WORDS = "the keys are on table where is my house it rains and sun sets behind old hills".split()
FIXED = {"model": "chat", "messages": [{"role": "user", "content": "Tell me a story."}], "max_tokens": 24, "temperature": 1,
         "seed": 5}


def text(chance, count):
    return " ".join(chance.choices(WORDS, k=count))


def request(chance):
    """Path and body of some request."""
    kind = chance.randrange(6)
    if kind < 3:
        system = "You are a helpful assistant. " * chance.choice([0, 20])
        messages = [{"role": "system", "content": system}] * bool(system)
        messages.append({"role": "user", "content": text(chance, chance.choice([3, 40]))})
        return "/v1/chat/completions", {"model": "chat", "messages": messages, "stream": chance.random() < 0.6,
                                        "max_tokens": chance.choice([4, 40]), "n": chance.choice([1, 1, 2])}
    if kind == 3:
        return "/v1/embeddings", {"model": "embed", "input": [text(chance, 12) for _ in range(chance.randrange(1, 9))]}
    if kind == 4:
        return "/v1/rerank", {"query": text(chance, 3), "documents": [text(chance, 9) for _ in range(5)]}
    return "/v1/translate", {"input": [text(chance, 5)], "target": "de"}


class Counts:
    def __init__(self):
        self.answers, self.left, self.refused, self.failures, self.changed = 0, 0, 0, [], 0


async def client(number, ended, counts):
    chance = random.Random(number)
    while not ended.is_set():
        path, body = request(chance)
        try:
            reader, writer, status = await ask(PORT, path, body)
            if number % 4 == 0:
                # Gone, as one that was killed: the connection is reset.
                await asyncio.wait_for(reader.read(chance.randrange(1, 600)), 5)
                await asyncio.sleep(chance.random() * 0.05)
                writer.transport.abort()
                counts.left += 1
                continue
            await reader.read()
            writer.close()
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError) as error:
            counts.failures.append(f"{path}: {error!r}")
            continue
        if status == 429:
            counts.refused += 1
            await asyncio.sleep(0.1)
        elif status != 200:
            counts.failures.append(f"{path}: {status}")
        else:
            counts.answers += 1


async def fixed(ended, counts):
    """A text that does not change, whatever others do."""
    first = None
    while not ended.is_set():
        status, answer = await whole(PORT, "/v1/chat/completions", FIXED)
        if status == 200:
            found = json.loads(answer)["choices"][0]["message"]["content"]
            first = first or found
            counts.changed += found != first
        await asyncio.sleep(0.5)


async def transcribe(ended, counts):
    sound = (FIXTURES / "clips/two.wav").read_bytes()
    form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + sound + b"\r\n--b--\r\n"
    head = (f"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(form)}\r\n\r\n").encode()
    while not ended.is_set():
        reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
        # Every other upload is never finished.
        is_whole = random.random() < 0.5
        writer.write(head + (form if is_whole else form[:len(form) // 2]))
        if is_whole:
            answer = await reader.read()
            counts.answers += b" 200 " in answer[:20]
        else:
            await asyncio.sleep(0.2)
            writer.transport.abort()
            counts.left += 1
        writer.close()
        await asyncio.sleep(0.5)


async def soak(process, given):
    ended, counts, rows = asyncio.Event(), Counts(), []
    start = time.monotonic()
    async with Health(PORT) as health:
        work = [client(number, ended, counts) for number in range(given.clients)]
        tasks = [asyncio.create_task(one) for one in [*work, fixed(ended, counts), transcribe(ended, counts)]]
        while (now := time.monotonic() - start) < given.minutes * 60:
            await asyncio.sleep(given.interval)
            rows.append((megabytes(process), descriptors(process), threads(process)))
            print(f"| {now + given.interval:.0f} | {rows[-1][0]:.1f} | {rows[-1][1]} | {rows[-1][2]} | {counts.answers} "
                  f"| {counts.left} | {counts.refused} | {len(counts.failures)} |", flush=True)
        ended.set()
        await asyncio.wait(tasks, timeout=60)
        for task in tasks:
            task.cancel()
    await asyncio.sleep(2)
    return rows, counts, health.seconds, (megabytes(process), descriptors(process))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--swiftlet", default=".build/release/swiftlet-serve")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--interval", type=float, default=15)
    parser.add_argument("--clients", type=int, default=16)
    given = parser.parse_args()
    models = [word for name, path in MODELS.items() for word in ("-m", f"{name}={FIXTURES / path}")]
    command = [given.swiftlet, *models, "--port", str(PORT), "--parallel", "8", "--queue", "8", "--prompt-cache", "64"]
    print("| s | MB | descriptors | threads | answers | left | refused | failures |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|")
    with server(command, PORT) as process:
        before = descriptors(process)
        rows, counts, health, (memory, files) = asyncio.run(soak(process, given))
    tenth = max(1, len(rows) // 10)
    early, late = (statistics.mean(r[0] for r in part) for part in (rows[:tenth], rows[-tenth:]))
    print(f"\nMemory: {late - early:+.1f} MB ({early:.1f} to {late:.1f}), {memory:.1f} at rest. Descriptors: {before} before, "
          f"{files} at rest. /health: {percentile(health, 0.99) * 1000:.0f} ms at the 99th percentile, at most "
          f"{max(health) * 1000:.0f}. Texts that changed: {counts.changed}.")
    for failure in sorted(set(counts.failures))[:10]:
        print(f"{counts.failures.count(failure)} times {failure}")
    if counts.changed or files > before + 2:
        raise SystemExit("serve_soak: a text has changed, or descriptors are left open")


main()
