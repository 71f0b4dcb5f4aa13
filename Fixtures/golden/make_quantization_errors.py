#!/usr/bin/env python3
"""llama.cpp's squared errors of quantization, and what blocks decode to: writes quantization_errors.json beside this.

    pip install llama-cpp-python==0.3.36 gguf==0.19.0 numpy==2.4.6
    make_quantization_errors.py SHARED      # SHARED holds data/stories260K

`errors`: for each set of tensors and each type, the sum of squared errors of every tensor. A tensor's values are taken in
rows of 256, what is left over is dropped. llama.cpp quantizes, the gguf package decodes. The types with codebooks, which
llama.cpp quantizes with an importance matrix alone, get one of ones.

`blocks`: for each type, the hash (64-bit FNV-1a, see README.md) of the float32 values that the gguf package decodes
BLOCKS random blocks to. Their bytes are those of `random_bytes`, with the exponents of their float16 made finite.
"""
import argparse
import ctypes
import importlib.metadata
import json
import pathlib
import tempfile

import gguf
import llama_cpp
import numpy as np

Type = gguf.GGMLQuantizationType
# The types and llama.cpp's number for a file that has nothing else.
FILE_TYPES = {"Q4_0": 2, "Q4_1": 3, "Q5_0": 8, "Q5_1": 9, "Q8_0": 7, "Q2_K": 10, "Q3_K": 12, "Q4_K": 15, "Q5_K": 17,
              "Q6_K": 18, "IQ4_NL": 25, "IQ4_XS": 30, "MXFP4": 38, "TQ1_0": 36, "TQ2_0": 37}
# Quantized by ggml_quantize_chunk.
CODEBOOK_TYPES = ["IQ3_S", "IQ3_XXS", "IQ2_S", "IQ2_XS", "IQ2_XXS", "IQ1_S", "IQ1_M"]
# Those that are only decoded here.
READ_ONLY = [*CODEBOOK_TYPES, "NVFP4"]
# Where a block's float16 stand.
HALVES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82], "Q3_K": [108],
          "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "IQ4_NL": [0], "IQ4_XS": [0], "MXFP4": [],
          "TQ1_0": [52], "TQ2_0": [64], "IQ3_S": [0], "IQ3_XXS": [0], "IQ2_S": [0], "IQ2_XS": [0], "IQ2_XXS": [0],
          "IQ1_S": [0], "IQ1_M": [54], "NVFP4": []}  # of IQ1_M the highest four bits
BLOCKS, RANDOM_ROWS = 64, 256


def random_numbers(seed, count):
    """SplitMix64, doi:10.1145/2714064.2660195."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def random_bytes(seed, count):
    """The numbers' bytes, lowest first."""
    return random_numbers(seed, (count + 7) // 8).astype("<u8").view(np.uint8)[:count].copy()


def random_weights(seed, count):
    """About normal: sums of a number's four 16-bit parts; exact in float32."""
    parts = random_numbers(seed, count).astype("<u8").view("<u2").reshape(-1, 4).astype(np.int64)
    return ((parts.sum(axis=1) - 131070) * 2.0**-20).astype(np.float32)


def hash_of(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def hash_of_blocks(name):
    kind = Type[name]
    size = gguf.GGML_QUANT_SIZES[kind][1]
    blocks = random_bytes(int(kind), BLOCKS * size).reshape(BLOCKS, size)
    for start in HALVES[name]:
        blocks[:, start + 1] &= 0xBF
    return hash_of(gguf.quants.dequantize(blocks, kind).astype("<f4").tobytes())


def tensors_of(path):
    for tensor in gguf.GGUFReader(path).tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32).ravel()
        if tensor.name.endswith("weight") and "norm" not in tensor.name:
            yield tensor.name, values[:len(values) // 256 * 256].reshape(-1, 256)


def errors(tensors):
    """Of each type, each tensor's."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        source, out = f"{folder}/source.gguf", f"{folder}/out.gguf"
        writer = gguf.GGUFWriter(source, "llama")
        writer.add_block_count(1)
        writer.add_context_length(32)
        writer.add_embedding_length(256)
        writer.add_feed_forward_length(256)
        writer.add_head_count(1)
        writer.add_layer_norm_rms_eps(1e-5)
        for name, values in tensors.items():
            writer.add_tensor(name, values)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        for kind, number in FILE_TYPES.items():
            parameters = llama_cpp.llama_model_quantize_default_params()
            parameters.ftype, parameters.nthread, parameters.pure = number, 1, True
            if llama_cpp.llama_model_quantize(source.encode(), out.encode(), ctypes.byref(parameters)) != 0:
                raise RuntimeError(f"llama.cpp did not quantize to {kind}")
            found[kind] = {}
            for tensor in gguf.GGUFReader(out).tensors:
                assert tensor.tensor_type == Type[kind], tensor.name
                values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float64)
                found[kind][tensor.name] = float(((values - tensors[tensor.name]) ** 2).sum())
    return found


def codebook_errors(tensors, ggml):
    """As `errors`, of the types with codebooks."""
    found = {}
    ggml.ggml_quantize_chunk.restype = ctypes.c_size_t
    for name in CODEBOOK_TYPES:
        kind, found[name] = Type[name], {}
        for tensor, values in tensors.items():
            values = np.ascontiguousarray(values, np.float32)
            rows, columns = values.shape
            out = np.zeros((rows, columns // 256 * gguf.GGML_QUANT_SIZES[kind][1]), np.uint8)
            ones = np.ones(columns, np.float32)
            ggml.ggml_quantize_chunk(
                int(kind), values.ctypes.data_as(ctypes.c_void_p), out.ctypes.data_as(ctypes.c_void_p), ctypes.c_int64(0),
                ctypes.c_int64(rows), ctypes.c_int64(columns), ones.ctypes.data_as(ctypes.c_void_p))
            decoded = gguf.quants.dequantize(out, kind).astype(np.float64)
            found[name][tensor] = float(((decoded - values) ** 2).sum())
    return found


def main():
    silent = llama_cpp.llama_log_callback(lambda level, text, user: None)
    llama_cpp.llama_log_set(silent, ctypes.c_void_p())
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("shared", type=pathlib.Path)
    shared = arguments.parse_args().shared
    here = pathlib.Path(__file__).resolve().parent
    sets = {
        "random": {"random.weight": random_weights(1, RANDOM_ROWS * 256).reshape(-1, 256)},
        "chat": dict(tensors_of(here.parent / "chat.gguf")),
        "stories260K": dict(tensors_of(shared / "data" / "stories260K" / "stories260K-f32.gguf")),
    }
    lines = [f'"versions": {json.dumps({n: importlib.metadata.version(n) for n in ("llama-cpp-python", "gguf")})}',
             f'"blocks": {json.dumps({name: hash_of_blocks(name) for name in [*FILE_TYPES, *READ_ONLY]})}']
    ggml = ctypes.CDLL(str(pathlib.Path(llama_cpp.__file__).parent / "lib" / "libggml-base.so"))
    for name, tensors in sets.items():
        found_errors = errors(tensors) | codebook_errors(tensors, ggml)
        types = [f"{json.dumps(kind)}: {json.dumps(found)}" for kind, found in found_errors.items()]
        lines.append(f'"{name}": {{\n' + ",\n".join(types) + "}")
    (here / "quantization_errors.json").write_text("{" + ",\n".join(lines) + "}\n")


if __name__ == "__main__":
    main()
