#!/usr/bin/env python3
"""Writes the logits of the models of ../models/make_linear_attention.py, *.f32 here, and linear.json.

    pip install gguf numpy
    make_linear_logits.py [NAME ...]       # only these models; the others' entries stay
    pip install llama-cpp-python
    make_linear_logits.py check            # compares llama.cpp with linear64.py

The fields are those of models.json (README.md), by linear64.py. RWKV is checked with heads of 64 on models of that size, as
llama.cpp has these alone in its code for vectors.
"""
import importlib.metadata
import json
import pathlib
import sys
import tempfile

import gguf
import numpy as np

import linear64

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parent / "models"
sys.path.insert(0, str(MODELS))
import make_linear_attention as models
from writing import F32, files

TOKENS, CONTINUATION, LONGEST = 37, 16, 64
MARGIN = 0.1  # logits; no step of a greedy continuation is closer to a tie
ROUTER_MARGIN = 0.02  # the same of experts, so that rounding chooses no others
# Logits may move by as much where weights are rounded to float32: norms of nearly nothing magnify that in random models.
ROUNDING = 3e-5
CANDIDATES, PROMPTS = 6, 280
VERSIONS = {name: importlib.metadata.version(name) for name in ("gguf", "numpy")}


def prompts(path):
    bos = int(gguf.GGUFReader(path).fields["tokenizer.ggml.bos_token_id"].contents())
    for start in range(PROMPTS):
        yield [bos] + [(37 * i * i + 11 * i + start) % 280 + 3 for i in range(1, TOKENS)]


def rounding(path, ids):
    """How far logits move with weights that are off by a unit in their last place."""
    model, random = linear64.model(path), np.random.RandomState(1)
    exact = model.logits(ids)
    for name, values in model.tensors.items():
        model.tensors[name] = values * (1 + 2**-23 * random.standard_normal(values.shape))
    return np.abs(model.logits(ids) - exact).max()


def telling_prompt(path, rounds):
    """A prompt without a near tie; of these the one with the most distinct ids to follow."""
    best, found = None, 0
    exact = linear64.Reference(path)
    for ids in prompts(path):
        if found == CANDIDATES:
            break
        exact.model.router_margin = np.inf
        exact.model.logits([ids[i % len(ids)] for i in range(LONGEST)])
        if exact.model.router_margin < ROUTER_MARGIN:
            continue
        if not rounds and rounding(path, ids) > ROUNDING:
            continue
        greedy, margins = exact.greedy(ids, CONTINUATION)
        if min(margins) < MARGIN or (rounds and linear64.Reference(path, rounds=True).greedy(ids, CONTINUATION)[0] != greedy):
            continue
        found += 1
        rank = len(set(greedy)), min(margins)
        if best is None or rank > best[0]:
            best = rank, ids, greedy, margins
    if best is None:
        raise RuntimeError(f"no prompt keeps {path.name} off a near tie")
    return best[1:]


def log_softmax(logits):
    shifted = logits - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def compare(exact, other):
    p, q = log_softmax(exact), log_softmax(other)
    return {"max_difference": float(f"{np.abs(other - exact).max():.3g}"),
            "mean_divergence": float(f"{(np.exp(p) * (p - q)).sum(-1).mean():.3g}")}


def entry(path, kind):
    rounds = kind != F32
    ids, greedy, margins = telling_prompt(path, rounds)
    exact = linear64.model(path).logits(ids)
    exact.astype("<f4").tofile(HERE / (path.stem + ".f32"))
    result = {"file": path.name, "type": kind.name, "ids": ids, "shape": exact.shape, "greedy": greedy,
              "greedy_margins": margins, "logits": path.stem + ".f32"}
    tolerance = {"max_difference": 1e-4}
    if rounds:
        result["rounded_against_exact"] = off = compare(exact, linear64.model(path, rounds=True).logits(ids))
        tolerance = {"max_difference": float(f"{2 * off['max_difference']:.2g}"),
                     "mean_divergence": float(f"{1.5 * off['mean_divergence']:.2g}")}
    result["f16_cache_against_exact"] = off = compare(exact, linear64.model(path, f16_cache=True).logits(ids))
    result["tolerance"] = result["tolerance_with_f16_cache"] = tolerance
    if off["max_difference"] > 0:
        result["tolerance_with_f16_cache"] = {
            name: float(f"{tolerance.get(name, 0) + 2 * value:.2g}") for name, value in off.items()}
    return result


def check():
    from reference import Reference
    with tempfile.TemporaryDirectory() as scratch:
        for m, kind, name in files(models.MODELS):
            if kind != F32:
                continue
            m, path = models.with_head_size(m, 64), pathlib.Path(scratch) / name
            models.write(m, kind, models.draw(m), path)
            ids = next(prompts(path))
            with Reference(path) as reference:
                print(name, compare(linear64.model(path).logits(ids), reference.logits(ids).astype(np.float64)))


def main():
    if sys.argv[1:] == ["check"]:
        return check()
    out, wanted = HERE / "linear.json", set(sys.argv[1:])
    known = {e["file"]: e for e in json.loads(out.read_text())["models"]} if out.exists() and wanted else {}
    for m, kind, name in files(models.MODELS):
        if not wanted or m.name in wanted:
            known[name] = entry(MODELS / name, kind)
            print(name, known[name]["tolerance"], known[name]["tolerance_with_f16_cache"], flush=True)
    lines = ",\n".join("    " + json.dumps(known[name]) for _, _, name in files(models.MODELS) if name in known)
    out.write_text(f'{{\n  "versions": {json.dumps(VERSIONS)},\n  "models": [\n{lines}\n  ]\n}}\n')


if __name__ == "__main__":
    main()
