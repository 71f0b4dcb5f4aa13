"""Vectors: bit-identical to the command line's for every kind of input."""

import json
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from conftest import EMBED, TEXTS

import swiftlet
from swiftlet import Embedder


def sliced(kind: pa.DataType) -> pa.Array:
    return pa.array(["before", *TEXTS, "behind"], kind)[1:-1]


INPUTS: dict[str, Callable[[], object]] = {
    "list": lambda: TEXTS,
    "tuple": lambda: tuple(TEXTS),
    "generator": lambda: (text for text in TEXTS),
    "numpy str": lambda: np.array(TEXTS),
    "numpy object": lambda: np.array(TEXTS, dtype=object),
    "numpy bytes": lambda: np.array([text.encode() for text in TEXTS]),
    "arrow string": lambda: pa.array(TEXTS),
    "arrow large_string": lambda: pa.array(TEXTS, pa.large_string()),
    "arrow string_view": lambda: pa.array(TEXTS, pa.string_view()),
    "arrow dictionary": lambda: pa.array(TEXTS).dictionary_encode(),
    "arrow sliced": lambda: sliced(pa.string()),
    "arrow large sliced": lambda: sliced(pa.large_string()),
    "arrow view sliced": lambda: sliced(pa.string_view()),
    "arrow chunked": lambda: pa.chunked_array([TEXTS[:5], [], TEXTS[5:6], TEXTS[6:]], pa.string()),
    "arrow column": lambda: pa.table({"text": TEXTS})["text"],
}
if hasattr(np.dtypes, "StringDType"):
    INPUTS["numpy StringDType"] = lambda: np.array(TEXTS, dtype=np.dtypes.StringDType())


@pytest.mark.parametrize("kind", INPUTS)
def test_inputs(kind: str, embedder: Embedder, expected: np.ndarray) -> None:
    found = embedder.encode(INPUTS[kind]())
    assert found.dtype == np.float32 and found.tobytes() == expected.tobytes()


@pytest.mark.parametrize("kind", ["list", "arrow string", "arrow chunked", "generator", "arrow view sliced"])
def test_arrow_out(kind: str, embedder: Embedder, expected: np.ndarray) -> None:
    found = embedder.encode_arrow(INPUTS[kind]())
    assert found.type == pa.list_(pa.float32(), embedder.dimensions) and found.null_count == 0
    assert np.array_equal(found.flatten().to_numpy(zero_copy_only=True).reshape(len(TEXTS), -1), expected)


@pytest.mark.parametrize("kind", ["list", "generator", "arrow sliced", "arrow chunked", "numpy str"])
def test_iterator(kind: str, embedder: Embedder, expected: np.ndarray) -> None:
    assert np.array_equal(np.stack(list(embedder.encode_iter(INPUTS[kind](), batch_size=7))), expected)


def test_iterator_is_lazy(embedder: Embedder) -> None:
    def endless():
        while True:
            yield "again"

    vectors = embedder.encode_iter(endless(), batch_size=4)
    assert np.array_equal(next(vectors), next(vectors))


def test_one_text(embedder: Embedder, expected: np.ndarray) -> None:
    assert np.array_equal(embedder.encode(TEXTS[3]), expected[3])
    assert embedder.encode([]).shape == (0, embedder.dimensions)
    assert embedder.encode(pa.array([], pa.string())).shape == (0, embedder.dimensions)
    assert embedder.encode(pa.array(["", ""])).shape == (2, embedder.dimensions)


@pytest.mark.parametrize("kind", ["list", "arrow chunked"])
def test_out(kind: str, embedder: Embedder, expected: np.ndarray) -> None:
    out = np.zeros((len(TEXTS) + 2, embedder.dimensions), np.float32)
    part = out[1:-1]
    assert embedder.encode(INPUTS[kind](), out=part) is part
    assert np.array_equal(part, expected) and not out[0].any() and not out[-1].any()
    with pytest.raises(TypeError):
        embedder.encode(TEXTS, out=np.zeros(part.shape))
    with pytest.raises(swiftlet.ArgumentError):
        embedder.encode(TEXTS, out=np.zeros((3, embedder.dimensions), np.float32))
    with pytest.raises(swiftlet.ArgumentError):
        embedder.encode(TEXTS, out=np.zeros(part.shape, np.float32, order="F"))


NULLS = ["one", None, "two", "", None]


@pytest.mark.parametrize("texts", [
    NULLS, np.array(NULLS, dtype=object), pa.array(NULLS), pa.array(NULLS, pa.large_string()),
    pa.array(NULLS, pa.string_view()), pa.array(["x", *NULLS])[1:], pa.array(NULLS).dictionary_encode(),
    pa.chunked_array([NULLS[:2], NULLS[2:]]), ["one", float("nan"), "two", "", None],
], ids=str)
def test_nulls(texts: object, embedder: Embedder) -> None:
    found = embedder.encode(texts)
    assert np.isnan(found).all(axis=1).tolist() == [False, True, False, False, True]
    assert np.array_equal(found[[0, 2, 3]], embedder.encode(["one", "two", ""]))
    arrow = embedder.encode_arrow(texts)
    assert arrow.is_null().to_pylist() == [False, True, False, False, True]
    assert np.array_equal(np.array(arrow[2].as_py(), np.float32), found[2])
    assert np.isnan(embedder.encode(pa.nulls(3))).all()


def test_options(command: Callable[..., bytes]) -> None:
    def by_command(*arguments: object) -> np.ndarray:
        lines = command("embed", "-m", EMBED, "--format", "jsonl", *arguments, "a b", "c").splitlines()
        return np.array([json.loads(line)["embedding"] for line in lines], np.float32)

    plain = Embedder(EMBED, normalize=False, pooling="cls", threads=1).encode(["a b", "c"])
    assert np.array_equal(plain, by_command("--no-normalize", "--pooling", "cls"))
    short = Embedder(EMBED, dimensions=8)
    assert short.dimensions == 8
    assert np.array_equal(short.encode(["a b", "c"]), by_command("--dimensions", "8"))
    prompted = Embedder(EMBED, prompts={"query": "query: ", "document": "passage: "})
    assert np.array_equal(prompted.encode(["a b", "c"], role="query"), by_command("--prefix", "query: "))
    assert np.array_equal(prompted.encode(["a b", "c"], role="passage"), by_command("--prefix", "passage: "))
    assert np.array_equal(prompted.encode(["a b", "c"]), by_command())


def test_similarity(embedder: Embedder, command: Callable[..., bytes]) -> None:
    found = embedder.similarity(TEXTS[0], [TEXTS[3], None, TEXTS[6]])
    printed = json.loads(command("similarity", "-m", EMBED, "--format", "json", TEXTS[0], TEXTS[3]))
    assert found[0] == np.float32(printed["similarity"]) and np.isnan(found[1]) and found.dtype == np.float32
    assert embedder.similarity(TEXTS[0], TEXTS[3])[0] == found[0]


def test_progress_bar(embedder: Embedder, expected: np.ndarray, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    found = embedder.encode(TEXTS * 10, show_progress_bar=True)
    assert np.array_equal(found[-len(TEXTS):], expected)
    assert f"{len(TEXTS) * 10}/{len(TEXTS) * 10}" in capfd.readouterr().err


def test_wrong_arguments(embedder: Embedder) -> None:
    for texts in (5, b"bytes", np.array([1, 2]), np.array([["a"]]), pa.array([1]), ["a", 3]):
        with pytest.raises((TypeError, swiftlet.ArgumentError)):
            embedder.encode(texts)
    with pytest.raises(swiftlet.EncodingError) as caught:
        embedder.encode(["a", "b", "\ud800"])
    assert (caught.value.code, caught.value.place, caught.value.index) == (3, "texts", 2)
    invalid = pa.Array.from_buffers(
        pa.string(), 3, [None, pa.py_buffer(np.array([0, 1, 2, 3], np.int32)), pa.py_buffer(b"ab\xff")])
    with pytest.raises(swiftlet.EncodingError) as caught:
        embedder.encode(pa.chunked_array([pa.array(["x", "y"]), invalid]))
    assert caught.value.index == 4
    with pytest.raises(swiftlet.ArgumentError, match="role"):
        embedder.encode("a", role="quarry")
    for options in ({"pooling": "sum"}, {"threads": 0}, {"dimensions": 10_000}, {"prompts": {"passages": ""}}):
        with pytest.raises(swiftlet.ArgumentError):
            Embedder(EMBED, **options)


def test_too_long() -> None:
    short = Embedder(EMBED, max_tokens=6)
    with pytest.raises(swiftlet.ContextFullError) as caught:
        short.encode(["a", "b", None, TEXTS[-1]])
    assert caught.value.index == 3 and isinstance(caught.value, ValueError)
    cut = Embedder(EMBED, max_tokens=6, overflow="truncate").encode(["a", TEXTS[-1]])
    assert np.isfinite(cut).all()
