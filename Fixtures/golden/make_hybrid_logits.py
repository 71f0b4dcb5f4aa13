#!/usr/bin/env python3
"""Writes the logits of the models of ../models/make_hybrids.py, their *.f32 here, and hybrids.json.

    pip install gguf numpy
    make_hybrid_logits.py [NAME ...]          # only these models; the others' entries stay
    pip install llama-cpp-python
    make_hybrid_logits.py --check [NAME ...]  # compares llama.cpp with them, and writes how far it is

The fields are those of models.json (README.md); exact logits are those of hybrid64.py.
"""
import json
import pathlib
import sys

import gguf
import numpy as np

from hybrid64 import Hybrid

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "models"))
import make_hybrids
from writing import F32, files

TOKENS = 37  # more than one block of 32 keys, and no multiple of a kernel's tile
CONTINUATION = 16
MARGIN = 0.1  # logits; no step of a greedy continuation is closer to a tie
CANDIDATES = 12  # prompts of which the best is taken


def prompts(path):
    """As make_logits.py has them: BOS, then ids spread over bytes and pieces."""
    bos = int(gguf.GGUFReader(path).fields["tokenizer.ggml.bos_token_id"].contents())
    for start in range(280):
        yield [bos] + [(37 * i * i + 11 * i + start) % 280 + 3 for i in range(1, TOKENS)]


def greedy(model, ids):
    new, margins = [], []
    for _ in range(CONTINUATION):
        row = model.logits(ids + new)[-1]
        second, first = np.sort(row)[-2:]
        new.append(int(row.argmax()))
        margins.append(round(float(first - second), 5))
        if margins[-1] < MARGIN:
            break
    return new, margins


def log_softmax(x):
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def tolerance(exact, rounded):
    """Of quantized files somewhat more than what rounding of activations costs."""
    if rounded is None:
        return {"max_difference": 1e-4}
    divergence = (np.exp(log_softmax(exact)) * (log_softmax(exact) - log_softmax(rounded))).sum(-1).mean()
    return {"max_difference": float(f"{2 * np.abs(exact - rounded).max():.2g}"),
            "mean_divergence": float(f"{1.5 * divergence:.2g}")}


def telling_prompt(path, model, rounded):
    """A prompt without a near tie, which rounded activations continue alike; of some the one with the most distinct ids to
    follow."""
    best, found = None, 0
    for ids in prompts(path):
        if found == CANDIDATES:
            break
        new, margins = greedy(model, ids)
        if min(margins) < MARGIN or rounded and greedy(rounded, ids)[0] != new:
            continue
        found += 1
        rank = len(set(new)), min(margins)
        if best is None or rank > best[0]:
            best = rank, ids, new, margins
    if best is None:
        raise RuntimeError(f"no prompt keeps {path.name} off a near tie")
    return best[1:]


def entry(path, kind):
    model = Hybrid(path)
    rounded = None if kind == F32 else Hybrid(path, rounds=True)
    ids, new, margins = telling_prompt(path, model, rounded)
    logits = model.logits(ids)
    logits.astype("<f4").tofile(HERE / (path.stem + ".f32"))
    allowed = tolerance(logits, rounded.logits(ids) if rounded else None)
    # Half precision of keys and values: as much as others lose by it (models.json).
    with_f16 = {"max_difference": float(f"{allowed['max_difference'] + 0.02:.2g}"),
                "mean_divergence": float(f"{allowed.get('mean_divergence', 0) + 5e-4:.2g}")}
    return {"file": path.name, "type": kind.name, "ids": ids, "shape": logits.shape, "greedy": new,
            "greedy_margins": margins, "logits": path.stem + ".f32", "tolerance": allowed,
            "tolerance_with_f16_cache": with_f16}


def check(entry):
    """llama.cpp's largest difference, of the file and of its keys and values in float16."""
    from reference import Reference, divergence
    exact = np.fromfile(HERE / entry["logits"], "<f4").reshape(entry["shape"])
    for cache in ("f32", "f16"):
        with Reference(HERE.parent / "models" / entry["file"], cache=cache) as model:
            logits = model.logits(entry["ids"])
        entry["llama_cpp" if cache == "f32" else "llama_cpp_with_f16_cache"] = {
            "max_difference": float(f"{np.abs(logits - exact).max():.3g}"),
            "mean_divergence": float(f"{divergence(exact, logits).mean():.3g}")}


def main():
    names = [name for name in sys.argv[1:] if name != "--check"]
    out = HERE / "hybrids.json"
    known = {e["file"]: e for e in json.loads(out.read_text())["models"]} if out.exists() else {}
    for m, kind, name in files(make_hybrids.MODELS):
        if names and m.name not in names:
            continue
        if "--check" in sys.argv:
            check(known[name])
        else:
            known[name] = entry(HERE.parent / "models" / name, kind)
        print(name, {key: known[name][key] for key in known[name] if key.startswith(("llama", "tol"))}, flush=True)
    entries = [known[name] for _, _, name in files(make_hybrids.MODELS) if name in known]
    lines = ",\n".join("    " + json.dumps(e) for e in entries)
    out.write_text(f'{{\n  "models": [\n{lines}\n  ]\n}}\n')


if __name__ == "__main__":
    main()
