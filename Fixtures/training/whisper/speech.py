"""Speaks the sentences and stores their log-mels: python speech.py --header ggml-tiny.bin --out data"""
import argparse
import json
import random
from pathlib import Path

import numpy as np

import grammar
from features import HOP, MARGIN, log_mel
from vocabulary import read_header
from voice import ACCENTS, VARIANTS, Speaker

SHARD = 1000


def manner(rng):
    """A voice, a speed in words a minute, a pitch, a range of pitch, and a gap between words."""
    return dict(voice=rng.choice(ACCENTS) + rng.choice(VARIANTS), speed=rng.randrange(125, 211),
                pitch=rng.randrange(20, 81), spread=rng.randrange(25, 76), gap=rng.choice([0, 0, 0, 1, 3]))


def say(speaker, rng, text):
    for _ in range(5):
        speech = speaker.speak(text, **manner(rng))
        if speech is not None:
            return speech
    return None


def record(speech, text, frames):
    return dict(text=text, frames=frames, seconds=len(speech.samples) / 16000,
                words=[[round(float(a), 3), round(float(b), 3)] for a, b in speech.words],
                phonemes=[[round(float(at), 3), name] for at, name in speech.phonemes])


def build(out, name, texts, seed, filters):
    """Shards of 1,000 clips: name-000.npy with (frames, 80) float16, and name-000.json."""
    speaker, rng = Speaker(), random.Random(seed)
    for shard in range(0, len(texts), SHARD):
        path = out / f"{name}-{shard // SHARD:03d}.npy"
        if path.with_suffix(".json").exists():
            continue
        rng.seed(f"{seed} {shard}")
        mels, records = [], []
        for text in texts[shard:shard + SHARD]:
            speech = say(speaker, rng, text)
            if speech is None:
                continue
            padded = np.concatenate([np.zeros(MARGIN * HOP), speech.samples, np.zeros(MARGIN * HOP + HOP)])
            mels.append(log_mel(padded, filters).astype(np.float16))
            records.append(record(speech, text, len(mels[-1])))
        np.save(path, np.concatenate(mels))
        path.with_suffix(".json").write_text(json.dumps(records))
        print(path, len(records), flush=True)


def noise_samples(rng, seconds):
    """Noises of unit power: white, pink, brown, a hum with harmonics, and a wavering rustle."""
    n = seconds * 16000
    f = np.fft.rfftfreq(n, 1 / 16000)
    found = []
    for slope in (0.0, 0.5, 1.0):
        spectrum = np.fft.rfft(rng.standard_normal(n)) / np.maximum(f, 20) ** slope
        found.append(np.fft.irfft(spectrum, n))
    t = np.arange(n) / 16000
    found.append(sum(np.sin(2 * np.pi * 50 * k * t + k) / k for k in range(1, 12)) + 0.1 * rng.standard_normal(n))
    waver = np.interp(t, np.arange(seconds * 4 + 1) / 4, rng.uniform(0.1, 1, seconds * 4 + 1))
    found.append(waver * found[1] / found[1].std())
    return np.stack([x / x.std() for x in found])


def noises(rng, filters, seconds=40):
    """Log-mels of all noises."""
    return np.stack([log_mel(x, filters) for x in noise_samples(rng, seconds)]).astype(np.float16)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--header", required=True, help="a file that begins with the ggml header of a multilingual Whisper")
    p.add_argument("--out", default="data")
    p.add_argument("--train", type=int, default=16000)
    p.add_argument("--test", type=int, default=1000)
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    out = Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    filters = read_header(a.header).filters
    np.save(out / "noise.npy", noises(np.random.default_rng(a.seed), filters))
    rng = random.Random(a.seed)
    test = grammar.sentences(rng, a.test, held=True)
    build(out, "test", test, a.seed + 1, filters)
    build(out, "train", grammar.sentences(rng, a.train, held=False), a.seed + 2, filters)


if __name__ == "__main__":
    main()
