"""Speech to text."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any, Callable, Optional, Union

import numpy as np
import numpy.typing as npt

from . import _functions, _structs, errors
from ._calls import Stream
from ._handles import Closable
from ._library import call
from ._values import Path, choice, count, named, option, path as path_bytes
from .adapter import AdapterList, Adapters
from .model import Model, as_model
from .session import CACHES

_TASKS = {"transcribe": 2, "translate": 1}


@dataclass(frozen=True)
class Word:
    """A word with the space and the punctuation around it; seconds from the start of the sound."""

    start: float
    end: float
    word: str
    probability: float


@dataclass(frozen=True)
class Segment:
    """A stretch of speech; seconds from the start of the sound."""

    id: int
    start: float
    end: float
    text: str
    tokens: list[int]
    avg_logprob: float
    no_speech_prob: float
    words: Optional[list[Word]]


class SegmentStream(Stream[Segment, _structs.Transcription]):
    """The segments as they are found."""


class TranscriptionInfo:
    """What is known of a sound at its end: reading a value waits for that."""

    def __init__(self, stream: SegmentStream) -> None:
        self._stream = stream

    @property
    def language(self) -> str:
        """The language's code; "" where there was nothing to hear."""
        found: str = self._stream.result.language.decode()
        return found

    @property
    def language_probability(self) -> float:
        """0 where the language was given."""
        return float(self._stream.result.language_probability)

    @property
    def duration(self) -> float:
        """Seconds of sound."""
        return float(self._stream.result.duration)


class Transcriber(Closable):
    """Turns speech to text with a Whisper model. The names of the options are those of faster-whisper. Any thread may
    call; calls wait for each other. Pickled by the model's path and these options."""

    _kind = "transcriber"

    def __init__(
        self, model: Union[Model, Path], *, threads: Optional[int] = None, language: Optional[str] = None,
        task: str = "transcribe", beam_size: int = 1, initial_prompt: Optional[str] = None,
        word_timestamps: bool = False, without_timestamps: bool = False, temperature_fallback: bool = True,
        condition_on_previous_text: bool = False, skip_silence: bool = False, cache_type: Optional[str] = None,
        seed: int = 0, instruction_set: Optional[str] = None,
        adapters: Optional[Adapters] = None,
    ) -> None:
        self.model = as_model(model)
        loaded = AdapterList(adapters)
        self._options = {
            "threads": threads, "language": language, "task": task, "beam_size": beam_size,
            "initial_prompt": initial_prompt, "word_timestamps": word_timestamps,
            "without_timestamps": without_timestamps, "temperature_fallback": temperature_fallback,
            "condition_on_previous_text": condition_on_previous_text, "skip_silence": skip_silence,
            "cache_type": cache_type, "seed": seed, "instruction_set": instruction_set, "adapters": adapters}
        given = _structs.TranscriberOptions(
            threads=count(threads, "threads", 2**31), language=option(language, "language"),
            prompt=option(initial_prompt, "initial_prompt"), translate=named(task, _TASKS, "task"),
            times=choice(not without_timestamps), words=choice(word_timestamps),
            beams=count(beam_size, "beam_size", 2**31), fallback=choice(temperature_fallback),
            condition_on_previous=choice(condition_on_previous_text), skip_silence=choice(skip_silence),
            cache_type=named(cache_type, CACHES, "cache_type"), seed=seed,
            instruction_set=option(instruction_set, "instruction_set"), **loaded.fields)
        self._open(self.model._handle, given)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.model, self._options)

    def transcribe(
        self, audio: Union[Path, npt.NDArray[Any]], *, sample_rate: int = 16_000, **options: Any
    ) -> tuple[SegmentStream, TranscriptionInfo]:
        """The segments of a sound, as they are found, and what is known of it at its end.

        `audio`: the path of a WAV file, or samples of one channel, floats of full scale 1 or int16, at `sample_rate`.
        `options` take the place of those the transcriber was made with: `language="de"`.
        """
        if options:
            return type(self)(self.model, **{**self._options, **options}).transcribe(audio, sample_rate=sample_rate)
        self._handle  # a closed one is an error here, not at the first segment
        if isinstance(audio, np.ndarray):
            samples = _samples(audio)
            rate = count(sample_rate, "sample_rate", 2**31)
            stream = self._start(lambda cancellation, *rest: call(
                "transcribe", self._handle, samples.ctypes.data, samples.size, rate, cancellation, *rest))
        else:
            name = path_bytes(audio, "audio")
            stream = self._start(lambda cancellation, *rest: call(
                "transcribe_file", self._handle, name, cancellation, *rest))
        return stream, TranscriptionInfo(stream)

    def _start(self, transcribe: Callable[..., int]) -> SegmentStream:
        def body(cancellation: ctypes.c_void_p, give: Callable[[Segment], bool]) -> _structs.Transcription:
            number = 0

            def on_segment(_user: Any, segment: Any) -> int:
                nonlocal number
                number += 1
                return 0 if give(_segment(number, segment.contents)) else 1

            result = _structs.Transcription()
            transcribe(cancellation, _functions.OnSegment(on_segment), None, result, None)
            return result

        return SegmentStream(body)


def _samples(audio: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    if audio.ndim != 1:
        raise errors.ArgumentError(f"audio has {audio.ndim} dimensions: give the samples of one channel", "audio")
    if audio.dtype == np.int16:
        return audio.astype(np.float32) / np.float32(32768)
    if audio.dtype.kind != "f":
        raise TypeError(f"audio is an array of {audio.dtype}: give floats of full scale 1, or int16")
    return np.ascontiguousarray(audio, np.float32)


def _segment(number: int, found: Any) -> Segment:
    words = None
    if found.words:
        words = [
            Word(word.start, word.end, _text(word), word.probability) for word in found.words[: found.word_count]]
    return Segment(
        number, found.start, found.end, _text(found), found.tokens[: found.token_count],
        found.mean_log_probability, found.no_speech_probability, words)


def _text(item: Any) -> str:
    return ctypes.string_at(item.text, item.size).decode(errors="replace") if item.size else ""


def _rebuild(cls: type[Transcriber], model: Model, options: dict[str, Any]) -> Transcriber:
    return cls(model, **options)
