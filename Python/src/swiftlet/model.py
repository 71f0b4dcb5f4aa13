"""Model files."""

from __future__ import annotations

import ctypes
import os
import threading
import weakref
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from . import _structs, errors
from ._handles import Closable
from ._library import call, lib, read_text
from ._values import Path, path as path_bytes, text as text_bytes

if TYPE_CHECKING:
    from .trace import Trace

_KINDS = {1: "decoder", 2: "encoder", 3: "speech", 4: "text-to-text"}


class Model(Closable):
    """A model file, open and checked: GGUF, or whisper.cpp's ggml-*.bin. Opening takes milliseconds, since the weights
    stay in the file; it never changes, and any number of threads and objects share one. Pickled by its path."""

    _kind = "model"

    def __init__(self, path: Path) -> None:
        self.path = os.path.abspath(os.fspath(path))
        self._open(path_bytes(self.path, "path"), None)
        info = _structs.ModelInfo()
        call("model_get_info", self._handle, ctypes.byref(info))
        #: "decoder", "encoder", "speech" or "text-to-text".
        self.kind: str = _KINDS.get(info.kind, "other")
        #: GGUF's name of the architecture, such as "llama".
        self.architecture: str = info.architecture.decode()
        #: Maximum number of tokens of a session or a text.
        self.context_length: int = info.context_length
        self.vocabulary_size: int = info.vocabulary_size
        self.hidden_size: int = info.hidden_size
        #: Size of the weights in bytes.
        self.tensor_bytes: int = info.tensor_bytes
        self._metadata_count: int = info.metadata_count

    @classmethod
    def shared(cls, path: Path) -> Model:
        """The one open model of this file in this process, opened when there is none."""
        with _shared.lock:
            key = _identity(path)
            model = _shared.models.get(key)
            if model is None or model.closed:
                model = _shared.models[key] = cls(path)
            return model

    def __reduce__(self) -> tuple[Any, ...]:
        return Model.shared, (self.path,)

    def __repr__(self) -> str:
        return f"<swiftlet.Model {self.path!r}: {self.architecture}, {self.kind}>"

    @property
    def metadata(self) -> dict[str, str]:
        """All pairs of the file's metadata as text; arrays are abbreviated."""
        return {key: self.metadata_value(key) for key in self.metadata_keys()}

    def metadata_keys(self) -> Iterator[str]:
        for index in range(self._metadata_count):
            yield read_text("model_metadata_key", self._handle, index)

    def metadata_value(self, key: str) -> str:
        """One value of the metadata; NotFoundError, a LookupError, where there is no such key."""
        return read_text("model_metadata", self._handle, text_bytes(key, "key"))

    def tokenize(self, text: str, *, special: bool = True, parse_special: bool = False) -> list[int]:
        """The tokens of a text. `special`: with the tokens that the model expects around a text. `parse_special`:
        control tokens that the text spells become these tokens; not for what others write to a decoder."""
        data = text_bytes(text, "text")
        flags = (0 if special else 1) | (2 if parse_special else 0)
        # A token has at least one byte, but those around the text: mostly one call is enough.
        capacity = len(data) + 8
        needed = ctypes.c_size_t()
        while True:
            tokens = np.empty(capacity, np.int32)
            try:
                call(
                    "tokenize", self._handle, data, len(data), flags, tokens.ctypes.data, capacity,
                    ctypes.byref(needed))
            except errors.BufferTooSmallError:
                capacity = needed.value
                continue
            found: list[int] = tokens[: needed.value].tolist()
            return found

    def detokenize(self, tokens: Union[Sequence[int], np.ndarray[Any, Any]], *, special: bool = False) -> str:
        """The text of tokens. `special`: control tokens are spelled out."""
        ids = token_array(tokens)
        return read_text("detokenize", self._handle, ids.ctypes.data, len(ids), 1 if special else 0)

    def trace(self, text: Union[str, Sequence[int], np.ndarray[Any, Any]], **options: Any) -> Trace:
        """What the model computes on a text or some tokens: attention, hidden states, predictions of its layers. The
        options are those of `Trace`."""
        from .trace import Trace

        return Trace(self, text, **options)

    def is_end(self, token: int) -> bool:
        """Whether a model that gives this token has nothing more to say."""
        return bool(lib.swiftlet_token_is_end(self._handle, token))


def token_array(tokens: Union[Sequence[int], np.ndarray[Any, Any]]) -> np.ndarray[Any, np.dtype[np.int32]]:
    """int32, one after the other."""
    given = np.asarray(tokens if len(tokens) else [], dtype=np.int64)
    if given.ndim != 1:
        raise errors.ArgumentError(f"tokens have {given.ndim} dimensions: give one", "tokens")
    if given.size and not -(2**31) <= int(given.min()) <= int(given.max()) < 2**31:
        raise errors.ArgumentError("a token does not fit 32 bits", "tokens")
    return np.ascontiguousarray(given, dtype=np.int32)


def as_model(model: Union[Model, Path]) -> Model:
    """A model, or the shared one of a path."""
    return model if isinstance(model, Model) else Model.shared(model)


class _Shared:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.models: weakref.WeakValueDictionary[tuple[object, ...], Model] = weakref.WeakValueDictionary()


_shared = _Shared()


def _renew_lock() -> None:
    """In a forked child: another thread may have held it. The parent's models are the child's, too."""
    _shared.lock = threading.Lock()


os.register_at_fork(after_in_child=_renew_lock)


def _identity(path: Path) -> tuple[object, ...]:
    """Which file it is now: one that was replaced is another."""
    full = os.path.realpath(path)
    try:
        status = os.stat(full)
    except OSError:
        return (full,)  # opening tells what is wrong
    return full, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
