"""Names and other spans in texts."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Optional, Union, overload

from . import _functions, _structs
from ._calls import run
from ._heads import Head
from ._library import call
from ._texts import Texts, batches, listed
from ._values import Path, named
from .model import Model

_AGGREGATIONS = {"none": 1, "simple": 2, "first": 3, "average": 4, "max": 5}


@dataclass(frozen=True)
class TaggedSpan:
    """A part of a text, its class, and the probability of the class, the mean over joined tokens or words. `start` and `end`
    are places in the str; `token` is the number of a token by itself among the text's, the special ones counted in."""

    label: str
    score: float
    text: str
    start: int
    end: int
    token: Optional[int] = None


class Tagger(Head):
    """Finds names and other spans in texts, by a model with a classifier of tokens, as transformers' token classification
    pipeline does. Any thread may call; calls wait for each other. Pickled by the model's path and these options.

    `aggregation_strategy`: "none" leaves tokens apart, "simple" joins neighbours of one class, "first", "average" and "max"
    decide word by word. `ignore_labels` are no spans. The other options are those of a `Classifier`.
    """

    _kind = "tagger"
    _struct = _structs.TaggerOptions

    def __init__(
        self, model: Union[Model, Path], *, aggregation_strategy: str = "simple",
        ignore_labels: Iterable[str] = ("O",), **options: Any,
    ) -> None:
        self.aggregation_strategy = aggregation_strategy
        self.ignore_labels = list(ignore_labels)
        (self._ignored,) = batches(self.ignore_labels, "ignore_labels")
        super().__init__(model, **options)
        self._options |= {"aggregation_strategy": aggregation_strategy, "ignore_labels": self.ignore_labels}

    def _own_fields(self) -> dict[str, Any]:
        return {
            "aggregation": named(self.aggregation_strategy, _AGGREGATIONS, "aggregation_strategy"),
            "ignored_labels": ctypes.pointer(self._ignored.struct)}

    @overload
    def __call__(self, texts: str) -> list[TaggedSpan]: ...  # type: ignore[overload-overlap]

    @overload
    def __call__(self, texts: Texts) -> list[list[TaggedSpan]]: ...

    def __call__(self, texts: Texts) -> Union[list[TaggedSpan], list[list[TaggedSpan]]]:
        """The spans of a text, or of each of several."""
        found = self.tag(texts)
        return found[0] if isinstance(texts, str) else found

    def tag(self, texts: Texts) -> list[list[TaggedSpan]]:
        """For each text its spans, in its order; none for nulls."""
        given = listed(texts)
        found: list[list[TaggedSpan]] = [[] for _ in given]
        places = [place for place, text in enumerate(given) if text is not None]
        (batch,) = batches([given[place] for place in places])

        def on_span(_user: Any, pointer: Any) -> int:
            span = pointer.contents
            place = places[span.index]
            found[place].append(
                TaggedSpan(
                    span.label.decode(), span.score, given[place][span.start:span.end], span.start, span.end,
                    span.token if span.token >= 0 else None))
            return 0

        callback = _functions.OnSpan(on_span)

        def body(cancellation: ctypes.c_void_p) -> None:
            call("tag", self._handle, batch.struct, cancellation, callback, None)

        run(body)
        return found
