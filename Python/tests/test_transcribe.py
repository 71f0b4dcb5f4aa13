"""Speech to text."""

import json
import wave
from collections.abc import Callable

import numpy as np
import pytest
from conftest import CLIPS, SPEECH

import swiftlet
from swiftlet import Transcriber


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    with wave.open(str(CLIPS / "two.wav")) as file:
        assert file.getnchannels() == 1 and file.getsampwidth() == 2 and file.getframerate() == 16_000
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def test_is_the_commands(command: Callable[..., bytes], samples: np.ndarray) -> None:
    printed = json.loads(command("transcribe", "-m", SPEECH, "--format", "json", CLIPS / "two.wav"))
    transcriber = Transcriber(SPEECH)
    for audio in (CLIPS / "two.wav", samples, samples / np.float32(32768), samples / 32768):
        segments, info = transcriber.transcribe(audio)
        found = list(segments)
        assert [segment.text for segment in found] == [segment["text"] for segment in printed["segments"]]
        assert [segment.tokens for segment in found] == [segment["tokens"] for segment in printed["segments"]]
        for ours, theirs in zip(found, printed["segments"]):
            assert (ours.start, ours.end) == pytest.approx((theirs["start"], theirs["end"]))
        assert info.language == printed["language"] and info.duration == pytest.approx(len(samples) / 16_000)


def test_words_and_info(samples: np.ndarray) -> None:
    transcriber = Transcriber(SPEECH)
    segments, info = transcriber.transcribe(samples, word_timestamps=True)
    assert info.language == "en" and info.language_probability > 0.5  # before a segment is read
    for segment in segments:
        assert "".join(word.word for word in segment.words) == segment.text
        assert all(segment.start <= word.start <= word.end <= segment.end for word in segment.words)
    segments, info = transcriber.transcribe(np.zeros(0, np.float32))
    assert list(segments) == [] and info.duration == 0


def test_errors(samples: np.ndarray) -> None:
    transcriber = Transcriber(SPEECH)
    segments, _ = transcriber.transcribe("/no/such.wav")
    with pytest.raises(swiftlet.FileError):
        list(segments)
    segments, info = transcriber.transcribe(np.array([0, np.nan], np.float32))
    with pytest.raises(swiftlet.ArgumentError):
        info.language
    with pytest.raises(swiftlet.ArgumentError):
        Transcriber(SPEECH, task="sing")
    with pytest.raises(TypeError):
        transcriber.transcribe(np.zeros(3, np.int64))
    with pytest.raises(swiftlet.ArgumentError):
        transcriber.transcribe(samples.reshape(2, -1)[:, :10])
    segments, _ = transcriber.transcribe(samples)
    segments.close()
    assert list(segments) == []
    transcriber.close()
    with pytest.raises(swiftlet.HandleError):
        transcriber.transcribe(samples)
