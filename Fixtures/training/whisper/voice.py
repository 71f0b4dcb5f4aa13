"""Speech by libespeak-ng: samples at 16 kHz with the times of its words and phonemes."""
import ctypes
from dataclasses import dataclass

import numpy as np

RATE = 16000
SYNCHRONOUS, PHONEME_EVENTS = 2, 1
WORD, END, PHONEME = 1, 5, 7
UTF8 = 1
SPEED, PITCH, RANGE, GAP = 1, 3, 4, 7

ACCENTS = ["en-us", "en", "en-gb-x-rp", "en-us"]
VARIANTS = ["", "+f2", "+f3", "+f4", "+f5", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+m8",
            "+steph", "+Alex", "+Annie", "+Denis"]


class Event(ctypes.Structure):
    class Id(ctypes.Union):
        _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]

    _fields_ = [
        ("type", ctypes.c_int), ("identifier", ctypes.c_uint), ("text_position", ctypes.c_int),
        ("length", ctypes.c_int), ("milliseconds", ctypes.c_int), ("sample", ctypes.c_int),
        ("user", ctypes.c_void_p), ("id", Id),
    ]


CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))


@dataclass
class Speech:
    samples: np.ndarray  # float32, 16 kHz, from the first sound to the last
    words: list  # (start, end) in seconds, one for each word of the text
    phonemes: list  # (start, name) in seconds; "" and "_:" are pauses


def resample(samples, source):
    """By Fourier transform: exact below the lower of the two Nyquist frequencies."""
    count = len(samples)
    block = source // np.gcd(source, RATE)
    padded = np.concatenate([samples, np.zeros(-count % block + 8 * block)])
    size = len(padded) * RATE // source
    spectrum = np.fft.rfft(padded)
    bins = size // 2 + 1
    cut = np.zeros(bins, complex)
    keep = min(bins, len(spectrum)) - 1
    cut[:keep] = spectrum[:keep]
    return np.fft.irfft(cut, size)[: count * RATE // source] * (RATE / source)


class Speaker:
    def __init__(self):
        self.library = ctypes.CDLL("libespeak-ng.so.1")
        self.source = self.library.espeak_Initialize(SYNCHRONOUS, 0, None, PHONEME_EVENTS)
        if self.source <= 0:
            raise RuntimeError("espeak-ng does not start: is it installed, with its data?")
        self.callback = CALLBACK(self.receive)
        self.library.espeak_SetSynthCallback(self.callback)

    def receive(self, wave, count, events):
        if wave and count:
            self.pieces.append(np.ctypeslib.as_array(wave, (count,)).copy())
        i = 0
        while events[i].type != 0:
            e = events[i]
            name = e.id.string.decode("utf-8", "replace") if e.type == PHONEME else None
            self.events.append((e.type, e.sample / self.source, e.text_position, name))
            i += 1
        return 0

    def speak(self, text, voice="en-us", speed=165, pitch=50, spread=50, gap=0):
        """None when the events of espeak-ng do not tell where each word begins."""
        self.pieces, self.events = [], []
        if self.library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise RuntimeError(f"espeak-ng has no voice {voice}")
        for parameter, value in ((SPEED, speed), (PITCH, pitch), (RANGE, spread), (GAP, gap)):
            self.library.espeak_SetParameter(parameter, value, 0)
        raw = text.encode()
        self.library.espeak_Synth(raw, len(raw) + 1, 0, 1, 0, UTF8, None, None)
        self.library.espeak_Synchronize()
        return self.cut(np.concatenate(self.pieces).astype(np.float64) / 32768, text)

    def begins(self, text):
        """When each word begins. Where espeak-ng joins "on the", the second begins at the phoneme of "the"."""
        events = {}
        for kind, at, position, _ in self.events:
            if kind == WORD:
                events.setdefault(position, at)
        begins, offset = [], 1
        for word in text.split():
            at = events.pop(offset, None)
            if at is None and begins and word == "the":
                at = next((t for kind, t, _, name in self.events
                           if kind == PHONEME and name == "D" and t > begins[-1]), None)
            if at is None:
                return None
            begins.append(at)
            offset += len(word) + 1
        return begins

    def cut(self, samples, text):
        """The sound without the silence around it; words end where the next begins, or where a pause does."""
        loud = np.nonzero(np.abs(samples) > 0.002)[0]
        if not len(loud):
            return None
        first, last = loud[0], loud[-1] + 1
        start, end = first / self.source, last / self.source
        begins = self.begins(text)
        if begins is None:
            return None
        pauses = [at for kind, at, _, name in self.events if kind == PHONEME and (name == "" or name.startswith("_"))]
        words = []
        for i, begin in enumerate(begins):
            stop = begins[i + 1] if i + 1 < len(begins) else end
            stop = min([stop] + [p for p in pauses if begin + 0.03 < p < stop])
            words.append((max(begin, start) - start, min(stop, end) - start))
        phonemes = [(at - start, name) for kind, at, _, name in self.events if kind == PHONEME]
        return Speech(resample(samples[first:last], self.source).astype(np.float32), words, phonemes)
