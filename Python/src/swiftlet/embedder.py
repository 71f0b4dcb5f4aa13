"""Vectors of texts."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Optional, Union

import numpy as np
import numpy.typing as npt

from . import _structs, errors
from ._calls import run
from ._handles import Closable
from ._library import call
from ._texts import Batch, Texts, batches, pieces, row_count
from ._values import Path, choice, count, named, option, path as path_bytes, text as text_bytes
from .adapter import AdapterList, Adapters
from .model import Model, as_model

if TYPE_CHECKING:
    import pyarrow as pa

Vectors = npt.NDArray[np.float32]
_POOLINGS = {"mean": 1, "cls": 2, "last": 3, "max": 4}
_OVERFLOWS = {"error": 1, "truncate": 2}
_ROLES = {"plain": 0, "query": 1, "passage": 2, "document": 2}
_PROMPTS = {"query": "query_prefix", "passage": "passage_prefix", "document": "passage_prefix"}

#: Texts of a call while progress is shown, and of `encode_iter`.
PIECE = 256


class Embedder(Closable):
    """Makes vectors of texts with an encoder, a decoder, or the encoder of a text-to-text model.

    `prompts` stand before texts by their role: `{"query": "query: ", "passage": "passage: "}`; others are those of the
    sidecar, a folder in sentence-transformers' layout. Any thread may call; calls wait for each other. A text's vector
    is bit-identical alone and among others, for any number of threads. Pickled by the model's path and these options.
    """

    _kind = "embedder"

    def __init__(
        self, model: Union[Model, Path], *, threads: Optional[int] = None, pooling: Optional[str] = None,
        normalize: Optional[bool] = None, dimensions: Optional[int] = None,
        prompts: Optional[Mapping[str, str]] = None, max_tokens: Optional[int] = None,
        overflow: Optional[str] = None, batch_tokens: Optional[int] = None, sidecar: Optional[Path] = None,
        parse_special: Optional[bool] = None, instruction_set: Optional[str] = None,
        adapters: Optional[Adapters] = None,
    ) -> None:
        self.model = as_model(model)
        loaded = AdapterList(adapters)
        self._options = {
            "threads": threads, "pooling": pooling, "normalize": normalize, "dimensions": dimensions,
            "prompts": dict(prompts) if prompts else None, "max_tokens": max_tokens, "overflow": overflow,
            "batch_tokens": batch_tokens, "sidecar": sidecar, "parse_special": parse_special,
            "instruction_set": instruction_set, "adapters": adapters}
        prefixes = {}
        for role, prompt in (prompts or {}).items():
            if role not in _PROMPTS:
                raise errors.ArgumentError(f"prompts has {role!r}: use query and passage", "prompts")
            prefixes[_PROMPTS[role]] = option(prompt, "prompts")
        given = _structs.EmbedderOptions(
            threads=count(threads, "threads", 2**31), pooling=named(pooling, _POOLINGS, "pooling"),
            normalize=choice(normalize), dimensions=count(dimensions, "dimensions"),
            max_tokens=count(max_tokens, "max_tokens"), overflow=named(overflow, _OVERFLOWS, "overflow"),
            batch_tokens=count(batch_tokens, "batch_tokens", 2**31),
            sidecar=None if sidecar is None else path_bytes(sidecar, "sidecar"),
            instruction_set=option(instruction_set, "instruction_set"), parse_special=choice(parse_special),
            **loaded.fields, **prefixes)
        self._open(self.model._handle, given)
        info = _structs.EmbedderInfo()
        call("embedder_get_info", self._handle, ctypes.byref(info))
        #: Elements of a vector.
        self.dimensions: int = info.dimensions
        #: Maximum number of tokens of a text.
        self.max_tokens: int = info.max_tokens
        self.threads: int = info.threads
        self.instruction_set: str = info.instruction_set.decode()

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.model, self._options)

    def encode(
        self, texts: Texts, *, role: Optional[str] = None, out: Optional[Vectors] = None,
        show_progress_bar: bool = False,
    ) -> Vectors:
        """The vectors of texts, float32 [texts, dimensions]; of one str, [dimensions].

        `role`: "query", "passage", or None, which puts no prompt before a text. `out`: a C-contiguous float32 array of
        the result's shape, which is filled and returned. A null (None, NaN, Arrow's null) has a row of NaN.
        """
        is_one = isinstance(texts, str)
        number = row_count(texts)
        if number is None:
            texts = list(texts)
            number = len(texts)
        shape = (number, self.dimensions)
        if out is None:
            vectors = np.empty(shape, np.float32)
        else:
            vectors = _checked(out, (self.dimensions,) if is_one else shape).reshape(shape)
        kind = named(role, _ROLES, "role")
        row = 0
        for piece in _with_progress(texts, number) if show_progress_bar else (texts,):
            for batch in batches(piece):
                rows = vectors[row:row + batch.rows]
                self._embed(batch, kind, rows, row)
                row += batch.rows
        if out is not None:
            return out
        return vectors[0] if is_one else vectors

    def encode_arrow(
        self, texts: Texts, *, role: Optional[str] = None, show_progress_bar: bool = False
    ) -> pa.FixedSizeListArray:
        """The vectors as an Arrow array of float32 lists of the fixed size `dimensions`, over the memory of
        `encode`'s array. A null has a null."""
        import pyarrow as pa

        many: Any = [texts] if isinstance(texts, str) else texts
        if row_count(many) is None:
            many = list(many)
        missing = [batch.missing if batch.missing is not None else np.zeros(batch.rows, np.bool_)
                   for batch in batches(many)]
        vectors = self.encode(many, role=role, show_progress_bar=show_progress_bar)
        mask = np.concatenate(missing) if missing else np.zeros(0, np.bool_)
        return pa.FixedSizeListArray.from_arrays(
            pa.array(vectors.reshape(-1)), self.dimensions, mask=pa.array(mask) if mask.any() else None)

    def encode_iter(self, texts: Texts, *, role: Optional[str] = None, batch_size: int = PIECE) -> Iterator[Vectors]:
        """The vector of each text of an iterable, which may be endless; `batch_size` texts are read ahead."""
        for piece in pieces(texts, count(batch_size, "batch_size")):
            yield from self.encode(piece, role=role)

    def similarity(self, text: str, others: Texts, *, role: Optional[str] = None) -> Vectors:
        """The cosines of a text with others, [others]. `role` is the others'; with "passage" the text is a query."""
        query = text_bytes(text, "text")
        kind = named(role, _ROLES, "role")
        found = []
        for batch in batches([others] if isinstance(others, str) else others, "others"):
            cosines = np.empty(batch.count, np.float32)

            def body(cancellation: ctypes.c_void_p) -> None:
                options = _structs.EmbedOptions(role=kind, cancellation=cancellation)
                call(
                    "similarity", self._handle, query, len(query), batch.struct, options, cosines.ctypes.data,
                    cosines.size, None)

            run(body)
            rows = np.empty(batch.rows, np.float32)
            _scatter(cosines, batch, rows)
            found.append(rows)
        return np.concatenate(found) if found else np.empty(0, np.float32)

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, with those that the model puts around it and no prompt."""
        return len(self.model.tokenize(text))

    def _embed(self, batch: Batch, role: int, rows: Vectors, first: int) -> None:
        vectors = rows if batch.missing is None else np.empty((batch.count, self.dimensions), np.float32)

        def body(cancellation: ctypes.c_void_p) -> None:
            options = _structs.EmbedOptions(role=role, cancellation=cancellation)
            call("embed", self._handle, batch.struct, options, vectors.ctypes.data, vectors.size, None)

        try:
            if batch.count:
                run(body)
            else:
                self._handle  # a closed embedder is an error without texts, too
        except errors.SwiftletError as error:
            if error.index is not None and (first or batch.missing is not None):
                row = error.index if batch.missing is None else int(np.flatnonzero(~batch.missing)[error.index])
                raise type(error)(f"{error.message} (row {first + row})", error.place, first + row) from None
            raise
        if vectors is not rows:
            _scatter(vectors, batch, rows)


def _scatter(values: Vectors, batch: Batch, rows: Vectors) -> None:
    """Puts the values of a batch at its rows; NaN at nulls."""
    if batch.missing is None:
        rows[...] = values
    else:
        rows[batch.missing] = np.nan
        rows[~batch.missing] = values


def _checked(out: Vectors, shape: tuple[int, ...]) -> Vectors:
    if not isinstance(out, np.ndarray) or out.dtype != np.float32:
        raise TypeError("out is no NumPy array of float32")
    if out.shape != shape or not out.flags.c_contiguous or not out.flags.writeable:
        raise errors.ArgumentError(f"out has the shape {out.shape}: give a C-contiguous, writable {shape}", "out")
    return out


def _with_progress(texts: Texts, number: int) -> Iterator[Any]:
    """The texts piece by piece, with a bar on standard error by tqdm."""
    try:
        from tqdm.auto import tqdm
    except ImportError:
        raise ImportError("show_progress_bar needs tqdm: pip install tqdm") from None
    with tqdm(total=number, unit="texts") as bar:
        for piece in pieces(texts, PIECE):
            yield piece
            bar.update(len(piece))


def _rebuild(cls: type[Embedder], model: Model, options: dict[str, Any]) -> Embedder:
    return cls(model, **options)
