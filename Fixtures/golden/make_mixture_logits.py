#!/usr/bin/env python3
"""Runs llama.cpp on the models of ../models/make_mixtures.py and writes their *.f32 here, and mixtures.json.

    pip install llama-cpp-python gguf numpy
    make_mixture_logits.py [NAME ...]       # only these models; the others' entries stay

The fields are those of models.json (README.md). Exact logits are llama.cpp's of the weights as float32. Of quantized
files, `ids` are those of which llama.cpp's logits are nearest to these, so that rounding chooses no other experts.
"""
import json
import pathlib
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "models"))
import make_mixtures
from make_logits import (CONTINUATION, MARGIN, MODELS, compare, file_type, prompts, store, tolerance, with_f16_cache)
from reference import VERSIONS, Reference, write_float32_twin
from writing import files


CANDIDATES = 12  # prompts of which the best is taken


def telling_prompt(path, model, exact, length):
    """A prompt without a near tie, which the exact weights continue alike; of these the one with the most distinct ids to
    follow, or of quantized files the one whose logits are nearest to the exact ones, when it is repeated too."""
    best, found = None, 0
    is_quantized = file_type(path) != "F32"
    for ids in prompts(path):
        if found == CANDIDATES:
            break
        greedy, margins = model.greedy(ids, CONTINUATION)
        if min(margins) < MARGIN or exact.greedy(ids, CONTINUATION)[0] != greedy:
            continue
        found += 1
        if is_quantized:
            whole = [ids[i % len(ids)] for i in range(length)]
            distance = np.abs(model.logits(whole) - exact.logits(whole)).max()
        rank = (-distance,) if is_quantized else (len(set(greedy)), min(margins))
        if best is None or rank > best[0]:
            best = rank, ids, greedy, margins
    if best is None:
        raise RuntimeError(f"no prompt keeps {path.name} off a near tie")
    return best[1:]


def entry(path, length, scratch):
    kind = file_type(path)
    twin = scratch / path.name
    write_float32_twin(path, twin)
    with Reference(path) as model, Reference(twin) as twin_model:
        ids, greedy, margins = telling_prompt(path, model, twin_model, length)
        logits, exact = model.logits(ids), twin_model.logits(ids)
    with Reference(twin, cache="f16") as model:
        f16_cache_logits = model.logits(ids)
    result = {"file": path.name, "type": kind, "ids": ids, "shape": logits.shape, "greedy": greedy,
              "greedy_margins": margins, "logits": store(logits, path.stem + ".f32")}
    if kind != "F32":
        result["exact_logits"] = store(exact, path.stem + ".exact.f32")
        result["exact_by"] = "llama.cpp"
        result["logits_against_exact"] = compare(exact, logits)
    result["f16_cache_against_exact"] = compare(exact, f16_cache_logits)
    result["tolerance"] = tolerance(kind, result.get("logits_against_exact"))
    result["tolerance_with_f16_cache"] = with_f16_cache(result["tolerance"], result["f16_cache_against_exact"])
    return result


def main():
    out, wanted = HERE / "mixtures.json", set(sys.argv[1:])
    known = {e["file"]: e for e in json.loads(out.read_text())["models"]} if out.exists() and wanted else {}
    with tempfile.TemporaryDirectory() as scratch:
        for m, _, name in files(make_mixtures.MODELS):
            if wanted and m.name not in wanted:
                continue
            known[name] = entry(MODELS / name, m.context, pathlib.Path(scratch))
            print(name, known[name]["tolerance"], known[name]["f16_cache_against_exact"], flush=True)
            write(out, known)


def write(out, known):
    entries = [known[name] for _, _, name in files(make_mixtures.MODELS) if name in known]
    lines = ",\n".join("    " + json.dumps(e) for e in entries)
    out.write_text(f'{{\n  "versions": {json.dumps(VERSIONS)},\n  "models": [\n{lines}\n  ]\n}}\n')


if __name__ == "__main__":
    main()
