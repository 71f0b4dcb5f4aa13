"""The names of sentence-transformers over a GGUF file, for code that was written for them. Needs nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional, Union

import numpy as np

from ..embedder import Embedder, Vectors
from ..model import Model
from ..reranker import Reranker


class SentenceTransformer:
    """Vectors by `encode`, `encode_query`, `encode_document` and `similarity`. As in sentence-transformers, vectors are
    normalized only where the file says so, or by `normalize_embeddings`."""

    def __init__(
        self, model_name_or_path: Union[str, Model], *, prompts: Optional[Mapping[str, str]] = None,
        truncate_dim: Optional[int] = None, **options: Any,
    ) -> None:
        self.prompts = dict(prompts or {})
        options = {"overflow": "truncate", "dimensions": truncate_dim, **options}
        self._embedder = Embedder(model_name_or_path, normalize=False, **options)

    def encode(
        self, inputs: Union[str, Sequence[str]], *, prompt_name: Optional[str] = None, prompt: Optional[str] = None,
        batch_size: int = 32, show_progress_bar: bool = False, normalize_embeddings: bool = False, **ignored: Any,
    ) -> Vectors:
        """float32: [dimensions] for a str, [inputs, dimensions] for a list. `batch_size` has no effect."""
        if prompt is None and prompt_name is not None:
            if prompt_name not in self.prompts:
                raise ValueError(f"no prompt is called {prompt_name!r}: there are {sorted(self.prompts)}")
            prompt = self.prompts[prompt_name]
        given: Any = inputs
        if prompt:
            given = prompt + inputs if isinstance(inputs, str) else [prompt + text for text in inputs]
        vectors = self._embedder.encode(given, show_progress_bar=show_progress_bar)
        if normalize_embeddings:
            unit = normalized(vectors)
            return unit[0] if vectors.ndim == 1 else unit
        return vectors

    def encode_query(self, inputs: Union[str, Sequence[str]], **options: Any) -> Vectors:
        return self.encode(inputs, **self._prompt("query", options))

    def encode_document(self, inputs: Union[str, Sequence[str]], **options: Any) -> Vectors:
        return self.encode(inputs, **self._prompt("document", options))

    def _prompt(self, name: str, options: dict[str, Any]) -> dict[str, Any]:
        return {"prompt_name": name, **options} if name in self.prompts else options

    def similarity(self, one: Any, other: Any) -> Vectors:
        """The cosines of two arrays of vectors, [rows of one, rows of the other]."""
        found: Vectors = normalized(one) @ normalized(other).T
        return found

    def get_sentence_embedding_dimension(self) -> int:
        return self._embedder.dimensions

    @property
    def max_seq_length(self) -> int:
        return self._embedder.max_tokens


def normalized(vectors: Any) -> Vectors:
    """The rows of an array, or one vector as a row, with the length 1."""
    rows = np.atleast_2d(np.asarray(vectors, np.float32))
    found: Vectors = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-12))
    return found


class CrossEncoder:
    """Scores of pairs by `predict`, and order by `rank`."""

    def __init__(self, model_name_or_path: Union[str, Model], **options: Any) -> None:
        self._reranker = Reranker(model_name_or_path, **{"overflow": "truncate", **options})

    def predict(self, sentences: Sequence[tuple[str, str]], **ignored: Any) -> Vectors:
        """A logit for each pair (query, document); those of a query are computed together."""
        pairs = list(sentences)
        scores = np.empty(len(pairs), np.float32)
        rows: dict[str, list[int]] = {}
        for row, (query, _) in enumerate(pairs):
            rows.setdefault(query, []).append(row)
        for query, places in rows.items():
            scores[places] = self._reranker.score(query, [pairs[row][1] for row in places])
        return scores

    def rank(
        self, query: str, documents: Sequence[str], top_k: Optional[int] = None, return_documents: bool = False,
        **ignored: Any,
    ) -> list[dict[str, Any]]:
        return [
            {"corpus_id": one.corpus_id, "score": one.score, **({"text": one.text} if return_documents else {})}
            for one in self._reranker.rank(query, documents, top_k=top_k, return_documents=return_documents)]
