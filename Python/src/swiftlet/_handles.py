"""What all objects of the library share: they are closed once, by `close()`, `with`, or the garbage collector."""

from __future__ import annotations

import ctypes
import weakref
from typing import Any, Callable, TypeVar

from . import errors
from ._calls import run
from ._library import call, lib

Self = TypeVar("Self", bound="Closable")


class Closable:
    """Owns a handle. One that a call is using lives until the call returns."""

    _kind = ""

    def _open(self, *arguments: Any) -> None:
        """Calls swiftlet_<kind>_open."""
        self._own(lambda _, out: call(self._kind + "_open", *arguments, out))

    def _own(self, body: Callable[[ctypes.c_void_p, Any], object]) -> None:
        """Calls `body` with a cancellation and the place for a handle; on a thread, so that no signal's exception is lost
        in the log's callback."""
        handle = ctypes.c_void_p()
        run(lambda cancellation: body(cancellation, ctypes.byref(handle)))
        self._pointer = handle
        release: Callable[[ctypes.c_void_p], None] = getattr(lib, f"swiftlet_{self._kind}_release")
        self._finalizer = weakref.finalize(self, release, handle)
        self._finalizer.atexit = False  # the process's end gives all back; a thread may use it until then

    @property
    def _handle(self) -> ctypes.c_void_p:
        if self.closed:
            raise errors.HandleError(f"the {self._kind} is closed", self._kind)
        return self._pointer

    @property
    def closed(self) -> bool:
        """Whether `close()` was called, or opening failed."""
        finalizer = self.__dict__.get("_finalizer")
        return finalizer is None or not finalizer.alive

    def close(self) -> None:
        """Gives the memory back; a second time does nothing."""
        finalizer = self.__dict__.get("_finalizer")
        if finalizer is not None:
            finalizer()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
