"""Order by relevance."""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from typing import Any, Optional, Union

import numpy as np

from . import _structs
from ._calls import run
from ._handles import Closable
from ._library import call
from ._texts import Texts, batches
from ._values import Path, choice, count, named, option, text as text_bytes
from .embedder import _OVERFLOWS, Vectors, _scatter
from .adapter import AdapterList, Adapters
from .model import Model, as_model


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


class Reranker(Closable):
    """Tells how well documents answer a query, by a cross-encoder. Any thread may call; calls wait for each other.
    Pickled by the model's path and these options."""

    _kind = "reranker"

    def __init__(
        self, model: Union[Model, Path], *, threads: Optional[int] = None, max_tokens: Optional[int] = None,
        overflow: Optional[str] = None, batch_tokens: Optional[int] = None, parse_special: Optional[bool] = None,
        instruction_set: Optional[str] = None,
        adapters: Optional[Adapters] = None,
    ) -> None:
        self.model = as_model(model)
        loaded = AdapterList(adapters)
        self._options = {
            "threads": threads, "max_tokens": max_tokens, "overflow": overflow, "batch_tokens": batch_tokens,
            "parse_special": parse_special, "instruction_set": instruction_set, "adapters": adapters}
        given = _structs.RerankerOptions(
            threads=count(threads, "threads", 2**31), max_tokens=count(max_tokens, "max_tokens"),
            overflow=named(overflow, _OVERFLOWS, "overflow"),
            batch_tokens=count(batch_tokens, "batch_tokens", 2**31),
            instruction_set=option(instruction_set, "instruction_set"), parse_special=choice(parse_special),
            **loaded.fields)
        self._open(self.model._handle, given)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.model, self._options)

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


def _rebuild(cls: type[Reranker], model: Model, options: dict[str, Any]) -> Reranker:
    return cls(model, **options)
