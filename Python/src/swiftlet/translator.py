"""Text to text: translations and summaries."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any, Optional, Union

import numpy as np

from . import _functions, _structs
from ._calls import run
from ._handles import Closable
from ._library import call
from ._texts import Batch, Texts, batches
from ._values import Path, choice, count, named, option
from .adapter import AdapterList, Adapters
from .model import Model, as_model
from .session import CACHES

_TASKS = {"translate": 0, "summarize": 1, "text": 2}
_EARLY_STOPPING = {"True": 1, "False": 2, "never": 3}


@dataclass(frozen=True)
class Translation:
    """What became of a text. `score`: the sum of the tokens' log-probabilities, divided by a power of their number;
    `pieces`: how many the text was cut into."""

    text: str
    score: float
    tokens: list[int]
    pieces: int


class Translator(Closable):
    """Turns texts into others with an encoder-decoder (Marian, NLLB, mBART, T5, BART, Pegasus). Any thread may call;
    calls wait for each other. Pickled by the model's path and these options.

    `source` and `target` are languages: codes ("de"), the model's own ("deu_Latn") or English names. `task` is
    "translate", "summarize", or "text" for the texts as they are. `beam_size`, and what the calls' options leave out, are
    what the model's file recommends.
    """

    _kind = "translator"

    def __init__(
        self, model: Union[Model, Path], *, source: Optional[str] = None, target: Optional[str] = None,
        task: str = "translate", beam_size: Optional[int] = None, batch_size: Optional[int] = None,
        threads: Optional[int] = None, cache_type: Optional[str] = None, recommended: Optional[bool] = None,
        instruction_set: Optional[str] = None,
        adapters: Optional[Adapters] = None,
    ) -> None:
        self.model = as_model(model)
        loaded = AdapterList(adapters)
        self._options = {
            "source": source, "target": target, "task": task, "beam_size": beam_size, "batch_size": batch_size,
            "threads": threads, "cache_type": cache_type, "recommended": recommended,
            "instruction_set": instruction_set, "adapters": adapters}
        given = _structs.TranslatorOptions(
            threads=count(threads, "threads", 2**31), to=option(target, "target"), task=named(task, _TASKS, "task"),
            beams=count(beam_size, "beam_size", 2**31), batch=count(batch_size, "batch_size", 2**31),
            cache_type=named(cache_type, CACHES, "cache_type"), recommended=choice(recommended),
            instruction_set=option(instruction_set, "instruction_set"), **loaded.fields,
            **{"from": option(source, "source")})
        self._open(self.model._handle, given)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.model, self._options)

    def translate(self, texts: Texts, **options: Any) -> list[Optional[str]]:
        """The best translation of each text, None for nulls; `options` as ``translate_n_best``."""
        return [found[0].text if found else None for found in self.translate_n_best(texts, 1, **options)]

    def translate_n_best(
        self, texts: Texts, n_best: int = 1, *, max_tokens: Optional[int] = None, min_tokens: Optional[int] = None,
        piece_tokens: Optional[int] = None, length_penalty: Optional[float] = None,
        repetition_penalty: Optional[float] = None, no_repeat_ngram_size: Optional[int] = None,
        early_stopping: Union[bool, str, None] = None,
    ) -> list[list[Translation]]:
        """The best translations of each text, best first; none for nulls. A text's do not depend on the others.

        The options have transformers' meaning; texts of more than `piece_tokens` tokens are cut behind sentences.
        """
        given = _structs.TranslateOptions(
            n_best=count(n_best, "n_best", 2**31), max_tokens=count(max_tokens, "max_tokens"),
            min_tokens=count(min_tokens, "min_tokens"), piece_tokens=count(piece_tokens, "piece_tokens"),
            length_penalty=length_penalty or 0, repetition_penalty=repetition_penalty or 0,
            no_repeat_ngram=count(no_repeat_ngram_size, "no_repeat_ngram_size", 2**31),
            early_stopping=named(
                None if early_stopping is None else str(early_stopping), _EARLY_STOPPING, "early_stopping"))
        found: list[list[Translation]] = []
        for batch in batches(texts):
            found += self._translate(batch, given)
        return found

    def _translate(self, batch: Batch, given: _structs.TranslateOptions) -> list[list[Translation]]:
        answers: list[list[Translation]] = [[] for _ in range(batch.count)]

        def on_translation(_user: Any, pointer: Any) -> int:
            item = pointer.contents
            text = ctypes.string_at(item.text, item.size).decode(errors="replace") if item.size else ""
            answers[item.index].append(
                Translation(text, item.score, item.tokens[: item.token_count], item.piece_count))
            return 0

        callback = _functions.OnTranslation(on_translation)

        def body(cancellation: ctypes.c_void_p) -> None:
            given.cancellation = cancellation
            call("translate", self._handle, batch.struct, given, callback, None)

        run(body)
        if batch.missing is None:
            return answers
        rows: list[list[Translation]] = [[] for _ in range(batch.rows)]
        for row, answer in zip(np.flatnonzero(~batch.missing), answers):
            rows[int(row)] = answer
        return rows


def _rebuild(cls: type[Translator], model: Model, options: dict[str, Any]) -> Translator:
    return cls(model, **options)
