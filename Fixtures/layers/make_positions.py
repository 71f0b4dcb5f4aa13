"""How models of ../models tell positions apart, by transformers and gguf-py: positions.json, for the tests of traces.

    pip install torch transformers gguf numpy
    python make_positions.py

Cosines between rows of position tables, wavelengths of rotary embeddings by transformers' ROPE_INIT_FUNCTIONS, slopes of
ALiBi by Bloom's and MPT's code, biases by the buckets of T5's.
"""

import json
import math
import os

import gguf
import numpy
import torch
import transformers as t
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.bloom.modeling_bloom import build_alibi_tensor
from transformers.models.mpt.modeling_mpt import build_mpt_alibi_tensor
from transformers.models.t5.modeling_t5 import T5Attention

HERE = os.path.dirname(os.path.abspath(__file__))


class File:
    def __init__(self, name):
        self.reader = gguf.GGUFReader(os.path.join(HERE, "..", "models", name + ".gguf"))
        self.architecture = self.reader.fields["general.architecture"].contents()

    def __getitem__(self, key):
        return self.reader.fields[f"{self.architecture}.{key}"].contents()

    def tensor(self, name):
        found = next(one for one in self.reader.tensors if one.name == name)
        return gguf.dequantize(found.data, found.tensor_type)


def numbers(array):
    return [float(f"{value:.8g}") for value in numpy.asarray(array, dtype=float).flatten()]


def rows(name, tensor):
    table = File(name).tensor(tensor).astype(float)
    unit = table / numpy.linalg.norm(table, axis=1, keepdims=True)
    return dict(count=len(table), first=numbers(unit[:8] @ unit[:8].T))


def rope(name, **scaling):
    file = File(name)
    dimension = file["rope.dimension_count"]
    base = file["rope.freq_base"] if f"{file.architecture}.rope.freq_base" in file.reader.fields else 10000.0
    length = file["context_length"]
    if scaling.get("rope_type") == "longrope":
        long = [file.tensor(f"rope_factors_{kind}.weight").astype(float) for kind in ("short", "long")]
        plain = base ** (numpy.arange(0, dimension, 2) / dimension)
        return dict(wavelengths=numbers(2 * math.pi * plain * long[0]), long=numbers(2 * math.pi * plain * long[1]))
    config = t.LlamaConfig(
        hidden_size=dimension, num_attention_heads=1, head_dim=dimension, max_position_embeddings=length)
    config.rope_parameters = dict(rope_type="default", rope_theta=base) | scaling
    if scaling:
        frequencies, _ = ROPE_INIT_FUNCTIONS[scaling["rope_type"]](config, "cpu")
    else:
        frequencies = torch.tensor(base ** -(numpy.arange(0, dimension, 2) / dimension))
    return dict(wavelengths=numbers(2 * math.pi / frequencies.double().numpy()))


def relative(name, tensor, causal):
    file = File(name)
    table = file.tensor(tensor).astype(float)
    table = table if table.shape[1] == file["attention.head_count"] else table.T  # [buckets, heads]
    distances = torch.arange(-40, 1 if causal else 41)
    buckets = T5Attention._relative_position_bucket(
        distances, bidirectional=not causal, num_buckets=len(table), max_distance=128)
    return dict(buckets=len(table), first=-40, values=numbers(table[buckets.numpy()].T))


def main():
    linear = File("llama-rope-linear-f32")["rope.scaling.factor"]
    heads = File("bloom-f32")["attention.head_count"]
    bloom = -build_alibi_tensor(torch.ones(1, 2), heads, torch.float64)[:, 0, 1]
    mpt_heads = File("mpt-f32")["attention.head_count"]
    mpt = -build_mpt_alibi_tensor(mpt_heads, 2, File("mpt-f32")["attention.max_alibi_bias"]).flatten(1)[:, 0]
    found = {
        "gpt2-f32": rows("gpt2-f32", "position_embd.weight"),
        "llama-f32": rope("llama-f32"),
        "llama-rope-linear-f32": rope("llama-rope-linear-f32", rope_type="linear", factor=linear),
        "phi-longrope-f32": rope("phi-longrope-f32", rope_type="longrope"),
        "bloom-f32": dict(slopes=numbers(-bloom)), "mpt-f32": dict(slopes=numbers(mpt)),
        "t5-f32": dict(
            encoder=relative("t5-f32", "enc.blk.0.attn_rel_b.weight", False),
            decoder=relative("t5-f32", "dec.blk.0.attn_rel_b.weight", True)),
    }
    with open(os.path.join(HERE, "positions.json"), "w") as file:
        json.dump(found, file)
        file.write("\n")


if __name__ == "__main__":
    main()
