"""Makes windows of sound with their targets out of stored clips: gaps, noise, loudness and colour differ every time."""
import json
from pathlib import Path

import numpy as np

from features import FLOOR, MARGIN, limited
from grammar import words as plain_words
from vocabulary import (END, ENGLISH, FIRST_TIME, NO_SPEECH, NO_TIMESTAMPS, PREVIOUS, START, TRANSCRIBE, TRANSLATE,
                        time_token)

FULL = 3000  # frames of 10 ms in Whisper's window
SHORT = 512
STEP = 0.02  # seconds of an encoder position


class Clips:
    """The stored clips of a name, with tokens and the time of each token."""

    def __init__(self, folder, name, tokenizer):
        self.mels, self.clips = [], []
        for path in sorted(Path(folder).glob(f"{name}-*.json")):
            at = 0
            self.mels.append(np.load(path.with_suffix(".npy"), mmap_mode="r"))
            for r in json.loads(path.read_text()):
                r["shard"], r["at"] = len(self.mels) - 1, at
                r["tokens"], r["spans"] = tokens_of(r, tokenizer)
                at += r["frames"]
                self.clips.append(r)

    def mel(self, clip):
        return self.mels[clip["shard"]][clip["at"]:clip["at"] + clip["frames"]].astype(np.float32)


def tokens_of(record, tokenizer):
    """Ids and spans in seconds: parts of a word share its time, the mark at the end has the end."""
    ids, spans = [], []
    for word, (a, b) in zip(record["text"].split(), record["words"]):
        bare = word.rstrip(".?")
        parts = tokenizer.encode(" " + bare)
        for i in range(len(parts)):
            spans.append((a + (b - a) * i / len(parts), a + (b - a) * (i + 1) / len(parts)))
        ids += parts
        if bare != word:
            ids += tokenizer.encode(word[len(bare):])
            spans.append((b - 0.04, b + 0.04))
    return ids, spans


class Windows:
    def __init__(self, clips, noise, classes, phonemes, rng):
        self.clips, self.noise, self.rng = clips, noise, rng
        self.classes = {w: i for i, w in enumerate(classes)}
        self.phonemes = {w: i for i, w in enumerate(phonemes)}

    def layout(self, frames):
        """Which clips lie where, in seconds; the last may reach beyond the end of a full window."""
        rng, seconds = self.rng, frames / 100
        if rng.random() < 0.04:
            return []
        many = 99 if frames <= SHORT else int(rng.choice([1, 2, 3, 99], p=[0.2, 0.1, 0.1, 0.6]))
        wide = rng.choice([0.6, 1.0, 3.0])
        at, found = rng.uniform(0, wide) if rng.random() < 0.8 else 0.0, []
        while len(found) < many:
            clip = self.clips.clips[rng.integers(len(self.clips.clips))]
            over = at + clip["seconds"] > seconds - 0.05
            if over and found and not (frames == FULL and at < seconds - 0.3 and rng.random() < 0.5):
                break
            found.append((round(at * 100) / 100, clip))
            if over:
                break
            at += clip["seconds"] + rng.uniform(0.15, 0.4 + wide)
        return found

    def sound(self, layout, frames):
        rng = self.rng
        logs = np.full((frames, 80), FLOOR, np.float32)
        gain = rng.uniform(-1.8, 0.4)
        for at, clip in layout:
            mel = self.clips.mel(clip) + np.float32(gain + rng.uniform(-0.2, 0.2))
            low = round(at * 100) - MARGIN
            mel = mel[max(0, -low):frames - low]
            low = max(0, low)
            np.maximum(logs[low:low + len(mel)], mel, out=logs[low:low + len(mel)])
        if rng.random() < 0.7 or not layout:
            kind, begin = rng.integers(len(self.noise)), rng.integers(self.noise.shape[1] - frames)
            level = gain - 1.4 - rng.uniform(0.8, 4.0)
            if layout or rng.random() < 0.7:
                noise = 10 ** (self.noise[kind, begin:begin + frames].astype(np.float32) + level)
                noise[self.recorded(layout, frames):] = 0
                logs = np.log10(10 ** logs + noise)
        if rng.random() < 0.6:
            x = np.linspace(0, 1, 80, dtype=np.float32)
            colour = rng.normal(0, 0.4) * (x - 0.5) + rng.normal(0, 0.15) * np.cos(2 * np.pi * x + rng.uniform(0, 6))
            logs = np.where(logs > FLOOR, logs + colour.astype(np.float32), logs)
        return limited(logs)

    def recorded(self, layout, frames):
        """Where the recording ends, and with it the noise; behind that the window is filled with silence."""
        last = max([round(100 * (at + clip["seconds"])) for at, clip in layout], default=0)
        return last + int(self.rng.integers(10, 200)) if self.rng.random() < 0.5 else frames

    def frame_classes(self, layout, frames):
        """The word and the phoneme at each encoder position."""
        words, phonemes = np.zeros(frames // 2, np.int64), np.zeros(frames // 2, np.int64)
        for at, clip in layout:
            for word, (a, b) in zip(plain_words(clip["text"]), clip["words"]):
                words[round((at + a) / STEP):round((at + b) / STEP)] = self.classes[word]
            ends = [p[0] for p in clip["phonemes"][1:]] + [clip["seconds"]]
            for (a, name), b in zip(clip["phonemes"], ends):
                phonemes[max(0, round((at + a) / STEP)):round((at + b) / STEP)] = self.phonemes.get(name, 0)
        return words, phonemes

    def previous(self):
        """What might have been said before, for the prompt."""
        ids = [PREVIOUS]
        for _ in range(self.rng.integers(1, 5)):
            clip = self.clips.clips[self.rng.integers(len(self.clips.clips))]
            ids += clip["tokens"]
        return ids

    def text(self, layout, frames, base):
        """Ids, where targets begin, what the state that predicts each id should look at, the target at the start."""
        rng = self.rng
        timed = rng.random() < 0.6
        prompt = self.previous() if rng.random() < 0.12 else []
        ids = prompt + [START, ENGLISH, TRANSLATE if rng.random() < 0.05 else TRANSCRIBE]
        free = len(ids)  # from here on ids are targets
        if not timed:
            ids.append(NO_TIMESTAMPS)
            free += 1
        spans = [None] * len(ids)
        last = 0.0
        for i, (at, clip) in enumerate(layout):
            end = at + clip["seconds"]
            cut = end > frames / 100
            if timed:
                begin = base + at
                untaught = i == 0 and base > 0 and begin > 1
                if i == 0 and begin > 1 and rng.random() < 0.3:
                    begin = rng.uniform(0, 1) if untaught else 1.0  # the latest that decoding allows
                ids.append(time_token(begin))
                spans.append((at - 0.02, at + 0.02))
                free += untaught
                if cut:
                    last = at
                    break
            for token, (a, b) in zip(clip["tokens"], clip["spans"]):
                if not cut or at + b < frames / 100:
                    ids.append(token)
                    spans.append((at + a, at + b))
            last = min(end, frames / 100)
            if timed:
                ids.append(time_token(base + end))
                spans.append((end - 0.02, end + 0.02))
        if not layout and timed:
            ids.append(FIRST_TIME)
            spans.append(None)
        ids.append(END)
        spans.append((last, last + 0.1) if layout else None)
        return ids, free, spans, (len(prompt), ENGLISH if layout else NO_SPEECH)

    def batch(self, size, frames):
        """NumPy arrays of one batch; all windows have `frames` frames."""
        rng, rows = self.rng, []
        for _ in range(size):
            layout = self.layout(frames)
            offset = int(rng.integers(0, 1500 - frames // 2)) if frames < FULL and rng.random() < 0.5 else 0
            ids, free, spans, head = self.text(layout, frames, offset * STEP)
            classes = self.frame_classes(layout, frames)
            rows.append((self.sound(layout, frames), offset, ids, free, spans, head, *classes))
        length = max(len(r[2]) for r in rows) - 1
        inputs, targets = np.full((size, length), END), np.full((size, length), -100)
        looks = np.zeros((size, length, 2), np.int64)
        for i, (_, _, ids, free, spans, head, _, _) in enumerate(rows):
            inputs[i, :len(ids) - 1] = ids[:-1]
            targets[i, free - 1:len(ids) - 1] = ids[free:]
            targets[i, head[0]] = head[1]
            for j, span in enumerate(spans[1:]):
                if span is not None:
                    a = min(max(0, round(span[0] / STEP)), frames // 2 - 1)
                    looks[i, j] = a, min(max(a + 1, round(span[1] / STEP)), frames // 2)
        shifts = np.array([int(rng.integers(0, 448 - length)) if rng.random() < 0.3 else 0 for _ in rows])
        return dict(mels=np.stack([r[0] for r in rows]).astype(np.float32), offsets=np.array([r[1] for r in rows]),
                    inputs=inputs, targets=targets, looks=looks, shifts=shifts,
                    words=np.stack([r[6] for r in rows]), phonemes=np.stack([r[7] for r in rows]))
