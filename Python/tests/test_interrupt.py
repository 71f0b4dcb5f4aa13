"""Ctrl-C during calls."""

import signal
import subprocess
import time
from collections.abc import Callable

import pytest

CALLS = {
    "encode": ("e = Embedder(EMBED)", "e.encode(TEXTS * 20_000)", "e.encode('a')"),
    "encode_iter": ("e = Embedder(EMBED)", "for _ in e.encode_iter(TEXTS * 20_000): pass", "e.encode('a')"),
    "complete": ("s = Session(CHAT)", "while True: s.complete('a', ignore_end=True)", "s.complete('a', max_tokens=2)"),
    "prefill": (
        "s = Session(CHAT)", "while True: s.prefill([5] * 500); s.rewind(0)", "s.complete('a', max_tokens=2)"),
    "stream": (
        "c = Chat(CHAT)", "while True:\n        for _ in c.stream('a', max_tokens=100, ignore_end=True): pass\n        c.truncate(0)",
        "c.truncate(0); c.respond('Hello')"),
    "transcribe": (
        "import numpy as np; t = Transcriber(SPEECH); x = np.random.rand(9_000_000).astype('f4')",
        "list(t.transcribe(x)[0])", "list(t.transcribe(CLIPS / 'number.wav')[0])"),
    "info": (
        "import numpy as np; t = Transcriber(SPEECH); x = np.random.rand(9_000_000).astype('f4')",
        "t.transcribe(x)[1].language", "list(t.transcribe(CLIPS / 'number.wav')[0])"),
}


@pytest.mark.parametrize("name", CALLS)
def test_interrupt(name: str, script: Callable[[str], subprocess.Popen]) -> None:
    """The call ends soon with KeyboardInterrupt, and what it used goes on to work."""
    prepare, call, after = CALLS[name]
    process = script(f"""
import time
from swiftlet import *
{prepare}
{after}
print("begins", flush=True)
try:
    {call}
except KeyboardInterrupt:
    print("interrupted", flush=True)
{after}
print("works", flush=True)
""")
    try:
        assert process.stdout.readline() == "begins\n"
        time.sleep(0.5)
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "interrupted\n"
        assert time.monotonic() - start < 10
        out, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert out == "works\n" and errors == "" and process.returncode == 0


def test_uncaught(script: Callable[[str], subprocess.Popen]) -> None:
    process = script("from swiftlet import *\ne = Embedder(EMBED)\nprint(1, flush=True)\ne.encode(TEXTS * 20_000)")
    assert process.stdout.readline() == "1\n"
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT and errors.strip().endswith("KeyboardInterrupt")
