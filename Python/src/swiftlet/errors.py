"""What the library refuses, as exceptions: a class for each status of swiftlet.h."""

from __future__ import annotations

from typing import ClassVar, Optional


class SwiftletError(Exception):
    """A call failed. `place` names what is wrong (an argument, a file's path), `index` which text, token or byte."""

    code: ClassVar[int] = 0

    def __init__(self, message: str, place: str = "", index: Optional[int] = None) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.index = index

    def __reduce__(self) -> tuple[type[SwiftletError], tuple[str, str, Optional[int]]]:
        return type(self), (self.message, self.place, self.index)


class ArgumentError(SwiftletError, ValueError):
    """A value is out of range."""

    code = 1


class HandleError(SwiftletError):
    """The object was closed."""

    code = 2


class EncodingError(SwiftletError, ValueError):
    """A text is not UTF-8, or a `str` holds half of a surrogate pair."""

    code = 3


class BufferTooSmallError(SwiftletError):
    """The array for results is too small."""

    code = 4


class BusyError(SwiftletError):
    """Another call is using the object."""

    code = 5


class ForkedError(SwiftletError):
    """A call was using the object when this process was forked off."""

    code = 6


class CancelledError(SwiftletError):
    """The call was cancelled."""

    code = 7


class FileError(SwiftletError, OSError):
    """A file cannot be read or written, or is not what it should be."""

    code = 8

    def __str__(self) -> str:
        return self.message


class ModelError(SwiftletError):
    """The model cannot be run, or cannot do this."""

    code = 9


class TokenizerError(SwiftletError):
    """The model's vocabulary cannot be used."""

    code = 10


class ContextFullError(SwiftletError, ValueError):
    """More tokens than the context holds."""

    code = 11


class NoMemoryError(SwiftletError, MemoryError):
    """The system has no memory left for it."""

    code = 12


class NotFoundError(SwiftletError, LookupError):
    """There is nothing of that name or number."""

    code = 13


BY_CODE: dict[int, type[SwiftletError]] = {
    error.code: error
    for error in (
        ArgumentError, HandleError, EncodingError, BufferTooSmallError, BusyError, ForkedError, CancelledError,
        FileError, ModelError, TokenizerError, ContextFullError, NoMemoryError, NotFoundError)
}
