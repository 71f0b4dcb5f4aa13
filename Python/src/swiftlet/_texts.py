"""Texts of every kind as swiftlet_texts: Arrow's arrays as they lie in memory, others as one UTF-8 buffer."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional, Union

import numpy as np

from . import _structs, errors
from ._values import text as text_bytes

if TYPE_CHECKING:
    import pyarrow as pa

#: What `encode` and others take: one text, or several.
Texts = Union[str, Sequence[str], "np.ndarray[Any, Any]", "pa.Array", "pa.ChunkedArray", Iterable[str]]


@dataclass
class Batch:
    """Texts for one call. `missing` marks nulls among the `rows` that were given; the call gets the others."""

    struct: _structs.Texts
    rows: int
    keeps: Any  # what the struct points at
    missing: Optional[np.ndarray[Any, np.dtype[np.bool_]]] = None

    @property
    def count(self) -> int:
        return int(self.struct.count)


def batches(texts: Texts, place: str = "texts") -> Iterator[Batch]:
    """The texts for one call after the other: a call for each chunk of a chunked array."""
    if isinstance(texts, str):
        yield _of_strings([texts], place, 0)
    elif isinstance(texts, (bytes, bytearray)):
        raise TypeError(f"{place} is {type(texts).__name__}: decode it to a str first")
    elif (arrow := _as_arrow(texts)) is not None:
        for chunk in arrow:
            yield _of_arrow(chunk, place)
    else:
        yield _of_objects(texts, place)


def listed(texts: Any) -> list[Any]:
    """Python's objects; nulls are None."""
    if isinstance(texts, str):
        return [texts]
    if hasattr(texts, "to_pylist"):
        return list(texts.to_pylist())
    values = texts.tolist() if isinstance(texts, np.ndarray) else list(texts)
    return [None if _is_missing(value) else value for value in values]


def row_count(texts: Texts) -> Optional[int]:
    """The number of texts; None where only reading them all would tell."""
    if isinstance(texts, str):
        return 1
    return len(texts) if isinstance(texts, Sized) else None


def _as_arrow(texts: Any) -> Optional[list[Any]]:
    """The chunks of what Arrow knows; None for all else. Whoever has such an array has imported pyarrow, but for those
    of other libraries (polars), which give theirs out by Arrow's C interface."""
    if "pyarrow" not in sys.modules and not hasattr(texts, "__arrow_c_stream__"):
        return None
    try:
        import pyarrow as pa
    except ImportError:
        return None
    if isinstance(texts, pa.Array):
        return [texts]
    if isinstance(texts, pa.ChunkedArray):
        return list(texts.chunks)
    if hasattr(texts, "__arrow_c_stream__") and not hasattr(texts, "columns"):
        return list(pa.chunked_array(texts).chunks)
    return None


def _of_arrow(array: Any, place: str) -> Batch:
    """A pyarrow array: string and large_string where they are, others converted."""
    import pyarrow as pa

    rows, missing = len(array), None
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        if not (pa.types.is_string_view(array.type) or pa.types.is_null(array.type)):
            raise TypeError(f"{place} is an Arrow array of {array.type}: give one of string")
        array = array.cast(pa.large_string())
    if array.null_count:
        missing = np.asarray(array.is_null())
        array = array.drop_null()
    count = len(array)
    _, offsets, data = array.buffers()
    if count == 0 or offsets is None:
        return Batch(_structs.Texts(), rows, None, missing)
    is_large = pa.types.is_large_string(array.type)
    address = offsets.address + array.offset * (8 if is_large else 4)
    struct = _structs.Texts(
        count=count, data=data.address if data is not None else ctypes.addressof(_NOTHING),
        data_size=data.size if data is not None else 0, **{"offsets64" if is_large else "offsets32": address})
    return Batch(struct, rows, (array, offsets, data), missing)


_NOTHING = ctypes.create_string_buffer(1)


def _of_objects(texts: Any, place: str) -> Batch:
    """A NumPy array of strings, or any iterable of str; None, NaN and pandas' NA are nulls."""
    if isinstance(texts, np.ndarray):
        if texts.ndim != 1:
            raise errors.ArgumentError(f"{place} has {texts.ndim} dimensions: give one", place)
        if texts.dtype.kind not in "UTOS":
            raise TypeError(f"{place} is a NumPy array of {texts.dtype}: give one of strings")
        values = texts.tolist()
        if texts.dtype.kind == "S":
            values = [_decoded(value, place, index) for index, value in enumerate(values)]
    else:
        values = texts if isinstance(texts, (list, tuple)) else list(texts)
    missing = np.fromiter((_is_missing(value) for value in values), np.bool_, len(values))
    if not missing.any():
        return _of_strings(values, place, 0)
    batch = _of_strings([value for value in values if not _is_missing(value)], place, 0)
    return Batch(batch.struct, len(values), batch.keeps, missing)


def _is_missing(value: Any) -> bool:
    if isinstance(value, str):
        return False
    return value is None or (isinstance(value, float) and value != value) or type(value).__name__ == "NAType"


def _decoded(value: bytes, place: str, index: int) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise errors.EncodingError(f"{place} {index} is not UTF-8: {error}", place, index) from None


def _of_strings(values: Sequence[str], place: str, first: int) -> Batch:
    encoded = [text_bytes(value, place, first + index) for index, value in enumerate(values)]
    offsets = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)), out=offsets[1:])
    data = b"".join(encoded)
    struct = _structs.Texts(
        count=len(encoded), data=ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p), data_size=len(data),
        offsets64=offsets.ctypes.data)
    return Batch(struct, len(encoded), (data, offsets))


def pieces(texts: Texts, size: int) -> Iterator[Any]:
    """The texts in slices of at most `size`, without copying those of arrays."""
    if isinstance(texts, str):
        yield [texts]
    elif hasattr(texts, "__len__") and (isinstance(texts, (list, tuple, np.ndarray)) or _as_arrow(texts) is not None):
        sliceable: Any = texts
        for start in range(0, len(sliceable), size):
            yield sliceable[start:start + size]
    else:
        piece: list[str] = []
        for text in texts:
            piece.append(text)
            if len(piece) == size:
                yield piece
                piece = []
        if piece:
            yield piece
