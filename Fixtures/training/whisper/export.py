"""Writes the model as whisper.cpp's ggml .bin: python export.py checkpoint.pt whisper.bin --header ggml-tiny.bin"""
import argparse
import struct

import numpy as np
import torch
from gguf import GGMLQuantizationType as Kind
from gguf import quants

from model import AUDIO_CONTEXT, TEXT_CONTEXT, Config, Whisper
from vocabulary import MAGIC, SIZE, read_header

# name: value of the header, type of ggml
TYPES = {"f16": (1, Kind.F16), "q4_0": (2, Kind.Q4_0), "q8_0": (7, Kind.Q8_0), "q5_0": (8, Kind.Q5_0)}
QUANTIZER_VERSION = 2


def token_embedding(model):
    """All rows of the vocabulary."""
    table, place = model.table(), model.place
    return table[place]


def tensors(model):
    """(name, values, whether a matrix, whether a convolution) in the order of the models that are about."""
    half = {"conv1": model.conv1, "conv2": model.conv2}
    yield "encoder.positional_embedding", model.audio_positions[:AUDIO_CONTEXT], "vector"
    for name, layer in half.items():
        yield f"encoder.{name}.weight", layer.weight, "convolution"
        yield f"encoder.{name}.bias", layer.bias[:, None], "vector"
    for side, blocks in (("encoder", model.encoder), ("decoder", model.decoder)):
        if side == "decoder":
            yield "encoder.ln_post.weight", model.ln_post.weight, "vector"
            yield "encoder.ln_post.bias", model.ln_post.bias, "vector"
            yield "decoder.positional_embedding", model.text_positions[:TEXT_CONTEXT], "vector"
            yield "decoder.token_embedding.weight", token_embedding(model), "matrix"
        for i, block in enumerate(blocks):
            for name, value in block.named_parameters():
                yield f"{side}.blocks.{i}.{name}", value, "matrix" if value.dim() == 2 else "vector"
    yield "decoder.ln.weight", model.ln.weight, "vector"
    yield "decoder.ln.bias", model.ln.bias, "vector"


@torch.no_grad()
def write_ggml(path, model, header, name):
    number, kind = TYPES[name]
    c = model.config
    quantized = kind != Kind.F16
    values = [SIZE, AUDIO_CONTEXT, c.width, c.heads, c.encoder_layers,
              TEXT_CONTEXT, c.width, c.heads, c.decoder_layers, c.mels,
              number + (1000 * QUANTIZER_VERSION if quantized else 0)]
    with open(path, "wb") as out:
        out.write(struct.pack("<I11i", MAGIC, *values))
        out.write(header.raw)
        for tensor, value, role in tensors(model):
            x = np.ascontiguousarray(value.detach().float().numpy())
            use = {"vector": Kind.F32, "convolution": Kind.F16, "matrix": kind}[role]
            raw = tensor.encode()
            out.write(struct.pack("<3i", x.ndim, len(raw), int(use)))
            out.write(struct.pack(f"<{x.ndim}i", *reversed(x.shape)))
            out.write(raw)
            out.write(quants.quantize(x, use).tobytes())


def load(path):
    state = torch.load(path)
    model = Whisper(Config(**state["config"]))
    model.load_state_dict(state["weights"])
    return model.eval()


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("checkpoint")
    p.add_argument("out")
    p.add_argument("--header", required=True, help="a file that begins with the ggml header of a multilingual Whisper")
    p.add_argument("--type", default="q8_0", choices=list(TYPES))
    a = p.parse_args()
    write_ggml(a.out, load(a.checkpoint), read_header(a.header), a.type)


if __name__ == "__main__":
    main()
