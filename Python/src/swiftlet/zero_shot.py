"""Classes of one's own."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any, Optional, Union, overload

import numpy as np

from . import _structs
from ._calls import run
from ._heads import Head
from ._library import call
from ._texts import Texts, batches
from ._values import count, option
from .classifier import Label
from .embedder import Vectors, _scatter

#: Labels, or one text with commas between them.
Labels = Union[str, Sequence[str]]


class ZeroShotClassifier(Head):
    """Tells which of any labels a text is about, by a model for inference (NLI), as transformers' zero-shot classification
    pipeline does. Any thread may call; calls wait for each other. The options are those of a `Classifier`. Pickled by the
    model's path and these options."""

    _kind = "zero_shot"

    def probabilities(
        self, texts: Texts, labels: Labels, *, multi_label: bool = False, hypothesis_template: Optional[str] = None,
    ) -> Vectors:
        """The probability of each label, float32 [texts, labels]; rows of NaN for nulls. With `multi_label` each label has
        its own, else they add up to 1. `hypothesis_template` has {} for the label: "This example is {}." """
        (wanted,) = batches(_labels(labels), "labels")
        given = _structs.ZeroShotOptions(
            multi_label=1 if multi_label else 2,
            hypothesis_template=option(hypothesis_template, "hypothesis_template"))
        found = []
        for batch in batches(texts):
            values = np.empty((batch.count, wanted.count), np.float32)

            def body(cancellation: ctypes.c_void_p) -> None:
                given.cancellation = cancellation
                call(
                    "zero_shot_classify", self._handle, batch.struct, wanted.struct, given, values.ctypes.data,
                    values.size, None)

            run(body)
            rows = np.empty((batch.rows, wanted.count), np.float32)
            _scatter(values, batch, rows)
            found.append(rows)
        return np.concatenate(found) if found else np.empty((0, wanted.count), np.float32)

    def classify(
        self, texts: Texts, labels: Labels, *, multi_label: bool = False, hypothesis_template: Optional[str] = None,
        top_k: Optional[int] = None,
    ) -> list[list[Label]]:
        """For each text the labels, the most probable first, the first of equals first; none for nulls. The options are those
        of `probabilities`."""
        names, limit = _labels(labels), count(top_k, "top_k") or None
        rows = self.probabilities(texts, names, multi_label=multi_label, hypothesis_template=hypothesis_template)
        return [
            [] if np.isnan(row).any() else
            [Label(names[int(index)], float(row[index])) for index in np.argsort(-row, kind="stable")[:limit]]
            for row in rows]

    @overload
    def __call__(self, texts: str, labels: Labels, **options: Any) -> list[Label]: ...

    @overload
    def __call__(self, texts: Texts, labels: Labels, **options: Any) -> list[list[Label]]: ...

    def __call__(self, texts: Texts, labels: Labels, **options: Any) -> Union[list[Label], list[list[Label]]]:
        """`classify` of a text, or of each of several."""
        found = self.classify(texts, labels, **options)
        return found[0] if isinstance(texts, str) else found


def _labels(labels: Labels) -> list[str]:
    return [label.strip() for label in labels.split(",") if label.strip()] if isinstance(labels, str) else list(labels)
