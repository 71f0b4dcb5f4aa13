"""Threads, forked and spawned processes, pickle, and ends of many kinds."""

import gc
import logging
import multiprocessing
import os
import pickle
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
from conftest import CHAT, CLIPS, EMBED, RERANK, SPEECH, TEXTS

import swiftlet
from swiftlet import Embedder, Model, Reranker, Session, Transcriber

SECONDS = 60
#: How often models are opened: SWIFTLET_ROUNDS=10000 takes minutes.
ROUNDS = int(os.environ.get("SWIFTLET_ROUNDS", "100"))


def test_eight_threads(embedder: Embedder, expected: np.ndarray) -> None:
    def work(number: int) -> bool:
        mine = embedder if number % 2 else Embedder(embedder.model)
        return all(np.array_equal(mine.encode(TEXTS), expected) for _ in range(3))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))


def encode(embedder: Embedder) -> bytes:
    return embedder.encode(TEXTS).tobytes()


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes(method: str, embedder: Embedder, expected: np.ndarray) -> None:
    """Embedders go to other processes by pickle."""
    with ProcessPoolExecutor(2, multiprocessing.get_context(method)) as pool:
        for found in pool.map(encode, [embedder] * 4, timeout=SECONDS):
            assert found == expected.tobytes()


def test_fork_during_calls(embedder: Embedder, expected: np.ndarray) -> None:
    """A child uses what it inherits, while other threads of the parent are in calls."""
    over = threading.Event()

    def work() -> None:
        mine = Embedder(EMBED)
        while not over.is_set():
            mine.encode(TEXTS)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    statuses = []
    for _ in range(10):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                mine = Embedder(EMBED)
                status = 0 if encode(embedder) == encode(mine) == expected.tobytes() else 2
            finally:
                os._exit(status)
        end = time.monotonic() + SECONDS
        while (waited := os.waitpid(child, os.WNOHANG))[0] == 0:
            assert time.monotonic() < end, "a forked child hangs"
            time.sleep(0.01)
        statuses.append(waited[1])
    over.set()
    for thread in threads:
        thread.join()
    assert statuses == [0] * 10


def test_pickle(embedder: Embedder) -> None:
    options = Embedder(EMBED, dimensions=8, prompts={"query": "q: "}, normalize=False)
    again = pickle.loads(pickle.dumps(options))
    assert again.dimensions == 8
    assert np.array_equal(again.encode("a", role="query"), options.encode("a", role="query"))
    one, other = pickle.loads(pickle.dumps([embedder, options]))
    assert one.model is other.model is Model.shared(EMBED)  # a process opens a file once
    assert pickle.loads(pickle.dumps(Model(EMBED))) is one.model
    scores = Reranker(RERANK, batch_tokens=64)
    assert np.array_equal(pickle.loads(pickle.dumps(scores)).score("a", TEXTS[:3]), scores.score("a", TEXTS[:3]))
    segments, _ = pickle.loads(pickle.dumps(Transcriber(SPEECH, language="en"))).transcribe(CLIPS / "number.wav")
    assert list(segments)
    with pytest.raises(TypeError, match="save"):
        pickle.dumps(Session(CHAT))
    error = pickle.loads(pickle.dumps(swiftlet.ContextFullError("too long", "texts", 3)))
    assert (str(error), error.place, error.index, error.code) == ("too long", "texts", 3, 11)


def test_close() -> None:
    with Embedder(Model(EMBED)) as embedder:
        embedder.model.close()
        assert embedder.encode("a").any()  # holds what it needs
    embedder.close()
    for texts in ("a", []):
        with pytest.raises(swiftlet.HandleError, match="closed"):
            embedder.encode(texts)
    assert not Model.shared(EMBED).closed  # another one


def resources() -> tuple[int, int]:
    """Open files, and memory in KiB."""
    gc.collect()
    with open("/proc/self/status") as file:
        memory = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
    return len(os.listdir("/proc/self/fd")), memory


def test_no_leak() -> None:
    def rounds(count: int) -> None:
        for _ in range(count):
            with Model(EMBED) as model, Embedder(model):
                pass
            Model(EMBED)  # closed by the garbage collector

    rounds(50)
    files, memory = resources()
    rounds(ROUNDS)
    files_after, memory_after = resources()
    assert files_after <= files and memory_after < memory + 8 * 1024


def test_errors_and_calls_do_not_leak(embedder: Embedder) -> None:
    def rounds(count: int) -> None:
        for _ in range(count):
            embedder.encode(["a", None])
            with pytest.raises(swiftlet.ArgumentError):
                embedder.model.detokenize([-5])

    rounds(50)
    _, memory = resources()
    rounds(ROUNDS)
    assert resources()[1] < memory + 4 * 1024


def test_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "swiftlet"):
        Model(EMBED)
    assert any(record.name == "swiftlet.model" and "embed.gguf" in record.getMessage() for record in caplog.records)


WAYS_TO_END = {
    "embedding": "def work():\n    e = Embedder(EMBED); start.set(); e.encode(MANY)",
    "generating": "def work():\n    s = Session(CHAT); start.set()\n    while True: s.complete('a', ignore_end=True)",
    "streaming": "def work():\n    s = Session(CHAT)\n    while True:\n        for _ in s.stream('a', ignore_end=True): start.set()",
    "transcribing": (
        "import numpy as np\nt = Transcriber(SPEECH)\ndef work():\n"
        "    start.set(); list(t.transcribe(np.random.rand(3_000_000).astype('f4'))[0])"),
}


@pytest.mark.parametrize("way", WAYS_TO_END)
def test_interpreter_ends_during_a_call(way: str, script: Callable) -> None:
    process = script(
        "import threading, time\nfrom swiftlet import *\nMANY = TEXTS * 3000\nstart = threading.Event()\n"
        f"{WAYS_TO_END[way]}\nfor _ in range(2):\n    threading.Thread(target=work, daemon=True).start()\n"
        "start.wait(); time.sleep(0.1); print('ends')")
    out, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, out, errors) == (0, "ends\n", "")
