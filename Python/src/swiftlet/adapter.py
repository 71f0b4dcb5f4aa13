"""LoRA adapters."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from typing import Any, Optional, Union

from . import errors
from ._handles import Closable
from ._values import Path, path as path_bytes
from .model import Model, as_model


class Adapter(Closable):
    """A LoRA adapter of a model, a GGUF file as llama.cpp has it: it changes what the model computes, not the model's
    weights. `swiftlet convert` makes one of a PEFT folder. Pickled by its path."""

    _kind = "adapter"

    def __init__(self, path: Path, model: Union[Model, Path]) -> None:
        self.model = as_model(model)
        self.path = os.path.abspath(os.fspath(path))
        self._open(self.model._handle, path_bytes(self.path, "path"))

    def __reduce__(self) -> tuple[Any, ...]:
        return Adapter, (self.path, self.model)

    def __repr__(self) -> str:
        return f"<swiftlet.Adapter {self.path!r}>"


#: One adapter, several, or pairs of an adapter and its scale.
Adapters = Union[Adapter, Sequence[Union[Adapter, "tuple[Adapter, float]"]]]


class AdapterList:
    """Adapters with their scales, as the library takes them."""

    def __init__(self, adapters: Optional[Adapters]) -> None:
        given = [adapters] if isinstance(adapters, Adapter) else list(adapters or ())
        pairs = [(one, 1.0) if isinstance(one, Adapter) else one for one in given]
        for pair in pairs:
            if not (isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], Adapter)):
                raise errors.ArgumentError(f"{pair!r} is no adapter: use Adapter(path, model), or a pair of one and its "
                                           "scale", "adapters")
        self.count = len(pairs)
        self._handles = (ctypes.c_void_p * self.count)(*(pair[0]._handle.value for pair in pairs))
        self._scales = (ctypes.c_float * self.count)(*(float(pair[1]) for pair in pairs))

    @property
    def arguments(self) -> tuple[Any, Any, int]:
        """Handles, scales, count. Pointers that are cast keep their arrays alive, in a struct's fields, too."""
        return (ctypes.cast(self._handles, ctypes.c_void_p) if self.count else None,
                ctypes.cast(self._scales, ctypes.c_void_p) if self.count else None, self.count)

    @property
    def fields(self) -> dict[str, Any]:
        """Of an options struct."""
        handles, scales, number = self.arguments
        return {"adapters": handles, "adapter_scales": scales, "adapter_count": number}
