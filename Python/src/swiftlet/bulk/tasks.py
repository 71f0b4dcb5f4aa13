"""What becomes of a column. Tasks are small values that go to the workers by pickle; a worker opens them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Callable, ClassVar, Optional

import pyarrow as pa

from .. import errors
from ..embedder import Embedder
from ..transcriber import Transcriber
from ..translator import Translator

#: What a task makes of an array: as many results, of the task's type.
Function = Callable[[Any], Any]

#: Options that change no result: a job may go on with others.
_FREE_OPTIONS = {"threads", "batch_tokens", "batch_size", "instruction_set"}


@dataclass(frozen=True)
class Task:
    """`column` of the input becomes the new column `output`. `model` is a path that every node has; `options` are those
    of `Embedder`, `Transcriber` or `Translator`."""

    model: str
    column: str
    output: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    #: The name of the new column, where `output` is empty.
    default_output: ClassVar[str] = ""
    #: The type of its elements in Spark's language.
    spark_type: ClassVar[str] = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "model", os.path.abspath(os.fspath(self.model)))
        object.__setattr__(self, "output", self.output or self.default_output)

    def open(self) -> Function:
        """Opens the model, in the process that uses it."""
        raise NotImplementedError

    def with_threads(self, threads: int) -> Task:
        """The same with the option `threads`, where it has none."""
        return replace(self, options={"threads": threads, **self.options})

    def describe(self) -> dict[str, Any]:
        """What the results depend on, for the manifest of a checkpoint."""
        options = {key: value for key, value in self.options.items() if key not in _FREE_OPTIONS and value is not None}
        return {
            "task": type(self).__name__, "column": self.column, "output": self.output,
            "model": _fingerprint(self.model), "options": {key: str(options[key]) for key in sorted(options)}}


@dataclass(frozen=True)
class Embed(Task):
    """A text becomes its vector, a null a null. Texts with more tokens than the model takes are cut: `overflow="error"`
    among the options makes them an error."""

    role: Optional[str] = None

    default_output: ClassVar[str] = "embedding"
    spark_type: ClassVar[str] = "array<float>"

    def open(self) -> Function:
        embedder = Embedder(self.model, **{"overflow": "truncate", **self.options})
        return lambda texts: embedder.encode_arrow(texts, role=self.role)

    def describe(self) -> dict[str, Any]:
        return {**super().describe(), "role": self.role or "plain"}


@dataclass(frozen=True)
class Translate(Task):
    """A text becomes another, a null a null; with `task="summarize"` its summary. Set `source` and `target`."""

    default_output: ClassVar[str] = "translation"
    spark_type: ClassVar[str] = "string"

    def open(self) -> Function:
        translator = Translator(self.model, **self.options)
        return lambda texts: pa.array(translator.translate(texts), pa.string())


@dataclass(frozen=True)
class Transcribe(Task):
    """The path of a WAV file becomes what is said in it, a null a null."""

    default_output: ClassVar[str] = "transcript"
    spark_type: ClassVar[str] = (
        "struct<text: string, language: string, duration: double, "
        "segments: array<struct<start: double, end: double, text: string>>>")
    arrow_type: ClassVar[Any] = pa.struct([
        ("text", pa.string()), ("language", pa.string()), ("duration", pa.float64()),
        ("segments", pa.list_(pa.struct([("start", pa.float64()), ("end", pa.float64()), ("text", pa.string())])))])

    def open(self) -> Function:
        transcriber = Transcriber(self.model, **self.options)

        def transcribe(path: Optional[str]) -> Optional[dict[str, Any]]:
            if path is None:
                return None
            segments, info = transcriber.transcribe(path)
            found = list(segments)
            return {
                "text": "".join(one.text for one in found).strip(), "language": info.language,
                "duration": info.duration,
                "segments": [{"start": one.start, "end": one.end, "text": one.text} for one in found]}

        return lambda paths: pa.array([transcribe(path) for path in paths.to_pylist()], self.arrow_type)


def _fingerprint(path: str) -> str:
    """Tells one model from another, without reading gigabytes: the size, and the first and the last MiB."""
    ends = 1 << 20
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            found = hashlib.blake2b(size.to_bytes(8, "little") + file.read(ends), digest_size=16)
            file.seek(max(size - ends, 0))
            found.update(file.read(ends))
    except OSError as error:
        raise errors.FileError(f"{path} cannot be read: {error}", path) from None
    return found.hexdigest()
