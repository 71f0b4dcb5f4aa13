#!/usr/bin/env python3
"""Importance matrices of the tiny models in float64, in both of llama.cpp's forms: writes imatrix/ beside this script.

    pip install gguf==0.19.0 numpy==2.4.6
    make_imatrix.py

The models of float64.py, which record the input of every product: CHUNKS sequences of CHUNK_SIZE tokens, the ids of
`chunk`. The layout of the files is that of llama.cpp's tools/imatrix.
"""
import pathlib
import struct

import gguf
import numpy as np

import float64

MODELS = ["llama-f32", "gpt2-f32", "llama-experts-f32"]
CHUNKS, CHUNK_SIZE = 3, 24
TEXT = "text of make_imatrix.py"


def chunk(number):
    return [(37 * i + 11 * number + i // 7) % 200 + 3 for i in range(CHUNK_SIZE)]


class Recorder(float64.Decoder):
    """Sums up the squares of the inputs, `[matrices, columns]`, and counts the rows of each matrix."""

    def __init__(self, reader):
        super().__init__(reader)
        self.sums, self.counts = {}, {}

    def record(self, name, sums, counts):
        if name.startswith("blk."):
            name += ".weight"
            self.sums[name] = self.sums.get(name, 0) + sums
            self.counts[name] = self.counts.get(name, 0) + counts

    def linear(self, x, name):
        self.record(name, (x * x).sum(0)[None], np.array([len(x)]))
        return super().linear(x, name)

    def experts(self, x, block):
        out = super().experts(x, block)
        logits, used = x @ self.tensors[block + "ffn_gate_inp.weight"].T, self.key("expert_used_count")
        takes = np.zeros_like(logits)  # [tokens, experts]
        np.put_along_axis(takes, np.argsort(-logits, -1)[:, :used], 1, -1)
        gate, up = (self.tensors[f"{block}ffn_{name}_exps.weight"] for name in ("gate", "up"))
        inner = self.activation(np.einsum("efd,td->tef", gate, x)) * np.einsum("efd,td->tef", up, x)
        counts = takes.sum(0)
        for name in ("gate", "up"):
            self.record(f"{block}ffn_{name}_exps", np.einsum("te,td->ed", takes, x * x), counts)
        self.record(f"{block}ffn_down_exps", np.einsum("te,tef->ef", takes, inner * inner), counts)
        return out


def write_gguf(path, model):
    writer = gguf.GGUFWriter(path, "none")
    writer.kv_data[0].clear()
    writer.add_type("imatrix")
    writer.add_array("imatrix.datasets", [TEXT])
    writer.add_uint32("imatrix.chunk_count", CHUNKS)
    writer.add_uint32("imatrix.chunk_size", CHUNK_SIZE)
    for name in sorted(model.sums):
        writer.add_tensor(name + ".in_sum2", model.sums[name].astype(np.float32))
        writer.add_tensor(name + ".counts", model.counts[name].astype(np.float32)[:, None])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_dat(path, model):
    with open(path, "wb") as f:
        f.write(struct.pack("<i", len(model.sums)))
        for name in sorted(model.sums):
            means = model.sums[name] / model.counts[name][:, None]
            f.write(struct.pack("<i", len(name)) + name.encode() + struct.pack("<ii", CHUNKS, means.size))
            f.write((means * CHUNKS).astype("<f4").tobytes())
        f.write(struct.pack("<ii", CHUNKS, len(TEXT)) + TEXT.encode())


def main():
    here = pathlib.Path(__file__).resolve().parent
    out = here / "imatrix"
    out.mkdir(exist_ok=True)
    for name in MODELS:
        model = Recorder(gguf.GGUFReader(here.parent / "models" / f"{name}.gguf"))
        for number in range(CHUNKS):
            model.logits(chunk(number))
        write_gguf(out / f"{name}.gguf", model)
        if "experts" not in name:
            write_dat(out / f"{name}.dat", model)


if __name__ == "__main__":
    main()
