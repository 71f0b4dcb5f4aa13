#!/usr/bin/env python3
"""Writes mels.json: frames of log-mel spectrograms as Hugging Face's feature extractor computes them.

    python make_mels.py JFK_WAV

JFK_WAV is 16 kHz, mono, 16 bits. Needs: pip install transformers==5.23.0 numpy
"""
import json
import math
import pathlib
import sys
import wave

import numpy
from transformers import WhisperFeatureExtractor

FRAMES = [0, 1, 2, 3, 50, 151, 298, 299, 300, 301, 302, 700, 1098, 1099, 1100, 2998]


def sweep():
    """Three seconds: a rising tone, noise of a linear congruential generator, a pause in the middle."""
    samples, state = [], 1
    for n in range(48_000):
        state = (state * 1_664_525 + 1_013_904_223) % 2**32
        loud = 0.0 if 20_000 <= n < 26_000 else 0.5
        noise = (state / 2**32 - 0.5) * 0.01
        samples.append(loud * math.sin(2 * math.pi * n * (100 + n * 0.06) / 16_000) + noise * (loud > 0))
    return numpy.array(samples, numpy.float32)


def speech(path):
    with wave.open(path) as file:
        return numpy.frombuffer(file.readframes(file.getnframes()), "<i2").astype(numpy.float32) / 32_768


def main():
    found = []
    for bands in (80, 128):
        extractor = WhisperFeatureExtractor(feature_size=bands)
        for name, samples in (("sweep", sweep()), ("jfk", speech(sys.argv[1]))):
            mel = extractor(samples, sampling_rate=16_000, return_tensors="np").input_features[0]
            found.append({
                "signal": name, "bands": bands, "frames": FRAMES,
                "values": [[round(float(v), 6) for v in mel[:, frame]] for frame in FRAMES]})
    path = pathlib.Path(__file__).with_name("mels.json")
    path.write_text(json.dumps(found).replace("], [", "],\n["))


if __name__ == "__main__":
    main()
