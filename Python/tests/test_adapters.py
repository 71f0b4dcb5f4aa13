"""LoRA adapters."""

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import CHAT, FIXTURES

import swiftlet
from swiftlet import Adapter, Model, Session

IDS = [51, 256, 267, 285]


@pytest.fixture(scope="module")
def files(command: Callable[..., bytes], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A model and its adapter."""
    folder = tmp_path_factory.mktemp("adapters")
    model, adapter = folder / "model.gguf", folder / "adapter.gguf"
    command("convert", FIXTURES / "conversion" / "llama", model, "--type", "f32")
    command("convert", FIXTURES / "adapters" / "llama", adapter, "--base", model)
    return model, adapter


def logits(session: Session) -> np.ndarray:
    session.rewind(0)
    session.prefill(IDS)
    return session.logits()


def test_adapters_are_the_commands(
    files: tuple[Path, Path], command: Callable[..., bytes], tmp_path: Path
) -> None:
    def expected(*lora: str) -> np.ndarray:
        out = tmp_path / "logits.npy"
        words = [word for one in lora for word in ("--lora", one)]
        command("logits", "-m", files[0], "--ids", ",".join(map(str, IDS)), "--last", "-o", out, *words)
        return np.load(out)[0]

    model = Model(files[0])
    adapter = Adapter(files[1], model)
    plain, whole, half = expected(), expected(str(files[1])), expected(f"{files[1]}=0.5")
    assert not np.array_equal(plain, whole) and not np.array_equal(half, whole)
    session = Session(model, adapters=adapter)
    assert np.array_equal(logits(session), whole)
    session.set_adapters([(adapter, 0.5)])
    assert session.tokens == IDS
    with pytest.raises(swiftlet.NotFoundError):
        session.logits()
    assert np.array_equal(logits(session), half)
    session.set_adapters([(adapter, 0.25), (adapter, 0.25)])
    assert np.array_equal(logits(session), half)
    session.set_adapters()
    assert np.array_equal(logits(session), plain)
    again = pickle.loads(pickle.dumps(adapter))
    assert np.array_equal(logits(Session(again.model, adapters=[again])), whole)
    adapter.close()
    assert np.array_equal(logits(Session(model)), plain)


def test_wrong_adapters(files: tuple[Path, Path]) -> None:
    model = Model(files[0])
    with pytest.raises(swiftlet.FileError, match=r"general\.type"):
        Adapter(files[0], model)
    with pytest.raises(swiftlet.FileError):
        Adapter(files[0].parent / "none.gguf", model)
    with pytest.raises(swiftlet.ModelError):
        Adapter(files[1], Model(CHAT))
    adapter = Adapter(files[1], model)
    with pytest.raises(swiftlet.ArgumentError):
        Session(Model(files[0]), adapters=adapter)
    with pytest.raises(swiftlet.ArgumentError):
        Session(model, adapters=[(adapter, float("nan"))])
    with pytest.raises(swiftlet.ArgumentError):
        Session(model, adapters=["adapter.gguf"])  # type: ignore[list-item]
    adapter.close()
    with pytest.raises(swiftlet.HandleError):
        Session(model, adapters=adapter)
