#!/usr/bin/env python3
"""Writes llama-few-bits.gguf beside this script: a Llama whose matrices have the types of one to three bits, and NVFP4.

    pip install gguf==0.19.0 numpy==2.4.6
    make_few_bits.py

A matrix's blocks are random bits, so that every entry of a codebook and every sub-scale occurs; their scales are such that a
product keeps its input's variance. Random numbers are RandomState's, whose stream numpy has frozen (NEP 19).
"""
import pathlib
import sys

import gguf
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "golden"))
import few_bits  # noqa: E402, F401: teaches gguf two types
from vocabularies import add_sentencepiece, VOCABULARY_SIZE  # noqa: E402

Type = gguf.GGMLQuantizationType
HIDDEN, HEADS, HEAD_DIMENSION, CONTEXT = 256, 4, 64, 64
# A layer's types by matrix.
LAYERS = (
    {"attn_q": "IQ3_S", "attn_k": "Q1_0", "attn_v": "Q2_0", "attn_output": "IQ3_XXS", "ffn_gate": "IQ2_S",
     "ffn_up": "IQ2_XS", "ffn_down": "IQ2_XXS"},
    {"attn_q": "TQ2_0", "attn_k": "NVFP4", "attn_v": "IQ1_M", "attn_output": "IQ1_S", "ffn_gate": "TQ1_0",
     "ffn_up": "IQ1_M", "ffn_down": "Q2_0"},
)
# Where a block's float16 is; IQ1_M spreads it over the high nibbles of four words, NVFP4 has others.
SCALE_PLACES = {"TQ1_0": 52, "TQ2_0": 64}
RANDOM = np.random.RandomState(30)


def set_scales(name, blocks, scales):
    halves = scales.astype("<f2").view("<u2").astype(np.uint16)
    if name == "IQ1_M":
        for i in range(4):
            blocks[:, 49 + 2 * i] = blocks[:, 49 + 2 * i] & 15 | (halves >> 4 * i & 15).astype(np.uint8) << 4
    else:
        place = SCALE_PLACES.get(name, 0)
        blocks[:, place:place + 2] = halves.view(np.uint8).reshape(-1, 2)


def matrix(name, rows, columns, deviation):
    """Rows of random blocks: [rows, bytes]."""
    elements, size = gguf.GGML_QUANT_SIZES[Type[name]]
    count = rows * columns // elements
    blocks = RANDOM.randint(0, 256, (count, size)).astype(np.uint8)
    if name == "NVFP4":
        blocks[:, :4] = RANDOM.randint(4, 24, (count, 4))  # subnormal ones, too
        return blocks.reshape(rows, -1)
    set_scales(name, blocks, np.ones(count))
    found = gguf.quants.dequantize(blocks, Type[name]).std()
    set_scales(name, blocks, RANDOM.uniform(0.8, 1.2, count) * deviation / found)
    return blocks.reshape(rows, -1)


def main():
    out = gguf.GGUFWriter(HERE / "llama-few-bits.gguf", "llama")
    out.add_name("llama-few-bits")
    out.add_file_type(gguf.LlamaFileType.MOSTLY_IQ3_S)
    out.add_quantization_version(gguf.GGML_QUANT_VERSION)
    out.add_context_length(CONTEXT)
    out.add_embedding_length(HIDDEN)
    out.add_block_count(len(LAYERS))
    out.add_feed_forward_length(HIDDEN)
    out.add_head_count(HEADS)
    out.add_head_count_kv(1)
    out.add_layer_norm_rms_eps(1e-5)
    out.add_rope_freq_base(10000.0)
    out.add_rope_dimension_count(HEAD_DIMENSION)
    add_sentencepiece(out)

    def add(name, kind, rows, scale=1.0):
        out.add_tensor(name + ".weight", matrix(kind, rows, HIDDEN, scale / HIDDEN**0.5), raw_dtype=Type[kind])

    def add_norm(name):
        out.add_tensor(name + ".weight", (1 + 0.1 * RANDOM.standard_normal(HIDDEN)).astype(np.float32))

    add("token_embd", "TQ2_0", VOCABULARY_SIZE, 2.0)
    add_norm("output_norm")
    for index, types in enumerate(LAYERS):
        block = f"blk.{index}."
        add_norm(block + "attn_norm")
        add_norm(block + "ffn_norm")
        for name, kind in types.items():
            rows = HEAD_DIMENSION if name in ("attn_k", "attn_v") else HIDDEN
            add(block + name, kind, rows, 1.4 if name in ("attn_q", "attn_k", "ffn_gate", "ffn_up") else 1.0)
            if kind in ("NVFP4", "TQ1_0"):  # converters write a factor of all weights beside these
                out.add_tensor(block + name + ".scale", np.array([0.7], np.float32))
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


if __name__ == "__main__":
    main()
