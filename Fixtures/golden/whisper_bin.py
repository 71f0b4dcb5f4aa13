"""A model file as whisper.cpp has them, with weights from a seed: the same bytes as Tests/TestSupport/WhisperBin.swift makes."""
import struct

import numpy as np

SIZES = (100, 64, 2, 2, 128, 64, 2, 2)  # encoder's and decoder's context, width, heads, layers
VOCABULARY, MELS, BINS, WORDS = 51865, 80, 201, 50257


class Uniform:
    """-1 ..< 1 in steps of 2**-23, from SplitMix64 (doi:10.1145/2714064.2660195)."""

    def __init__(self, seed):
        self.state = seed

    def take(self, count):
        with np.errstate(over="ignore"):
            steps = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
            z = np.uint64(self.state) + steps
            self.state = int(z[-1])
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z = z ^ (z >> np.uint64(31))
        return (z >> np.uint64(40)).astype(np.float32) / np.float32(2 ** 23) - np.float32(1)


def spectrogram(seed):
    frames = 2 * SIZES[0]
    return Uniform(seed).take(MELS * frames).reshape(MELS, frames)


def build(seed):
    random = Uniform(seed)
    out = [struct.pack("<12i", 0x67676D6C, VOCABULARY, *SIZES, MELS, 1), struct.pack("<2i", MELS, BINS)]
    out.append((np.arange(MELS * BINS) % 7).astype("<f4").tobytes())
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    order = printable + [b for b in range(256) if b not in printable]
    words = [bytes([b]) for b in order] + [f" t{i}".encode() for i in range(256, WORDS)]
    out.append(struct.pack("<i", len(words)))
    out += [struct.pack("<I", len(word)) + word for word in words]

    def gain(columns):
        return np.sqrt(np.float32(3) / np.float32(columns))

    def tensor(name, shape, half, factor, mean=0):
        values = np.float32(mean) + random.take(int(np.prod(shape))) * np.float32(factor)
        out.append(struct.pack("<3i", len(shape), len(name), int(half)))
        out.append(struct.pack(f"<{len(shape)}i", *reversed(shape)) + name.encode())
        out.append(values.astype("<f2" if half else "<f4").tobytes())

    def norm(name, width):
        tensor(f"{name}.weight", [width], False, 0.1, 1)
        tensor(f"{name}.bias", [width], False, 0.1)

    def block(name, width, attentions):
        for attention in attentions:
            norm(f"{name}.{attention}_ln", width)
            for part in ("query", "key", "value", "out"):
                tensor(f"{name}.{attention}.{part}.weight", [width, width], True, 2 * gain(width))
                if part != "key":
                    tensor(f"{name}.{attention}.{part}.bias", [width], False, 0.1)
        norm(f"{name}.mlp_ln", width)
        tensor(f"{name}.mlp.0.weight", [4 * width, width], True, gain(width))
        tensor(f"{name}.mlp.0.bias", [4 * width], False, 0.1)
        tensor(f"{name}.mlp.2.weight", [width, 4 * width], True, gain(4 * width))
        tensor(f"{name}.mlp.2.bias", [width], False, 0.1)

    audio, width, _, encoder_layers, text, _, _, decoder_layers = SIZES
    tensor("encoder.positional_embedding", [audio, width], False, 1)
    for index, channels in ((1, MELS), (2, width)):
        tensor(f"encoder.conv{index}.weight", [width, channels, 3], True, gain(3 * channels))
        tensor(f"encoder.conv{index}.bias", [width, 1], False, 0.1)
    for layer in range(encoder_layers):
        block(f"encoder.blocks.{layer}", width, ["attn"])
    norm("encoder.ln_post", width)
    tensor("decoder.positional_embedding", [text, width], False, 1)
    tensor("decoder.token_embedding.weight", [VOCABULARY, width], True, np.float32(1.5) * gain(width))
    for layer in range(decoder_layers):
        block(f"decoder.blocks.{layer}", width, ["attn", "cross_attn"])
    norm("decoder.ln", width)
    return b"".join(out)
