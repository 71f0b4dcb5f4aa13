"""A decoder at work."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, Optional, Union

import numpy as np
import numpy.typing as npt

from . import _structs
from ._calls import run
from ._handles import Closable
from ._library import call, take_buffer
from ._values import Path, count, named, option, path as path_bytes, text as text_bytes
from .adapter import AdapterList, Adapters
from .generation import Completion, Options, Sampling, SamplingRequest, TextStream, complete, stream
from .model import Model, as_model, token_array

if TYPE_CHECKING:
    from typing_extensions import Unpack

CACHES = {"f32": 1, "f16": 2, "q8_0": 3}
Tokens = Union[Sequence[int], "np.ndarray[Any, Any]"]


@dataclass(frozen=True)
class SessionInfo:
    threads: int
    #: Tokens that it holds.
    position: int
    context_length: int
    vocabulary_size: int
    #: Size of the key/value cache in bytes once the whole context is used.
    cache_bytes: int
    cache_type: str
    has_logits: bool
    instruction_set: str


def session_options(
    threads: Optional[int], context_length: Optional[int], cache_type: Optional[str], step_tokens: Optional[int],
    instruction_set: Optional[str], adapters: Optional[AdapterList] = None,
) -> _structs.SessionOptions:
    return _structs.SessionOptions(
        threads=count(threads, "threads", 2**31), context_length=count(context_length, "context_length"),
        cache_type=named(cache_type, CACHES, "cache_type"), step_tokens=count(step_tokens, "step_tokens", 2**31),
        instruction_set=option(instruction_set, "instruction_set"), **(adapters.fields if adapters else {}))


class Stateful(Closable):
    """A session or a chat: one thread at a time uses it, and its state is kept by `save`, not by pickle."""

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} is not pickled: use save() and restore(), or make it where it is used")

    def save(self) -> bytes:
        """All that was computed, compressed."""
        buffer = ctypes.c_void_p()
        call(f"{self._kind}_save", self._handle, ctypes.byref(buffer))
        return take_buffer(buffer)

    def save_file(self, path: Path) -> None:
        """The same to a file, which is replaced once all is written."""
        call(f"{self._kind}_save_file", self._handle, path_bytes(path, "path"))

    def restore(self, state: bytes) -> None:
        """Goes on with a saved state of the same model and cache type."""
        call(f"{self._kind}_restore", self._handle, bytes(state), len(state))

    def restore_file(self, path: Path) -> None:
        call(f"{self._kind}_restore_file", self._handle, path_bytes(path, "path"))


class Session(Stateful):
    """Tokens go in, logits and text come out. Its memory is the key/value cache. One thread at a time: a second call at
    the same time is a BusyError."""

    _kind = "session"

    def __init__(
        self, model: Union[Model, Path], *, threads: Optional[int] = None, context_length: Optional[int] = None,
        cache_type: Optional[str] = None, step_tokens: Optional[int] = None, instruction_set: Optional[str] = None,
        adapters: Optional[Adapters] = None,
    ) -> None:
        self.model = as_model(model)
        self._open(
            self.model._handle,
            session_options(
                threads, context_length, cache_type, step_tokens, instruction_set, AdapterList(adapters)))

    def set_adapters(self, adapters: Optional[Adapters] = None) -> None:
        """Goes on with other adapters, or other scales of the same; None: with the model alone. The session keeps its
        tokens, but what they computed is computed again before the next ones. Logits are gone until then."""
        given = AdapterList(adapters)
        call("session_set_adapters", self._handle, *given.arguments)

    def complete(self, prompt: str, **options: Unpack[Options]) -> Completion:
        """Completes a prompt, which takes the place of what the session held; a common beginning is not computed
        again."""
        data = text_bytes(prompt, "prompt")
        return complete(options, lambda *rest: call("complete", self._handle, data, len(data), *rest))

    def stream(self, prompt: str, **options: Unpack[Options]) -> TextStream:
        """`complete`, piece by piece. The session is in use until the stream ends or is closed."""
        data = text_bytes(prompt, "prompt")
        return stream(options, lambda *rest: call("complete", self._handle, data, len(data), *rest))

    def generate(self, tokens: Tokens = (), **options: Unpack[Options]) -> Completion:
        """Generates text after the tokens that the session holds and these."""
        ids = token_array(tokens)
        return complete(options, lambda *rest: self._generate(ids, *rest))

    def generate_stream(self, tokens: Tokens = (), **options: Unpack[Options]) -> TextStream:
        ids = token_array(tokens)
        return stream(options, lambda *rest: self._generate(ids, *rest))

    def _generate(self, ids: npt.NDArray[np.int32], *rest: Any) -> None:
        call("session_generate", self._handle, ids.ctypes.data, len(ids), *rest)

    @property
    def info(self) -> SessionInfo:
        found = _structs.SessionInfo()
        call("session_get_info", self._handle, ctypes.byref(found))
        return SessionInfo(
            found.threads, found.position, found.context_length, found.vocabulary_size, found.cache_bytes,
            {number: name for name, number in CACHES.items()}.get(found.cache_type, "other"),
            bool(found.has_logits), found.instruction_set.decode())

    @property
    def tokens(self) -> list[int]:
        """The tokens that it holds."""
        ids = np.empty(self.info.position, np.int32)
        call("session_tokens", self._handle, ids.ctypes.data, len(ids), None)
        found: list[int] = ids.tolist()
        return found

    def prefill(self, tokens: Tokens) -> None:
        """Takes in tokens, and leaves the logits of the last one behind."""
        ids = token_array(tokens)
        run(lambda cancellation: call(
            "session_prefill", self._handle, ids.ctypes.data, len(ids), cancellation))

    def step(self, token: int) -> None:
        """Takes in one token."""
        call("session_step", self._handle, token)

    def logits(self, out: Optional[npt.NDArray[np.float32]] = None) -> npt.NDArray[np.float32]:
        """The logits after the last token, float32 [vocabulary_size]; NotFoundError where there are none."""
        size = self.model.vocabulary_size
        if out is None:
            out = np.empty(size, np.float32)
        elif out.dtype != np.float32 or not out.flags.c_contiguous or not out.flags.writeable:
            raise TypeError("out is no C-contiguous, writable NumPy array of float32")
        call("session_logits", self._handle, out.ctypes.data, out.size, None)
        return out

    def set_sampling(self, **options: Unpack[Sampling]) -> None:
        """Sets how `sample` chooses, and starts its random numbers."""
        given = SamplingRequest(options)
        call("session_set_sampling", self._handle, given.struct)

    def sample(self) -> int:
        """Chooses the next token by the logits; it is not taken in."""
        token = ctypes.c_int32()
        call("session_sample", self._handle, ctypes.byref(token))
        return token.value

    def rewind(self, position: int) -> None:
        """Forgets all tokens but the first `position`; the logits are gone."""
        call("session_rewind", self._handle, position)
