#!/usr/bin/env python3
"""Writes what exact arithmetic makes of texts with the tiny encoders of `../models`: encodings.json and encodings/*.f32.

    pip install gguf numpy torch transformers
    make_encodings.py
"""
import importlib.metadata
import json
import pathlib
import sys

import gguf
import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent
MODELS = FOLDER.parent / "models"
sys.path.append(str(MODELS))

import encoder64
import gemma64
import transformers_twin
from encoder64 import softmax
from vocabularies import byte_characters

LENGTHS = (37, 1, 19, 2, 7)
CLS, SEP, MASK, VOCABULARY = 284, 285, 287, 284
MASKED = (2, 4)  # text and position of a mask
# Behind the others, whose texts stay as they were.
LATER = ("neo-bert-f16.gguf", "nomic-bert-moe-f16.gguf", "bert-nli-f16.gguf")
# Texts that no merge of the vocabulary applies to, so that a token is a byte.
PAIRS = (("quiz", "jump"), ("quiz", "wxyz0123"), ("jumpy", "quiz"))


def sequences(seed):
    """Ids of some texts."""
    random = np.random.RandomState(seed)
    texts = [[int(i) for i in random.randint(0, VOCABULARY, length)] for length in LENGTHS]
    for ids in texts:
        ids[0] = CLS
        if len(ids) > 1:
            ids[-1] = SEP
    texts[MASKED[0]][MASKED[1]] = MASK
    return texts


def pair(first, second, separators):
    """Ids of a pair and where its second segment begins."""
    order = byte_characters()
    first, second = ([order.index(character) for character in text] for text in (first, second))
    front = [CLS] + first + [SEP] * separators
    return front + second + [SEP], len(front)


def pooled(encoder, states):
    """What the classifier reads of a text."""
    return states.mean(0) if encoder.modern else states[0]


def rounded(values):
    return [round(float(v), 6) for v in values]


def main():
    entries = []
    (FOLDER / "encodings").mkdir(exist_ok=True)
    later = [MODELS / name for name in LATER]
    files = sorted(path for path in MODELS.glob("*.gguf") if "bert" in path.name and path not in later)
    files += sorted(MODELS.glob("gemma-embedding-*.gguf")) + later
    for seed, path in enumerate(files):
        is_gemma = path.name.startswith("gemma")
        e = gemma64.Gemma(gguf.GGUFReader(path)) if is_gemma else encoder64.Encoder(path)
        texts = sequences(seed)
        states = [e.states(np.array(ids)) for ids in texts]
        entry = {"file": path.name, "texts": texts, "states": path.stem + ".f32", "columns": states[0].shape[1]}
        if e.has("mlm.dense") or (e.has("cls.norm") and not e.has("cls.output")):
            entry["masked_text"] = MASKED[0]
            entry["token_probabilities"] = rounded(softmax(e.token_logits(states[MASKED[0]])[MASKED[1]]))
        if e.has("cls.output"):
            entry["class_logits"] = [rounded(e.class_logits(pooled(e, s))) for s in states]
            entry["token_class_logits"] = [rounded(row) for row in e.class_logits(states[2])]
        if "reranker" in path.name:
            twins_of_pairs = [pair(*texts, separators=2 if "roberta" in path.name else 1) for texts in PAIRS]
            entry["pairs"] = PAIRS
            entry["pair_logits"] = [float(e.class_logits(pooled(e, e.states(np.array(ids), start)))[0])
                                    for ids, start in twins_of_pairs]
            texts = texts + [ids for ids, _ in twins_of_pairs]
            states = states + [e.states(np.array(ids), start) for ids, start in twins_of_pairs]
            starts = [None] * len(LENGTHS) + [start for _, start in twins_of_pairs]
        else:
            starts = [None] * len(LENGTHS)
        twins = transformers_twin.states(e, list(zip(texts, starts)), path.name)
        if twins is not None:
            entry["against_transformers"] = float(max(np.abs(a - b).max() for a, b in zip(states, twins)))
        print(path.name, entry.get("against_transformers"))
        np.concatenate(states[:len(LENGTHS)]).astype("<f4").tofile(FOLDER / "encodings" / entry["states"])
        entries.append(entry)
    versions = {name: importlib.metadata.version(name) for name in ("gguf", "numpy", "torch", "transformers")}
    lines = ",\n    ".join(json.dumps(entry) for entry in entries)
    (FOLDER / "encodings.json").write_text(
        f'{{\n  "versions": {json.dumps(versions)},\n  "models": [\n    {lines}\n  ]\n}}\n')


if __name__ == "__main__":
    main()
