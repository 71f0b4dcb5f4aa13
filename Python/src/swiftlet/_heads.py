"""What classifiers, rerankers and taggers share: how they are opened, and pickled."""

from __future__ import annotations

from typing import Any, Optional, Union

from . import _structs
from ._handles import Closable
from ._values import Path, choice, count, named, option
from .adapter import AdapterList, Adapters
from .embedder import _OVERFLOWS
from .model import Model, as_model


class Head(Closable):
    """A model with a head for classes, and the options that it was opened with."""

    _struct: type[_structs.Sized] = _structs.ClassifierOptions

    def __init__(
        self, model: Union[Model, Path], *, threads: Optional[int] = None, max_tokens: Optional[int] = None,
        overflow: Optional[str] = None, batch_tokens: Optional[int] = None, parse_special: Optional[bool] = None,
        instruction_set: Optional[str] = None, adapters: Optional[Adapters] = None,
    ) -> None:
        self.model = as_model(model)
        loaded = AdapterList(adapters)
        self._options: dict[str, Any] = {
            "threads": threads, "max_tokens": max_tokens, "overflow": overflow, "batch_tokens": batch_tokens,
            "parse_special": parse_special, "instruction_set": instruction_set, "adapters": adapters}
        given = self._struct(
            threads=count(threads, "threads", 2**31), max_tokens=count(max_tokens, "max_tokens"),
            overflow=named(overflow, _OVERFLOWS, "overflow"),
            batch_tokens=count(batch_tokens, "batch_tokens", 2**31),
            instruction_set=option(instruction_set, "instruction_set"), parse_special=choice(parse_special),
            **loaded.fields, **self._own_fields())
        self._open(self.model._handle, given)

    def _own_fields(self) -> dict[str, Any]:
        """Fields of the options that other heads lack."""
        return {}

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.model, self._options)


def _rebuild(cls: type[Head], model: Model, options: dict[str, Any]) -> Head:
    return cls(model, **options)
