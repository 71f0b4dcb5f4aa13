"""Models, texts and the command line that the package is compared with."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

# Results are the same for any number of threads; one is the fastest for models this small on a busy machine.
os.environ["SWIFTLET_NUM_THREADS"] = "1"

import swiftlet  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Fixtures"
EMBED, CHAT, SPEECH = FIXTURES / "embed.gguf", FIXTURES / "chat.gguf", FIXTURES / "speech.gguf"
RERANK = FIXTURES / "models" / "bert-reranker-f16.gguf"
CLASSIFIER = FIXTURES / "models" / "distilbert-f16.gguf"
TRANSLATE = FIXTURES / "models" / "t5-f32.gguf"
NLI = FIXTURES / "models" / "bert-nli-f16.gguf"
TAGGER = FIXTURES / "models" / "bert-tagger-f16.gguf"
CLIPS = FIXTURES / "clips"

#: Of all lengths, with characters of one to four bytes, and an empty one.
TEXTS = [
    "The cat sat on the mat.", "", "a", "Grüße aus Köln", "今日は良い天気です。", "🎉 party 🎉",
    *(f"Sentence number {number}: " + "word " * (number * 7 % 40) for number in range(30)),
]


@pytest.fixture(scope="session")
def embedder() -> swiftlet.Embedder:
    return swiftlet.Embedder(EMBED)


@pytest.fixture(scope="session")
def expected(command: Callable[..., bytes], tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """The vectors of TEXTS by the command line."""
    folder = tmp_path_factory.mktemp("vectors")
    (folder / "lines").write_text("\n".join(TEXTS) + "\n", encoding="utf-8")
    command("embed", "-m", EMBED, "-f", folder / "lines", "--format", "npy", "-o", folder / "vectors.npy")
    return np.load(folder / "vectors.npy")


@pytest.fixture(scope="session")
def command() -> Callable[..., bytes]:
    """Runs the command line: the one that SWIFTLET_COMMAND names, or the release build."""
    path = os.environ.get("SWIFTLET_COMMAND") or ROOT / ".build" / "release" / "swiftlet"
    if not os.access(path, os.X_OK):
        pytest.skip("needs the command line: swift build -c release, or SWIFTLET_COMMAND")

    def run(*arguments: object) -> bytes:
        return subprocess.run([path, *map(str, arguments)], check=True, capture_output=True).stdout

    return run


@pytest.fixture
def script() -> Callable[..., subprocess.Popen]:
    """Starts a Python script with this package and the names of this file."""
    def start(text: str) -> subprocess.Popen:
        head = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); from conftest import *\n"
        return subprocess.Popen(
            [sys.executable, "-c", head + text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return start


def page_blocks(word: str) -> list[str]:
    """The Python blocks of the page on many machines that have a word in them, without those that need more."""
    text = (ROOT / "Sources/Swiftlet/Swiftlet.docc/ManyMachines.md").read_text()
    found = re.findall(r"(<!-- .* -->\n)?```python\n(.*?)```", text, re.S)
    blocks = [block for comment, block in found if not comment and word in block]
    assert blocks
    return blocks


def run_block(block: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a block of a page prints: in a folder that has the model and the 40 texts that it names."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    (folder / "texts").mkdir()
    texts = [text for text in TEXTS for _ in range(2)][:40]
    pq.write_table(pa.table({"id": list(range(40)), "text": texts}), folder / "texts" / "0.parquet")
    (folder / "all-MiniLM-L6-v2.gguf").symlink_to(EMBED)
    monkeypatch.chdir(folder)
    for name in ("texts/", "vectors/", "all-MiniLM-L6-v2.gguf"):  # workers that run already are in another folder
        block = block.replace(f'"{name}', f'"{folder}/{name}')
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(block, "ManyMachines.md", "exec"), {})
    return printed.getvalue()
