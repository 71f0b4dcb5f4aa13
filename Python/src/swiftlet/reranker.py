"""Order by relevance."""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from typing import Any, Optional

import numpy as np

from . import _structs
from ._calls import run
from ._heads import Head
from ._library import call
from ._texts import Texts, batches
from ._values import count, text as text_bytes
from .embedder import Vectors, _scatter


@dataclass(frozen=True)
class Ranked:
    """A document's place: `corpus_id` counts the documents from 0."""

    corpus_id: int
    score: float
    text: Optional[str] = None

    @property
    def probability(self) -> float:
        """1 / (1 + exp(-score))."""
        if self.score >= 0:
            return 1 / (1 + math.exp(-self.score))
        grown = math.exp(self.score)
        return grown / (1 + grown)


class Reranker(Head):
    """Tells how well documents answer a query, by a cross-encoder. Any thread may call; calls wait for each other.
    Pickled by the model's path and these options."""

    _kind = "reranker"
    _struct = _structs.RerankerOptions

    def score(self, query: str, documents: Texts) -> Vectors:
        """A score for each document, float32 [documents]: the greater, the better. NaN for nulls."""
        question = text_bytes(query, "query")
        found = []
        for batch in batches(documents, "documents"):
            scores = np.empty(batch.count, np.float32)

            def body(cancellation: ctypes.c_void_p) -> None:
                call(
                    "rerank", self._handle, question, len(question), batch.struct, cancellation, scores.ctypes.data,
                    scores.size, None)

            run(body)
            rows = np.empty(batch.rows, np.float32)
            _scatter(scores, batch, rows)
            found.append(rows)
        return np.concatenate(found) if found else np.empty(0, np.float32)

    def rank(
        self, query: str, documents: Texts, *, top_k: Optional[int] = None, return_documents: bool = False
    ) -> list[Ranked]:
        """The documents from the best to the worst, the first of equals first; nulls are left out."""
        given: Any = [documents] if isinstance(documents, str) else documents
        if not hasattr(given, "__getitem__"):
            given = list(given)
        scores = self.score(query, given)
        order = np.argsort(-scores, kind="stable")
        order = order[~np.isnan(scores[order])][: count(top_k, "top_k") or None]
        return [
            Ranked(int(index), float(scores[index]), _text(given[int(index)]) if return_documents else None)
            for index in order]


def _text(value: Any) -> str:
    """A text of any array: pyarrow's elements are scalars."""
    if hasattr(value, "as_py"):
        value = value.as_py()
    return value.decode() if isinstance(value, bytes) else str(value)
