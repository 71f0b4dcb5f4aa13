"""Text to text. The model has random weights: what counts is that both sides say the same."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from conftest import EMBED, FIXTURES

import swiftlet
from swiftlet import Translator

LINES = ["the cat sat", "a dog", "on the mat the cat sat", "dogs bark"]


@pytest.fixture(scope="module")
def marian(command: Callable[..., bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "marian.gguf"
    command("convert", FIXTURES / "conversion" / "marian", path, "--type", "f32")
    return path


@pytest.mark.parametrize("beams", [1, 3])
def test_translate(command: Callable[..., bytes], marian: Path, beams: int) -> None:
    options = ["--beam", beams, "-n", 12, "--n-best", beams, "--format", "jsonl"]
    printed = [json.loads(line) for line in command("translate", "-m", marian, *options, *LINES).splitlines()]
    translator = Translator(marian, beam_size=beams)
    for texts in (LINES, np.array(LINES), pa.array(LINES), iter(LINES)):
        found = translator.translate_n_best(texts, beams, max_tokens=12)
        assert [[one.text for one in best] for best in found] == [
            [one["text"] for one in line["n_best"]] for line in printed]
        assert [[one.score for one in best] for best in found] == [
            pytest.approx([one["score"] for one in line["n_best"]], rel=1e-6) for line in printed]
    assert translator.translate(LINES[1], max_tokens=12) == [printed[1]["n_best"][0]["text"]]


def test_nulls_and_company(marian: Path) -> None:
    translator = Translator(marian, beam_size=2)
    alone = [translator.translate_n_best(line, max_tokens=12)[0] for line in LINES]
    assert translator.translate_n_best([LINES[0], None, *LINES[1:]], max_tokens=12) == [alone[0], [], *alone[1:]]
    assert pickle.loads(pickle.dumps(translator)).translate_n_best(LINES, max_tokens=12) == alone
    assert translator.translate([None]) == [None]


def test_wrong(marian: Path) -> None:
    with pytest.raises(swiftlet.ModelError):
        Translator(EMBED)
    with pytest.raises(swiftlet.ArgumentError):
        Translator(marian, task="sing")
    with pytest.raises(swiftlet.ArgumentError):
        Translator(marian).translate("a", early_stopping="perhaps")
    with pytest.raises(swiftlet.SwiftletError):
        Translator(marian).translate_n_best("a", 70)
