"""Unseen sentences, spoken again, with silence and noise: python recordings.py --out recordings"""
import argparse
import json
import random
import wave
from pathlib import Path

import numpy as np

import grammar
from speech import noise_samples, say
from voice import RATE, Speaker

LONG = 10  # sentences of a long recording: more than one window
NOISES = ["white", "pink", "brown", "hum", "rustle"]


def recording(speaker, rng, texts):
    """Sentences with silence around them: samples, and start, end, text and word times of each."""
    pieces, truth, at = [], [], 0
    for text in texts:
        gap = round((rng.uniform(0.3, 1.5) if truth else rng.uniform(0.1, 0.9)) * RATE)
        speech = None
        while speech is None:
            speech = say(speaker, rng, text)
        pieces += [np.zeros(gap), speech.samples]
        at += gap
        begin = at / RATE
        at += len(speech.samples)
        words = [dict(word=w, start=round(float(begin + a), 3), end=round(float(begin + b), 3))
                 for w, (a, b) in zip(text.split(), speech.words)]
        truth.append(dict(start=round(begin, 3), end=round(at / RATE, 3), text=text, words=words))
    return np.concatenate(pieces + [np.zeros(round(rng.uniform(0.2, 0.8) * RATE))]) * rng.uniform(0.2, 0.9), truth


def with_noise(samples, rng, noises):
    """One noise, 10 to 40 dB below the recording: samples, its name, the decibels."""
    kind, level = rng.randrange(len(NOISES)), rng.uniform(10, 40)
    begin = rng.randrange(noises.shape[1] - len(samples))
    noise = noises[kind, begin:begin + len(samples)] * np.sqrt(np.mean(samples ** 2)) * 10 ** (-level / 20)
    return samples + noise, NOISES[kind], round(level, 1)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--out", default="recordings")
    p.add_argument("--count", type=int, default=200, help="recordings of one or two sentences")
    p.add_argument("--long", type=int, default=12, help=f"recordings of {LONG} sentences")
    p.add_argument("--seed", type=int, default=7)
    a = p.parse_args()
    out = Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    speaker, rng = Speaker(), random.Random(a.seed)
    sizes = [rng.choice([1, 1, 2]) for _ in range(a.count)] + [LONG] * a.long
    texts = grammar.sentences(rng, sum(sizes), held=True)
    noises = noise_samples(np.random.default_rng(a.seed), 90)
    found = []
    for i, size in enumerate(sizes):
        samples, truth = recording(speaker, rng, [texts.pop() for _ in range(size)])
        noise, level = None, None
        if i % 2:
            samples, noise, level = with_noise(samples, rng, noises)
        name = f"{i:03d}.wav"
        with wave.open(str(out / name), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes((np.clip(samples, -1, 1) * 32767).round().astype("<i2").tobytes())
        found.append(dict(file=name, seconds=len(samples) / RATE, noise=noise, decibels=level, segments=truth))
    (out / "recordings.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
