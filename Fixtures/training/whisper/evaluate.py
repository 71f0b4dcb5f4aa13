"""Unseen sentences, spoken anew: python evaluate.py checkpoint.pt whisper.bin --header ggml-tiny.bin"""
import argparse
import random
import time

import numpy as np

import grammar
from decode import transcribe
from export import load
from speech import say
from vocabulary import Tokenizer, read_header
from voice import RATE, Speaker


def recording(speaker, rng, texts):
    """Sentences with silence around them, some with noise: samples, and (start, end, text, words) of each."""
    noisy = np.random.default_rng(rng.randrange(1 << 30))
    pieces, truth, at = [], [], 0
    for text in texts:
        gap = round(rng.uniform(0.3 if truth else 0.1, 0.9) * RATE)
        speech = None
        while speech is None:
            speech = say(speaker, rng, text)
        pieces += [np.zeros(gap), speech.samples]
        at += gap
        begin = at / RATE
        at += len(speech.samples)
        truth.append((begin, at / RATE, text, [(begin + a, begin + b) for a, b in speech.words]))
    samples = np.concatenate(pieces + [np.zeros(round(rng.uniform(0.2, 0.8) * RATE))]) * rng.uniform(0.2, 0.9)
    if rng.random() < 0.5:
        level = np.sqrt(np.mean(samples ** 2)) * 10 ** (-rng.uniform(10, 40) / 20)
        samples = samples + noisy.standard_normal(len(samples)) * level
    return np.clip(samples, -1, 1).astype(np.float32), truth


def distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        last, row[0] = row[0], i + 1
        for j, y in enumerate(b):
            last, row[j + 1] = row[j + 1], min(row[j + 1] + 1, row[j] + 1, last + (x != y))
    return row[-1]


class Score:
    def __init__(self, name):
        self.name, self.errors, self.words, self.exact, self.all = name, 0, 0, 0, 0
        self.segment_errors, self.word_errors, self.segments_right = [], [], 0

    def add(self, truth, segments, words=None):
        expected = grammar.words(" ".join(t[2] for t in truth))
        text = "".join(s[2] for s in segments)
        wrong = distance(expected, grammar.words(text))
        self.errors += wrong
        self.words += len(expected)
        self.all += 1
        self.exact += text.split() == " ".join(t[2] for t in truth).split()
        if len(segments) == len(truth):
            self.segments_right += 1
            self.segment_errors += [abs(s[i] - t[i]) for s, t in zip(segments, truth) for i in (0, 1)]
        if words and not wrong:
            spoken = [w for t in truth for w in t[3]]
            self.word_errors += [abs(w[i] - s[i]) for w, s in zip(words, spoken) for i in (0, 1)]

    def report(self):
        print(f"{self.name}: word error rate {100 * self.errors / self.words:.2f} %, exact {self.exact} of {self.all}, "
              f"as many segments as sentences {self.segments_right}")
        for name, errors in (("segment", self.segment_errors), ("word", self.word_errors)):
            if errors:
                e = np.array(errors)
                near = ", ".join(f"{100 * (e <= limit).mean():.1f} % within {limit} s" for limit in (0.1, 0.15, 0.2))
                print(f"  {name} times: mean error {e.mean():.3f} s, largest {e.max():.3f} s, {near}")


def peer(path):
    """whisper.cpp by pywhispercpp: greedy, no fallback."""
    from pywhispercpp.model import Model
    model = Model(path, n_threads=1, print_progress=False, print_realtime=False, redirect_whispercpp_logs_to=None)

    def run(samples):
        found = model.transcribe(samples, language="en", temperature_inc=0.0, no_context=True,
                                 greedy={"best_of": 1})
        return [(s.t0 / 100, s.t1 / 100, " " + s.text.strip()) for s in found]
    return run


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("checkpoint")
    p.add_argument("bin", nargs="?", help="also run whisper.cpp on this file")
    p.add_argument("--header", required=True, help="a file that begins with the ggml header of a multilingual Whisper")
    p.add_argument("--count", type=int, default=100)
    p.add_argument("--seed", type=int, default=7)
    p.add_argument("--show", type=int, default=5, help="how many of the first to print")
    p.add_argument("--wrong", action="store_true", help="print all with a wrong text")
    a = p.parse_args()
    header, speaker, rng = read_header(a.header), Speaker(), random.Random(a.seed)
    tokenizer, model = Tokenizer(header.tokens), load(a.checkpoint)
    texts = grammar.sentences(rng, 2 * a.count, held=True)
    other = peer(a.bin) if a.bin else None
    scores, same = [Score("PyTorch"), Score("whisper.cpp")], 0
    begin = time.time()
    for i in range(a.count):
        samples, truth = recording(speaker, rng, texts[2 * i:2 * i + rng.choice([1, 1, 2])])
        ours = transcribe(model, tokenizer, samples, header.filters)
        scores[0].add(truth, ours.segments, ours.words)
        if other:
            theirs = other(samples)
            scores[1].add(truth, theirs)
            same += "".join(s[2] for s in theirs).split() == "".join(s[2] for s in ours.segments).split()
        wrong = "".join(s[2] for s in ours.segments).split() != " ".join(t[2] for t in truth).split()
        if i < a.show or (a.wrong and wrong):
            print("truth", [(round(t[0], 2), round(t[1], 2), t[2]) for t in truth])
            print("  got", [(round(s[0], 2), round(s[1], 2), s[2]) for s in ours.segments])
            if other:
                print("  cpp", theirs)
    for score in scores[:2 if other else 1]:
        score.report()
    if other:
        print(f"same text in whisper.cpp: {same} of {a.count}")
    print(f"{time.time() - begin:.0f} s")


if __name__ == "__main__":
    main()
