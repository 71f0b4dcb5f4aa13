"""Classes of texts, of pairs of texts, and of tokens."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any, Optional, Union

import numpy as np

from . import errors
from ._calls import run
from ._heads import Head
from ._library import call, read_text
from ._texts import Batch, Texts, batches, listed
from ._values import Path, count, text as text_bytes
from .embedder import Vectors, _scatter
from .model import Model


@dataclass(frozen=True)
class Label:
    """A class and its probability."""

    label: str
    score: float


@dataclass(frozen=True)
class TokenLabels:
    """A token, its text, and its classes, the most probable first."""

    token: int
    text: str
    labels: list[Label]


class Classifier(Head):
    """Tells which class a text, a pair of texts or a token is of, by a model with a classifier. Any thread may call;
    calls wait for each other. A text's classes are bit-identical alone and among others. Pickled by the model's path
    and these options."""

    _kind = "classifier"

    def __init__(self, model: Union[Model, Path], **options: Any) -> None:
        super().__init__(model, **options)
        number = ctypes.c_uint64()
        call("classifier_count", self._handle, ctypes.byref(number))
        #: The names of the classes.
        self.labels: list[str] = [read_text("classifier_label", self._handle, index) for index in range(number.value)]

    def logits(self, texts: Texts, seconds: Optional[Texts] = None) -> Vectors:
        """The model's logits, float32 [texts, classes]; rows of NaN for nulls. With `seconds` text i is read with
        second i, as a premise with its hypothesis."""
        return self._rows(texts, seconds, 0)

    def probabilities(self, texts: Texts, seconds: Optional[Texts] = None) -> Vectors:
        """The softmax of the logits, of one class alone the logistic function, float32 [texts, classes]."""
        return self._rows(texts, seconds, 1)

    def classify(
        self, texts: Texts, seconds: Optional[Texts] = None, *, top_k: Optional[int] = None
    ) -> list[list[Label]]:
        """For each text its classes, the most probable first, the first of equals first; none for nulls."""
        limit = count(top_k, "top_k") or None
        return [self._ordered(row)[:limit] for row in self.probabilities(texts, seconds)]

    def classify_tokens(self, text: str, *, top_k: Optional[int] = None) -> list[TokenLabels]:
        """For each token of the text, the special ones counted in, its classes, as for names and parts of speech."""
        data, limit = text_bytes(text, "text"), count(top_k, "top_k") or None
        capacity = len(data) + 8  # a token has at least one byte, but those around the text
        needed = ctypes.c_size_t()
        while True:
            tokens = np.empty(capacity, np.int32)
            rows = np.empty((capacity, len(self.labels)), np.float32)

            def body(cancellation: ctypes.c_void_p) -> None:
                call(
                    "classify_tokens", self._handle, data, len(data), cancellation, tokens.ctypes.data, None,
                    rows.ctypes.data, capacity, ctypes.byref(needed))

            try:
                run(body)
            except errors.BufferTooSmallError:
                capacity = needed.value
                continue
            ids: list[int] = tokens[: needed.value].tolist()
            return [
                TokenLabels(token, self.model.detokenize([token], special=True), self._ordered(row)[:limit])
                for token, row in zip(ids, rows)]

    def _ordered(self, row: Vectors) -> list[Label]:
        if np.isnan(row).any():
            return []
        return [Label(self.labels[int(index)], float(row[index])) for index in np.argsort(-row, kind="stable")]

    def _rows(self, texts: Texts, seconds: Optional[Texts], which: int) -> Vectors:
        if seconds is None:
            found = [self._batch(batch, None, which) for batch in batches(texts)]
        else:
            found = [self._pairs(listed(texts), listed(seconds), which)]
        return np.concatenate(found) if found else np.empty((0, len(self.labels)), np.float32)

    def _pairs(self, texts: list[Any], seconds: list[Any], which: int) -> Vectors:
        if len(texts) != len(seconds):
            raise errors.ArgumentError(f"{len(texts)} texts have {len(seconds)} seconds: give one for each", "seconds")
        there = np.array([one is not None and other is not None for one, other in zip(texts, seconds)], np.bool_)
        rows = np.full((len(texts), len(self.labels)), np.nan, np.float32)
        places = np.flatnonzero(there)
        (first,) = batches([texts[place] for place in places])
        (second,) = batches([seconds[place] for place in places], "seconds")
        rows[places] = self._batch(first, second, which)
        return rows

    def _batch(self, batch: Batch, seconds: Optional[Batch], which: int) -> Vectors:
        values = np.empty((batch.count, len(self.labels)), np.float32)
        outputs: list[Optional[int]] = [None, None]
        outputs[which] = values.ctypes.data

        def body(cancellation: ctypes.c_void_p) -> None:
            call(
                "classify", self._handle, batch.struct, seconds.struct if seconds is not None else None, cancellation,
                *outputs, values.size, None)

        if batch.count:
            run(body)
        else:
            self._handle  # a closed classifier is an error without texts, too
        rows = np.empty((batch.rows, len(self.labels)), np.float32)
        _scatter(values, batch, rows)
        return rows
