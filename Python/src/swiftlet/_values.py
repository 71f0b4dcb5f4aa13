"""Python's values as C has them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Optional, Union

from . import errors

Path = Union[str, "os.PathLike[str]"]


def text(value: str, place: str, index: Optional[int] = None) -> bytes:
    """UTF-8; `place` and `index` tell an error's place."""
    if not isinstance(value, str):
        raise TypeError(f"{place} is {type(value).__name__}: give a str")
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        which = "" if index is None else f" {index}"
        raise errors.EncodingError(f"{place}{which} is not UTF-8: {error}", place, index) from None


def option(value: Optional[str], place: str) -> Optional[bytes]:
    """UTF-8 that ends at a zero."""
    if value is None:
        return None
    encoded = text(value, place)
    if 0 in encoded:
        raise errors.ArgumentError(f"{place} has a zero in it", place)
    return encoded


def path(value: Path, place: str) -> bytes:
    encoded = os.fsencode(value)
    if not encoded or 0 in encoded:
        raise errors.ArgumentError(f"{place} is empty or has a zero in it", place)
    return encoded


def choice(value: Optional[bool]) -> int:
    """SWIFTLET_DEFAULT, SWIFTLET_YES, SWIFTLET_NO."""
    return 0 if value is None else 1 if value else 2


def named(value: Optional[str], names: Mapping[str, int], place: str) -> int:
    """The number of a name; 0, which is the default, for None."""
    if value is None:
        return 0
    if value not in names:
        raise errors.ArgumentError(f"{place} is {value!r}: use one of {', '.join(names)}", place)
    return names[value]


def count(value: Optional[int], place: str, maximum: int = 2**63 - 1) -> int:
    """A number that is positive; 0, which is the default, for None."""
    if value is None:
        return 0
    if not 1 <= value <= maximum:
        raise errors.ArgumentError(f"{place} is {value}: use 1 to {maximum}, or None", place)
    return int(value)


def json_text(value: Any, place: str) -> Optional[bytes]:
    """JSON of a str that is JSON, of what `json.dumps` takes, or the schema of a pydantic model."""
    if value is None:
        return None
    if hasattr(value, "model_json_schema"):
        value = value.model_json_schema()
    return option(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), place)
