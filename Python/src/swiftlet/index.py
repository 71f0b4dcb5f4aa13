"""Search among vectors, in NumPy: exact, and in memory."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Optional, Union

import numpy as np
import numpy.typing as npt

from . import errors
from ._texts import Texts
from ._values import Path, count
from .embedder import Embedder, Vectors


@dataclass(frozen=True)
class Match:
    """A row of the index. `id` is what `add` was given for it, else the row's number."""

    id: Any
    score: float


class VectorIndex:
    """Vectors with ids. A query is compared with all of them by the inner product, which is the cosine for the vectors
    of an embedder that normalizes. For millions of vectors use a database; `swiftlet search` keeps indexes in files."""

    def __init__(self, dimensions: int) -> None:
        self.dimensions = count(dimensions, "dimensions")
        self._chunks: list[Vectors] = []
        self._ids: list[Any] = []

    @classmethod
    def from_texts(
        cls, embedder: Embedder, texts: Texts, *, ids: Optional[Sequence[Any]] = None, role: Optional[str] = "passage"
    ) -> VectorIndex:
        """An index of the vectors of texts."""
        index = cls(embedder.dimensions)
        index.add(embedder.encode([texts] if isinstance(texts, str) else texts, role=role), ids)
        return index

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, vectors: npt.ArrayLike, ids: Optional[Sequence[Any]] = None) -> None:
        """Adds vectors, [rows, dimensions], with an id for each."""
        rows = self._rows(vectors, "vectors")
        given = range(len(self), len(self) + len(rows)) if ids is None else ids
        if len(given) != len(rows):
            raise errors.ArgumentError(f"{len(given)} ids for {len(rows)} vectors", "ids")
        self._chunks.append(rows.copy())
        self._ids.extend(given)

    def search(self, queries: npt.ArrayLike, k: int = 10) -> list[list[Match]]:
        """The k best rows for each query, the best first, the first of equals first. NaN is never found."""
        wanted = self._rows(queries, "queries")
        count(k, "k")
        vectors = self.vectors
        found = []
        for query in wanted:
            scores = vectors @ query
            scores[np.isnan(scores)] = -np.inf
            best = np.arange(len(scores))
            if k < len(scores):
                # All that are no worse than the k-th, so that the first of equals stay.
                best = np.flatnonzero(scores >= np.partition(scores, len(scores) - k)[len(scores) - k])
            best = best[np.argsort(-scores[best], kind="stable")][:k]
            found.append([Match(self._ids[i], float(scores[i])) for i in best if scores[i] != -np.inf])
        return found

    def search_texts(
        self, embedder: Embedder, queries: Union[str, Sequence[str]], k: int = 10, *, role: Optional[str] = "query"
    ) -> list[list[Match]]:
        """The same for texts."""
        texts = [queries] if isinstance(queries, str) else queries
        return self.search(embedder.encode(texts, role=role), k)

    @property
    def vectors(self) -> Vectors:
        """All vectors, float32 [rows, dimensions]."""
        if len(self._chunks) != 1:
            empty = np.empty((0, self.dimensions), np.float32)
            self._chunks = [np.concatenate([empty, *self._chunks])]
        return self._chunks[0]

    def save(self, path: Path) -> None:
        """Writes an .npz file. Ids must be numbers or strings."""
        ids = np.array(self._ids)
        if ids.dtype.kind not in "iufU" and len(ids):
            raise errors.ArgumentError("ids are neither numbers nor strings: keep them elsewhere", "ids")
        temporary = os.fspath(path) + ".unfinished"
        with open(temporary, "wb") as file:
            np.savez(file, vectors=self.vectors, ids=ids, dimensions=self.dimensions)
        os.replace(temporary, path)

    @classmethod
    def load(cls, path: Path) -> VectorIndex:
        with np.load(path, allow_pickle=False) as file:
            index = cls(int(file["dimensions"]))
            index.add(file["vectors"], file["ids"].tolist())
        return index

    def _rows(self, vectors: npt.ArrayLike, place: str) -> Vectors:
        rows = np.asarray(vectors, np.float32)
        if rows.ndim == 1:
            rows = rows[None]
        if rows.ndim != 2 or rows.shape[1] != self.dimensions:
            raise errors.ArgumentError(
                f"{place} have the shape {rows.shape}: give [rows, {self.dimensions}]", place)
        return rows
