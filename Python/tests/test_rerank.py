"""Order by relevance, and the index."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from conftest import RERANK

import swiftlet
from swiftlet import Embedder, Reranker, VectorIndex

DOCUMENTS = ["cats eat fish", "the weather", "a cat", "dogs bark at cats"]


def test_rank(command: Callable[..., bytes]) -> None:
    reranker = Reranker(RERANK)
    printed = json.loads(command("rerank", "-m", RERANK, "--format", "json", "what do cats eat?", *DOCUMENTS))
    for documents in (DOCUMENTS, np.array(DOCUMENTS), pa.array(DOCUMENTS), iter(DOCUMENTS)):
        ranked = reranker.rank("what do cats eat?", documents, return_documents=True)
        assert [(one.corpus_id, one.text) for one in ranked] == [
            (one["index"], one["text"]) for one in printed["results"]]
        assert [np.float32(one.score) for one in ranked] == [
            np.float32(one["score"]) for one in printed["results"]]
        assert [one.probability for one in ranked] == pytest.approx(
            [one["probability"] for one in printed["results"]], rel=1e-6)
    best = reranker.rank("what do cats eat?", DOCUMENTS, top_k=2)
    assert [one.corpus_id for one in best] == [one["index"] for one in printed["results"][:2]]
    assert len(reranker.rank("q", [DOCUMENTS[0], None])) == 1
    with pytest.raises(swiftlet.ModelError):
        Reranker(Path(RERANK).parents[1] / "embed.gguf")


def test_index(embedder: Embedder, tmp_path: Path) -> None:
    index = VectorIndex.from_texts(embedder, [*DOCUMENTS, None, DOCUMENTS[0]], ids=list("abcdef"))
    (best,) = index.search_texts(embedder, DOCUMENTS[0], k=2)
    assert [match.id for match in best] == ["a", "f"] and best[0].score == pytest.approx(1, abs=1e-6)
    (every,) = index.search_texts(embedder, ["cat"], k=99)
    assert [match.score for match in every] == sorted((match.score for match in every), reverse=True)
    assert {match.id for match in every} == set("abcdf")
    index.save(tmp_path / "index.npz")
    again = VectorIndex.load(tmp_path / "index.npz")
    assert again.search_texts(embedder, ["cat"], k=3) == index.search_texts(embedder, ["cat"], k=3)
    assert VectorIndex(3).search([[1, 2, 3]]) == [[]]
    with pytest.raises(swiftlet.ArgumentError):
        index.add(np.zeros((2, 3)))
