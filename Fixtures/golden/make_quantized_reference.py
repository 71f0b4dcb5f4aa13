#!/usr/bin/env python3
"""How much quantization of activations costs llama.cpp on stories260K: writes stories260K_kl.json beside this script.

    pip install llama-cpp-python gguf numpy
    make_quantized_reference.py SHARED OUT

SHARED is the folder that holds data/stories260K. OUT receives what is not kept in the repository: the model quantized
by llama.cpp, its float32 twin, and for sequence N the logits of both, as little-endian float32 [tokens, vocabulary]:

    stories260K-q8_0.gguf   stories260K-q8_0-twin.gguf   q8_0.N.f32   q8_0.N.exact.f32     (the same for q4_0)
"""
import argparse
import ctypes
import json
import pathlib

import gguf
import llama_cpp
import numpy as np

from reference import VERSIONS, Reference, divergence, write_float32_twin

FILE_TYPES = {"q8_0": gguf.LlamaFileType.MOSTLY_Q8_0, "q4_0": gguf.LlamaFileType.MOSTLY_Q4_0}


def quantize(source, kind, out):
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = int(FILE_TYPES[kind])
    parameters.nthread = 1
    status = llama_cpp.llama_model_quantize(str(source).encode(), str(out).encode(), ctypes.byref(parameters))
    if status != 0:
        raise RuntimeError(f"llama_model_quantize returned {status}")


def hash_of(data):
    """FNV-1a, 64 bits: a hash that a test can compute in three lines."""
    value = 0xCBF29CE484222325
    for byte in data.tobytes():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def tensors_of(source, quantized):
    """Type and hash of every tensor's bytes in file order, and whether the gguf package rounds it to the same bytes."""
    originals = {t.name: np.array(t.data) for t in gguf.GGUFReader(source).tensors}
    tensors, differing = {}, []
    for t in gguf.GGUFReader(quantized).tensors:
        tensors[t.name] = [t.tensor_type.name, hash_of(t.data)]
        again = gguf.quants.quantize(originals[t.name], t.tensor_type)
        if again.tobytes() != t.data.tobytes():
            differing.append(t.name)
    return tensors, differing


def measure(kind, source, sequences, out):
    quantized, twin = out / f"stories260K-{kind}.gguf", out / f"stories260K-{kind}-twin.gguf"
    quantize(source, kind, quantized)
    write_float32_twin(quantized, twin)
    tensors, differing = tensors_of(source, quantized)
    with Reference(quantized) as model:
        runs = [model.logits(s["ids"]) for s in sequences]
    with Reference(twin) as model:
        exacts = [model.logits(s["ids"]) for s in sequences]
    with Reference(source) as model:
        originals = [model.logits(s["ids"]) for s in sequences]
    for n, (run, exact) in enumerate(zip(runs, exacts)):
        run.astype("<f4").tofile(out / f"{kind}.{n}.f32")
        exact.astype("<f4").tofile(out / f"{kind}.{n}.exact.f32")
    prompts = [s["prompt_length"] for s in sequences]
    run, exact, original = (np.concatenate(rows) for rows in (runs, exacts, originals))
    all_positions = divergence(exact, run)
    prompt_positions = np.concatenate([divergence(e[:n], r[:n]) for e, r, n in zip(exacts, runs, prompts)])
    return {
        "positions": len(all_positions),
        "mean_divergence": float(all_positions.mean()),
        "max_divergence": float(all_positions.max()),
        "mean_divergence_of_prompts": float(prompt_positions.mean()),
        "max_difference": float(np.abs(run - exact).max()),
        "mean_divergence_from_f32_model": float(divergence(original, run).mean()),
        "same_bytes_by_gguf_package": not differing,
        "tensors_differing_by_gguf_package": differing,
        "tensors": tensors,
    }


def text_of(value, depth=0):
    """JSON with one line for every list and for every entry of an object."""
    if not isinstance(value, dict) and not (isinstance(value, list) and value and isinstance(value[0], dict)):
        return json.dumps(value)
    indent = "  " * (depth + 1)
    if isinstance(value, dict):
        parts, brackets = [f"{json.dumps(k)}: {text_of(v, depth + 1)}" for k, v in value.items()], "{}"
    else:
        parts, brackets = [text_of(v, depth + 1) for v in value], "[]"
    lines = (",\n" + indent).join(parts)
    return f"{brackets[0]}\n{indent}{lines}\n{'  ' * depth}{brackets[1]}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("shared", type=pathlib.Path)
    arguments.add_argument("out", type=pathlib.Path)
    a = arguments.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    data = a.shared / "data" / "stories260K"
    cases = json.loads((data / "expected.json").read_text())["cases"]
    sequences = [{"prompt_length": len(c["prompt_ids"]), "ids": c["prompt_ids"] + c["greedy_ids"]} for c in cases]
    types = {kind: measure(kind, data / "stories260K-f32.gguf", sequences, a.out) for kind in FILE_TYPES}
    result = {"model": "stories260K-f32.gguf", "versions": VERSIONS, "sequences": sequences, "types": types}
    (pathlib.Path(__file__).resolve().parent / "stories260K_kl.json").write_text(text_of(result) + "\n")
    for kind, t in types.items():
        print(kind, {k: v for k, v in t.items() if k != "tensors"})


if __name__ == "__main__":
    main()
