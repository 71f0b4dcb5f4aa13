#!/usr/bin/env python3
"""Runs llama.cpp on decoders of ../models and writes this folder's *.f32 and models.json (fields: README.md).

    pip install llama-cpp-python gguf numpy
    make_logits.py [MODEL ...]        # names without suffix; default: all of models.json. Others keep their entries
"""
import json
import pathlib
import sys
import tempfile

import gguf
import numpy as np

import few_bits  # noqa: F401: teaches gguf two types
import float64
import gemma64
from reference import VERSIONS, Reference, divergence, write_float32_twin

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parent / "models"
TOKENS = 37  # more than one block of 32 keys, and no multiple of a kernel's tile
CONTINUATION = 16
MARGIN = 0.1  # logits; no step of a greedy continuation is closer to a tie
ROUTER_MARGIN = 0.02  # the same of experts where weights are quantized, so that rounding chooses no others
CONTEXT = 64  # tests repeat a prompt up to here
PROMPTS = 280


def prompts(path):
    """Each is the file's BOS, then ids spread over bytes and pieces, some of them twice."""
    bos = int(gguf.GGUFReader(path).fields["tokenizer.ggml.bos_token_id"].contents())
    for start in range(PROMPTS):
        yield [bos] + [(37 * i * i + 11 * i + start) % 280 + 3 for i in range(1, TOKENS)]


def has_clear_routes(decoder, ids):
    decoder.router_margin = np.inf
    decoder.logits([ids[i % len(ids)] for i in range(CONTEXT)])
    return decoder.router_margin >= ROUTER_MARGIN


def telling_prompt(path, model, exact):
    """A prompt that a runtime must continue as llama.cpp does: without a near tie, and the same by the exact weights.

    Of these, the one whose continuation has the most distinct ids: random models like to repeat themselves.
    """
    best = None
    decoder = float64.model(path)
    is_quantized_mixture = file_type(path) != "F32" and hasattr(decoder, "router_margin") and decoder.key("expert_count")
    for ids in prompts(path):
        if is_quantized_mixture and not has_clear_routes(decoder, ids):
            continue
        greedy, margins = model.greedy(ids, CONTINUATION)
        if min(margins) >= MARGIN and exact.greedy(ids, CONTINUATION)[0] == greedy:
            rank = len(set(greedy)), min(margins)
            if best is None or rank > best[0]:
                best = rank, ids, greedy, margins
    if best is None:
        raise RuntimeError(f"no prompt keeps {path.name} off a near tie")
    return best[1:]


def file_type(path):
    return gguf.LlamaFileType(gguf.GGUFReader(path).fields["general.file_type"].contents()).name.split("_", 1)[1]


def store(logits, name):
    logits.astype("<f4").tofile(HERE / name)
    return name


def compare(exact, other):
    return {"max_difference": float(f"{np.abs(other - exact).max():.3g}"),
            "mean_divergence": float(f"{divergence(exact, other).mean():.3g}")}


def tolerance(kind, against_exact):
    """What a runtime with a float32 KV cache may differ from the exact logits (from `logits`, where these are exact).

    Float32: ten times what llama.cpp itself differs from float64. Else somewhat more than what llama.cpp differs, which
    rounds the activations to the weights' type (to Q8_0 for quantized weights).
    """
    if kind == "F32":
        return {"max_difference": 1e-4}
    return {"max_difference": float(f"{2 * against_exact['max_difference']:.2g}"),
            "mean_divergence": float(f"{1.5 * against_exact['mean_divergence']:.2g}")}


def with_f16_cache(allowed, f16_cache):
    """The same with a float16 KV cache: llama.cpp's own loss by it, twice, comes on top. Without such a cache: the same."""
    if f16_cache["max_difference"] == 0:
        return allowed
    extra = {"max_difference": 2 * f16_cache["max_difference"], "mean_divergence": 2 * f16_cache["mean_divergence"]}
    return {name: float(f"{allowed.get(name, 0) + value:.2g}") for name, value in extra.items()}


def entry(path, scratch):
    kind = file_type(path)
    twin = scratch / path.name
    write_float32_twin(path, twin)
    # llama.cpp has fixed sizes of Gemma 3n, and another deviation in its sparse gates.
    is_known = gguf.GGUFReader(path).fields["general.architecture"].contents() != "gemma3n"
    runtime = Reference if is_known else gemma64.Reference
    with runtime(path) as model, runtime(twin) as twin_model:
        ids, greedy, margins = telling_prompt(path, model, twin_model)
        logits, twin_logits = model.logits(ids), twin_model.logits(ids)
    with runtime(twin, cache="f16") as model:
        f16_cache_logits = model.logits(ids)
    oracle = float64.logits(path, ids)
    by_table = is_known and getattr(float64.model(path), "has_gelu", False)  # llama.cpp takes GELU from a table in float16
    exact = oracle if by_table else twin_logits
    result = {"file": path.name, "type": kind, "ids": ids, "shape": logits.shape, "greedy": greedy,
              "greedy_margins": margins, "logits": store(logits, path.stem + ".f32")}
    if by_table or kind != "F32":
        result["exact_logits"] = store(exact, path.stem + ".exact.f32")
        result["exact_by"] = "float64.py" if by_table else "llama.cpp"
        result["logits_against_exact"] = compare(exact, logits)
    result["twin_against_float64"] = compare(oracle, twin_logits)
    result["f16_cache_against_exact"] = compare(exact, f16_cache_logits)
    result["tolerance"] = tolerance(kind, result.get("logits_against_exact"))
    result["tolerance_with_f16_cache"] = with_f16_cache(result["tolerance"], result["f16_cache_against_exact"])
    return result


def main():
    known = {e["file"]: e for e in json.loads((HERE / "models.json").read_text())["models"]}
    with tempfile.TemporaryDirectory() as scratch:
        for name in [f"{name}.gguf" for name in sys.argv[1:]] or list(known):
            known[name] = entry(MODELS / name, pathlib.Path(scratch))
    entries = [known[name] for name in sorted(known)]
    lines = ",\n".join("    " + json.dumps(e) for e in entries)
    (HERE / "models.json").write_text(f'{{\n  "versions": {json.dumps(VERSIONS)},\n  "models": [\n{lines}\n  ]\n}}\n')
    for e in entries:
        print(f"{e['file']:30} logits {e.get('logits_against_exact', '')} twin {e['twin_against_float64']} "
              f"f16 cache {e['f16_cache_against_exact']}")


if __name__ == "__main__":
    main()
