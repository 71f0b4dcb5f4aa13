"""Scores what was heard: python evaluate.py --swiftlet swiftlet speech.gguf --recordings recordings"""
import argparse
import json
import subprocess
import wave
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np

import grammar


def samples_of(path):
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768


def swiftlet(command, model, folder, flags):
    """A list of (segments, words) for the files, each (start, end, text)."""
    def run(files):
        texts = subprocess.run([command, "transcribe", "-m", model, *[str(folder / f) for f in files], "--format", "json",
                                "--word-timestamps", *flags], check=True, capture_output=True, text=True).stdout
        reports = json.loads(texts)
        for found in reports if isinstance(reports, list) else [reports]:
            words = [w for s in found["segments"] for w in s.get("words", [])]
            yield ([(s["start"], s["end"], s["text"]) for s in found["segments"]],
                   [(w["start"], w["end"], w["word"]) for w in words])
    return run


def whisper_cpp(path, folder, threads=1):
    """Greedy, no fallback, no text before."""
    from pywhispercpp.model import Model
    model = Model(path, n_threads=threads, print_progress=False, print_realtime=False, redirect_whispercpp_logs_to=None)

    def run(files):
        for file in files:
            found = model.transcribe(samples_of(folder / file), language="en", temperature_inc=0.0, no_context=True,
                                     greedy={"best_of": 1})
            yield [(s.t0 / 100, s.t1 / 100, s.text) for s in found], []
    return run


def pytorch(checkpoint, header, folder):
    """One window of 30 seconds, in float32."""
    from decode import transcribe
    from export import load
    from vocabulary import Tokenizer, read_header
    header, model = read_header(header), load(checkpoint)
    tokenizer = Tokenizer(header.tokens)

    def run(files):
        for file in files:
            found = transcribe(model, tokenizer, samples_of(folder / file), header.filters)
            yield found.segments, found.words
    return run


def errors_between(a, b):
    """Words that are wrong, left out or too many."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        last, row[0] = row[0], i + 1
        for j, y in enumerate(b):
            last, row[j + 1] = row[j + 1], min(row[j + 1] + 1, row[j] + 1, last + (x != y))
    return row[-1]


def text_of(segments):
    return " ".join(" ".join(s[2] for s in segments).split())


class Score:
    def __init__(self):
        self.errors = self.words = self.exact = self.all = self.sentences = self.segments_right = 0
        self.segment_errors, self.word_errors = [], []

    def add(self, record, segments, words):
        truth = record["segments"]
        said = " ".join(t["text"] for t in truth)
        self.errors += errors_between(grammar.words(said), grammar.words(text_of(segments)))
        self.words += len(grammar.words(said))
        self.all += 1
        self.sentences += len(truth)
        self.exact += text_of(segments) == said
        if len(segments) == len(truth):
            self.segments_right += 1
            self.segment_errors += [max(abs(s[0] - t["start"]), abs(s[1] - t["end"])) for s, t in zip(segments, truth)]
        spoken = [w for t in truth for w in t["words"]]
        plain = [" ".join(grammar.words(w[2])) for w in words]
        for a, b, count in SequenceMatcher(None, [" ".join(grammar.words(w["word"])) for w in spoken], plain,
                                           autojunk=False).get_matching_blocks():
            for t, w in zip(spoken[a:a + count], words[b:b + count]):
                self.word_errors.append((abs(w[0] - t["start"]), abs(w[1] - t["end"])))

    def report(self, name):
        if not self.all:
            return
        print(f"{name}: {self.sentences} sentences in {self.all} recordings, word error rate "
              f"{100 * self.errors / self.words:.2f} % ({self.errors} of {self.words}), exact {self.exact} of {self.all}, "
              f"as many segments as sentences {self.segments_right}")
        for kind, errors, limit in (("segment", self.segment_errors, 0.2), ("word", self.word_errors, 0.15)):
            if errors:
                e = np.array(errors).reshape(len(errors), -1)
                worse = e.max(axis=1)
                print(f"  {kind} times, the worse end of each: median {np.median(worse):.3f} s, "
                      f"99 of 100 within {np.percentile(worse, 99):.3f} s, largest {worse.max():.3f} s, "
                      f"within {limit} s {100 * (worse <= limit).mean():.2f} % of {len(worse)}")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--recordings", default="recordings", help="what recordings.py made; or ../../clips")
    p.add_argument("--swiftlet", nargs=2, metavar=("COMMAND", "MODEL"))
    p.add_argument("--flags", default="--language en --no-fallback", help="of swiftlet")
    p.add_argument("--whisper-cpp", metavar="BIN")
    p.add_argument("--pytorch", nargs=2, metavar=("CHECKPOINT", "HEADER"), help="recordings of one window alone")
    p.add_argument("--wrong", action="store_true", help="print all with a wrong text")
    a = p.parse_args()
    folder = Path(a.recordings)
    listing = [path for path in (folder / "recordings.json", folder / "clips.json") if path.exists()][0]
    records = json.loads(listing.read_text())
    engines = {}
    if a.pytorch:
        engines["PyTorch"] = pytorch(*a.pytorch, folder)
        records = [r for r in records if r["seconds"] < 30]
    if a.swiftlet:
        engines["Swiftlet"] = swiftlet(*a.swiftlet, folder, a.flags.split())
    if a.whisper_cpp:
        engines["whisper.cpp"] = whisper_cpp(a.whisper_cpp, folder)
    found = {name: list(run([r["file"] for r in records])) for name, run in engines.items()}
    groups = {"all": lambda r: True, "clean": lambda r: not r.get("noise"), "noisy": lambda r: r.get("noise"),
              "one or two sentences": lambda r: len(r["segments"]) < 3, "ten sentences": lambda r: len(r["segments"]) > 2}
    for name, results in found.items():
        for group, holds in groups.items():
            score = Score()
            for record, (segments, words) in zip(records, results):
                if holds(record):
                    score.add(record, segments, words)
            score.report(f"{name}, {group}")
    names = list(found)
    for i, record in enumerate(records):
        said = " ".join(s["text"] for s in record["segments"])
        if a.wrong and any(text_of(found[n][i][0]) != said for n in names):
            print(f"{record['file']} {record.get('noise')} {record.get('decibels')}\n  {'said':12}{said}")
            for n in names:
                print(f"  {n:12}{'(the same)' if text_of(found[n][i][0]) == said else found[n][i][0]}")
    for first, second in ((x, y) for x in range(len(names)) for y in range(x)):
        for group, holds in groups.items():
            pairs = [(x[0], y[0]) for r, x, y in zip(records, found[names[first]], found[names[second]]) if holds(r)]
            same = sum(text_of(x) == text_of(y) for x, y in pairs)
            if pairs:
                print(f"{names[second]} and {names[first]}, {group}: the same text {same} of {len(pairs)}")


if __name__ == "__main__":
    main()
