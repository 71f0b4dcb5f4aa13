#!/usr/bin/env python3
"""Writes the tiny random-weight Whisper models of this folder, in Swiftlet's GGUF form.

    pip install gguf numpy
    make_speech_models.py [--out FOLDER]        # default: the folder of this file

Every file is a function of this folder's scripts alone, as make_models.py's are; all hold the same weights, rounded or
quantized by the gguf package. Names of keys and tensors: Sources/Models/Families/Whisper.swift.
"""
import argparse
import pathlib

import gguf
import numpy as np

from vocabularies import byte_characters

F32, F16, Q8_0, Q4_0 = (gguf.GGMLQuantizationType[n] for n in ("F32", "F16", "Q8_0", "Q4_0"))
ENCODER = dict(context=60, width=32, heads=2, layers=2)
DECODER = dict(context=40, width=32, heads=2, layers=3)
MELS, BINS = 20, 33
LANGUAGES = ("en", "zh", "de")
LAST_TIME = 50


def special_tokens():
    tasks = ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")
    times = [f"{i * 0.02:.2f}" for i in range(LAST_TIME + 1)]
    return [f"<|{name}|>" for name in ("endoftext", "startoftranscript", *LANGUAGES, *tasks, *times)]


def write(path, matrix_type):
    rng = np.random.RandomState(11)
    w = gguf.GGUFWriter(path, "whisper")
    for name, stack in (("encoder", ENCODER), ("decoder", DECODER)):
        w.add_uint32(f"whisper.{name}.context_length", stack["context"])
        w.add_uint32(f"whisper.{name}.embedding_length", stack["width"])
        w.add_uint32(f"whisper.{name}.feed_forward_length", 4 * stack["width"])
        w.add_uint32(f"whisper.{name}.block_count", stack["layers"])
        w.add_uint32(f"whisper.{name}.attention.head_count", stack["heads"])
    w.add_uint32("whisper.encoder.mels_count", MELS)
    special = special_tokens()
    text = byte_characters() + ["he", "in", "Ġthe"]
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("gpt-2")
    w.add_token_list(text + special)
    w.add_token_types([1] * len(text) + [3] * len(special))
    w.add_eos_token_id(len(text))

    def tensor(name, values, kind=F32):
        values = np.ascontiguousarray(values, dtype=np.float32)
        if kind != F32 and values.shape[-1] % gguf.GGML_QUANT_SIZES[kind][0] != 0:
            kind = F16  # a convolution's rows are no whole blocks
        data = gguf.quants.quantize(values, kind)
        w.add_tensor(name, data, raw_dtype=kind)

    def matrix(name, rows, columns, gain=1.0):
        tensor(name, rng.standard_normal((rows, columns)) * gain * columns ** -0.5, matrix_type)

    def vector(name, count, mean=0.0):
        tensor(name, mean + 0.1 * rng.standard_normal(count))

    def norm(name, width):
        vector(f"{name}.weight", width, 1.0)
        vector(f"{name}.bias", width)

    def attention(block, prefix, width):
        norm(f"{block}.{prefix}attn_norm", width)
        for part in ("q", "k", "v", "output"):
            matrix(f"{block}.{prefix}attn_{part}.weight", width, width, 2.0)
            if part != "k":
                vector(f"{block}.{prefix}attn_{part}.bias", width)

    def blocks(name, stack, prefixes):
        width = stack["width"]
        for layer in range(stack["layers"]):
            block = f"{name}.blk.{layer}"
            for prefix in prefixes:
                attention(block, prefix, width)
            norm(f"{block}.ffn_norm", width)
            for part, rows, columns in (("up", 4 * width, width), ("down", width, 4 * width)):
                matrix(f"{block}.ffn_{part}.weight", rows, columns)
                vector(f"{block}.ffn_{part}.bias", rows)
        norm(f"{name}.output_norm", width)

    tensor("mel_filters", rng.random_sample((MELS, BINS)) * (rng.random_sample((MELS, BINS)) < 0.1))
    width = ENCODER["width"]
    for index, channels in ((1, MELS), (2, width)):
        kernel = rng.standard_normal((width, channels, 3)) * (3 * channels) ** -0.5
        tensor(f"enc.conv1d.{index}.weight", kernel, matrix_type)
        vector(f"enc.conv1d.{index}.bias", width)
    angles = np.arange(ENCODER["context"])[:, None] * np.exp(-np.log(1e4) / (width // 2 - 1) * np.arange(width // 2))
    tensor("enc.position_embd.weight", np.concatenate([np.sin(angles), np.cos(angles)], 1))
    blocks("enc", ENCODER, ("",))
    tensor("dec.position_embd.weight", 0.5 * rng.standard_normal((DECODER["context"], DECODER["width"])))
    matrix("token_embd.weight", len(text) + len(special), DECODER["width"], 1.5)
    blocks("dec", DECODER, ("", "cross_"))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    folder = parser.parse_args().out
    for kind in (F32, F16, Q8_0, Q4_0):
        write(folder / f"whisper-{kind.name.lower()}.gguf", kind)


if __name__ == "__main__":
    main()
