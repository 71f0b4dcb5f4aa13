"""The spoken clips of the fixtures, of sentences held back from the training: python clips.py --out ../../clips"""
import argparse
import json
import wave
from pathlib import Path

import numpy as np

from grammar import held_back
from voice import RATE, Speaker

# Seconds of silence in front, and what is said; the last number is the noise, as a share of the loudest sample.
CLIPS = [
    ("timer", [(0.4, "Set a timer for forty six minutes.", dict(voice="en-us", speed=150))], 0),
    ("number", [(0.6, "Call the number seven one nine four.", dict(voice="en+f3", speed=145, pitch=60))], 0),
    ("remind", [(0.3, "Remind me to water the garden on Saturday.", dict(voice="en-gb-x-rp+m3", speed=165))], 0.01),
    ("light", [(0.5, "Turn off the bedroom light.", dict(voice="en-us+f4", speed=160))], 0),
    ("two", [(0.5, "Wake me on Friday at seven twenty five.", dict(voice="en-us+m7", speed=155)),
             (1.2, "Remind me to buy milk on Monday.", dict(voice="en-us+m7", speed=155))], 0),
    ("noise", [(0.8, "It is half past eight.", dict(voice="en+m2", speed=170, pitch=45))], 0.01),
]


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--out", default=str(Path(__file__).resolve().parents[2] / "clips"))
    out = Path(p.parse_args().out)
    out.mkdir(parents=True, exist_ok=True)
    speaker, noise, found = Speaker(), np.random.default_rng(1), []
    for name, parts, level in CLIPS:
        pieces, segments, at = [], [], 0
        for gap, text, manner in parts:
            if not held_back(text):
                raise ValueError(f"{text} is not held back from the training")
            speech = speaker.speak(text, **manner)
            at += round(gap * RATE)
            pieces += [np.zeros(round(gap * RATE)), 0.7 * speech.samples]
            times = [dict(word=w, start=round(float(at / RATE + a), 3), end=round(float(at / RATE + b), 3))
                     for w, (a, b) in zip(text.split(), speech.words)]
            begin, at = at, at + len(speech.samples)
            segments.append(dict(start=round(begin / RATE, 3), end=round(at / RATE, 3), text=text, words=times))
        samples = np.concatenate(pieces + [np.zeros(RATE // 2)])
        samples += noise.standard_normal(len(samples)) * level * np.abs(samples).max()
        with wave.open(str(out / f"{name}.wav"), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes((np.clip(samples, -1, 1) * 32767).round().astype("<i2").tobytes())
        found.append(dict(file=f"{name}.wav", seconds=len(samples) / RATE, segments=segments))
    (out / "clips.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
