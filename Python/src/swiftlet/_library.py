"""Loads libswiftlet, and calls its functions: a status becomes an exception."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import logging
import os
from typing import Any

from . import _functions, errors

#: The interface (SWIFTLET_ABI_VERSION) that this package was written for.
ABI_VERSION = 0

logger = logging.getLogger("swiftlet")


def _path() -> str:
    inside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "libswiftlet.so.0")
    return os.environ.get("SWIFTLET_LIBRARY") or inside


def _load() -> Any:
    path = _path()
    try:
        loaded = ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(
            f"libswiftlet cannot be loaded: {error}; build it with CSupport/Library/install --build --static-zstd, "
            "and name its file in SWIFTLET_LIBRARY", path=path) from error
    loaded.swiftlet_abi_version.restype = ctypes.c_uint32
    if loaded.swiftlet_abi_version() != ABI_VERSION:
        raise ImportError(
            f"{path} has version {loaded.swiftlet_abi_version()} of the interface, this package needs {ABI_VERSION}",
            path=path)
    try:
        _functions.declare(loaded)
    except AttributeError as error:
        raise ImportError(f"{path} is too old for this package: {error}", path=path) from error
    return loaded


lib: Any = _load()


def call(name: str, *arguments: Any) -> int:
    """Calls a function that can fail; its status is 0 or that of a warning."""
    error = ctypes.c_void_p()
    status: int = getattr(lib, "swiftlet_" + name)(*arguments, ctypes.byref(error))
    if status > 0:
        raise failure(status, error)
    return status


def failure(status: int, error: ctypes.c_void_p) -> errors.SwiftletError:
    """The exception of an error object, which is released."""
    try:
        message = (lib.swiftlet_error_message(error) or lib.swiftlet_status_name(status)).decode()
        place = lib.swiftlet_error_place(error).decode()
        index = lib.swiftlet_error_index(error)
    finally:
        lib.swiftlet_error_release(error)
    return errors.BY_CODE.get(status, errors.SwiftletError)(message, place, index if index >= 0 else None)


def take_buffer(buffer: ctypes.c_void_p) -> bytes:
    """The bytes of a buffer, which is released."""
    try:
        size: int = lib.swiftlet_buffer_size(buffer)
        return ctypes.string_at(lib.swiftlet_buffer_data(buffer), size) if size else b""
    finally:
        lib.swiftlet_buffer_release(buffer)


def read_text(name: str, *arguments: Any) -> str:
    """The text of a function that writes one to (buffer, capacity, needed)."""
    needed = ctypes.c_size_t()
    call(name, *arguments, None, 0, ctypes.byref(needed))
    while True:
        capacity = needed.value + 1
        buffer = ctypes.create_string_buffer(capacity)
        try:
            call(name, *arguments, buffer, capacity, ctypes.byref(needed))
        except errors.BufferTooSmallError:  # another thread made it longer
            continue
        return ctypes.string_at(buffer, needed.value).decode()


def has(feature: str) -> bool:
    """Whether the library can do something: the names are those of `swiftlet_has` in swiftlet.h."""
    return bool(lib.swiftlet_has(feature.encode()))


def version() -> str:
    """The library's version."""
    text: str = lib.swiftlet_version().decode()
    return text


_LEVELS = {1: logging.INFO, 2: logging.WARNING}


def _log(_user: Any, level: int, category: bytes, message: bytes) -> None:
    # ctypes takes the GIL before it calls this. Nobody is there to catch the exception of a handler.
    with contextlib.suppress(Exception):
        logger.getChild(category.decode()).log(_LEVELS.get(level, logging.INFO), "%s", message.decode())


_hook = _functions.OnLog(_log)  # must live as long as the library calls it
lib.swiftlet_set_log(_hook, None)
atexit.register(lib.swiftlet_set_log, _functions.OnLog(), None)
