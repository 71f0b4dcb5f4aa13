"""The ids of rows as numbers that can be sorted, searched and mapped: integers as they are, texts as digests."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pyarrow as pa

from .. import errors

#: int64, or 16 bytes of BLAKE2b.
Keys = np.ndarray[Any, Any]


def keys(table: Any, name: str) -> Keys:
    """A key for each row."""
    if name not in table.column_names:
        raise errors.ArgumentError(
            f"there is no id column {name!r}: there are {', '.join(table.column_names)}", "id_column")
    column = table.column(name)
    if column.null_count:
        raise errors.ArgumentError(f"{column.null_count} ids of the column {name!r} are null", "id_column")
    kind = column.type
    if pa.types.is_integer(kind):
        found: Keys = column.cast(pa.int64()).to_numpy()
        return found
    if any(test(kind) for test in (
        pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    ):
        values = column.cast(pa.large_binary()).to_pylist()
        return np.array([hashlib.blake2b(value, digest_size=16).digest() for value in values], "S16")
    raise errors.ArgumentError(f"ids of the type {kind} are not possible: use integers or strings", "id_column")


def contains(sorted_keys: Keys, wanted: Keys) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which of the wanted keys are among the sorted ones."""
    if not len(sorted_keys) or not len(wanted):
        return np.zeros(len(wanted), np.bool_)
    if sorted_keys.dtype != wanted.dtype:
        raise errors.ArgumentError("the ids are of another type than those of the output that is there", "id_column")
    places = np.minimum(np.searchsorted(sorted_keys, wanted), len(sorted_keys) - 1)
    found: np.ndarray[Any, np.dtype[np.bool_]] = sorted_keys[places] == wanted
    return found


def part_name(wanted: Keys) -> str:
    """The name of the file for rows with these keys: whoever computes them again writes the same file."""
    return f"part-{hashlib.blake2b(wanted.tobytes(), digest_size=12).hexdigest()}.parquet"


def new_ones(sorted_keys: Keys, parts: list[Keys]) -> list[np.ndarray[Any, np.dtype[np.bool_]]]:
    """For each part, which of its keys are neither among the sorted ones nor in a part before it."""
    if not parts:
        return []
    if len({part.dtype for part in parts}) > 1:
        raise errors.ArgumentError("some ids are integers and some are texts", "id_column")
    every = np.concatenate(parts)
    is_new = np.zeros(len(every), np.bool_)
    is_new[np.unique(every, return_index=True)[1]] = True
    is_new &= ~contains(sorted_keys, every)
    return np.split(is_new, np.cumsum([len(part) for part in parts])[:-1])
