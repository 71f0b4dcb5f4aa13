#!/usr/bin/env python3
"""Which type llama.cpp gives each tensor when it quantizes: writes quantization_types.json beside this script.

    pip install llama-cpp-python==0.3.36 gguf==0.19.0 numpy==2.4.6
    make_quantization_types.py

The models are made up, of zeros, each a list of what the rules depend on. For every model and type, and every kind of
tensor, the types in the order of the layers, as "COUNT TYPE, COUNT TYPE, ...": `types` without an importance matrix,
`weighted` with one.
"""
import ctypes
import importlib.metadata
import itertools
import json
import pathlib
import tempfile

import gguf
import llama_cpp
import numpy as np

# The types' names and llama.cpp's numbers for them.
FILE_TYPES = {"f32": 0, "f16": 1, "q4_0": 2, "q4_1": 3, "q8_0": 7, "q5_0": 8, "q5_1": 9, "q2_k": 10, "q3_k_s": 11,
              "q3_k_m": 12, "q3_k_l": 13, "q4_k_s": 14, "q4_k_m": 15, "q5_k_s": 16, "q5_k_m": 17, "q6_k": 18,
              "iq4_nl": 25, "iq4_xs": 30, "bf16": 32, "tq1_0": 36, "tq2_0": 37, "mxfp4_moe": 38, "iq3_s": 26, "iq3_m": 27}
# Those that need an importance matrix.
WEIGHTED_TYPES = {"iq2_xxs": 19, "iq2_xs": 20, "q2_k_s": 21, "iq3_xs": 22, "iq3_xxs": 23, "iq1_s": 24, "iq2_s": 28,
                  "iq2_m": 29, "iq1_m": 31}

# layers, heads, key/value heads, experts; columns of the embedding and of the feed-forward network; an own output.
MODELS = {
    "llama-1b": dict(layers=22, heads=8, shared=1, experts=0, width=256, inner=512, output=True),
    "tied": dict(layers=24, heads=8, shared=4, experts=0, width=256, inner=256, output=False),
    "ragged": dict(layers=9, heads=2, shared=2, experts=0, width=64, inner=172, output=True),
    "tied-ragged": dict(layers=8, heads=2, shared=1, experts=0, width=96, inner=256, output=False),
    "70b": dict(layers=80, heads=8, shared=1, experts=0, width=256, inner=256, output=True),
    "experts": dict(layers=16, heads=8, shared=2, experts=8, width=256, inner=256, output=True),
    "few-experts": dict(layers=17, heads=4, shared=4, experts=4, width=256, inner=256, output=True),
}


def shapes(layers, heads, shared, experts, width, inner, output):
    """Tensors in the order of a file: name, dimensions (fastest first)."""
    few = width // heads * shared
    yield "token_embd.weight", [width, 32]
    for layer in range(layers):
        name = f"blk.{layer}."
        yield name + "attn_norm.weight", [width]
        yield name + "attn_q.weight", [width, width]
        yield name + "attn_k.weight", [width, few]
        yield name + "attn_v.weight", [width, few]
        yield name + "attn_v.bias", [few]
        yield name + "attn_output.weight", [width, width]
        yield name + "ffn_norm.weight", [width]
        if experts:
            yield name + "ffn_gate_inp.weight", [width, experts]
            yield name + "ffn_gate_exps.weight", [width, 32, experts]
            yield name + "ffn_up_exps.weight", [width, 32, experts]
            yield name + "ffn_down_exps.weight", [inner, 32, experts]
        else:
            yield name + "ffn_gate.weight", [width, 32]
            yield name + "ffn_up.weight", [width, 32]
            yield name + "ffn_down.weight", [inner, 32]
    yield "output_norm.weight", [width]
    if output:
        yield "output.weight", [width, 32]


def write(path, model):
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(model["layers"])
    writer.add_context_length(32)
    writer.add_embedding_length(model["width"])
    writer.add_feed_forward_length(model["inner"])
    writer.add_head_count(model["heads"])
    writer.add_head_count_kv(model["shared"])
    writer.add_layer_norm_rms_eps(1e-5)
    if model["experts"]:
        writer.add_expert_count(model["experts"])
        writer.add_expert_used_count(2)
    for name, dimensions in shapes(**model):
        writer.add_tensor(name, np.zeros(dimensions[::-1], np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def importance_of(means):
    """The array of entries that llama_model_quantize takes; means: name -> float32 array."""
    entries = (llama_cpp.llama_cpp.llama_model_imatrix_data * (len(means) + 1))()
    for entry, (name, values) in zip(entries, means.items()):
        entry.name, entry.size = name.encode(), values.size
        entry.data = values.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
    return entries


def quantize(source, kind, out, means=None):
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = (FILE_TYPES | WEIGHTED_TYPES)[kind]
    parameters.nthread = 2
    if means is not None:
        entries = importance_of(means)
        parameters.imatrix = entries
    if llama_cpp.llama_model_quantize(str(source).encode(), str(out).encode(), ctypes.byref(parameters)) != 0:
        raise RuntimeError(f"llama.cpp did not quantize to {kind}")


def runs(types):
    return ", ".join(f"{len(list(group))} {name}" for name, group in itertools.groupby(types))


def types_of(model, quantized):
    found = {t.name: t.tensor_type.name for t in gguf.GGUFReader(quantized).tensors}
    kinds = {}
    for name, _ in shapes(**model):
        kinds.setdefault(".".join(part for part in name.split(".") if not part.isdigit()), []).append(found[name])
    return {kind: runs(types) for kind, types in kinds.items()}


def text_of(value, depth=0):
    """JSON with a line for every type of a model."""
    if isinstance(value, list) or isinstance(value, dict) and depth in (0, 2, 3):
        parts = value if isinstance(value, list) else value.items()
        texts = [text_of(p, depth + 1) if isinstance(value, list) else f"{json.dumps(p[0])}: {text_of(p[1], depth + 1)}"
                 for p in parts]
        opening, closing = "[]" if isinstance(value, list) else "{}"
        return opening + "\n" + ",\n".join(texts) + "\n" + closing
    return json.dumps(value)


def main():
    silent = llama_cpp.llama_log_callback(lambda level, text, user: None)
    llama_cpp.llama_log_set(silent, ctypes.c_void_p())
    models = []
    with tempfile.TemporaryDirectory() as folder:
        source, out = pathlib.Path(folder) / "model.gguf", pathlib.Path(folder) / "quantized.gguf"
        for name, model in MODELS.items():
            write(source, model)
            types, weighted = {}, {}
            for kind in FILE_TYPES:
                quantize(source, kind, out)
                types[kind] = types_of(model, out)
            means = {tensor: np.ones(dimensions[0] * (dimensions[2] if len(dimensions) > 2 else 1), np.float32)
                     for tensor, dimensions in shapes(**model) if tensor.startswith("blk.") and len(dimensions) > 1}
            for kind in FILE_TYPES | WEIGHTED_TYPES:
                quantize(source, kind, out, means)
                weighted[kind] = types_of(model, out)
            models.append({"name": name, **model, "types": types, "weighted": weighted})
    versions = {"llama-cpp-python": llama_cpp.__version__, "gguf": importlib.metadata.version("gguf")}
    path = pathlib.Path(__file__).resolve().parent / "quantization_types.json"
    path.write_text(text_of({"versions": versions, "models": models}) + "\n")


if __name__ == "__main__":
    main()
