#!/usr/bin/env python3
"""What quantization by llama.cpp costs two small models: writes quantization_divergences.json beside this script.

    pip install llama-cpp-python==0.3.36 gguf==0.19.0 numpy==2.4.6
    make_quantization_divergences.py SHARED      # SHARED holds data/stories260K

The chat model (../chat.gguf, as float32) and stories260K, quantized to every type and run by llama.cpp. For each type the
mean Kullback-Leibler divergence, in nats, of its next-token probabilities from those of the float32 model, over all
positions of the `sequences`: of the quantized file, and of its exact weights (as float32, so that no activation is
rounded).
"""
import argparse
import importlib.metadata
import json
import pathlib
import tempfile

import llama_cpp
import numpy as np

from make_quantization_types import FILE_TYPES, quantize
from reference import Reference, divergence, write_float32_twin

PROMPTS = ["What is Swiftlet?", "Which formats can it read?", "What is 7 plus 5?", "What is the capital of France?",
           "Hello, how are you?", "How do I quantize a model?", "What is 12 times 3?", "Who made you?"]
CONTINUATION = 32


def tokens_of(model, text):
    raw = text.encode()
    out = (llama_cpp.llama_token * (len(raw) + 16))()
    vocabulary = llama_cpp.llama_model_get_vocab(model.model)
    return list(out[:llama_cpp.llama_tokenize(vocabulary, raw, len(raw), out, len(out), True, True)])


def chat_sequences(source):
    with Reference(source) as model:
        prompts = [tokens_of(model, f"Q: {question}\nA:") for question in PROMPTS]
        return [ids + [int(i) for i in model.greedy(ids, CONTINUATION)[0]] for ids in prompts]


def logits(path, sequences):
    with Reference(path) as model:
        return np.concatenate([model.logits(ids) for ids in sequences])


def measure(source, sequences, folder):
    original, types = logits(source, sequences), {}
    for kind in FILE_TYPES:
        if kind == "f32":
            continue
        quantized, twin = folder / "quantized.gguf", folder / "twin.gguf"
        quantize(source, kind, quantized)
        write_float32_twin(quantized, twin)
        types[kind] = {"run": float(divergence(original, logits(quantized, sequences)).mean()),
                       "weights": float(divergence(original, logits(twin, sequences)).mean())}
        print(kind, types[kind], flush=True)
    return types


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("shared", type=pathlib.Path)
    data = arguments.parse_args().shared / "data" / "stories260K"
    here = pathlib.Path(__file__).resolve().parent
    cases = json.loads((data / "expected.json").read_text())["cases"]
    stories = [c["prompt_ids"] + c["greedy_ids"] for c in cases]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        chat = folder / "chat.gguf"
        write_float32_twin(here.parent / "chat.gguf", chat)
        sequences = chat_sequences(chat)
        models = {"chat": (chat, sequences), "stories260K": (data / "stories260K-f32.gguf", stories)}
        lines = [f'"versions": {json.dumps({n: importlib.metadata.version(n) for n in ("llama-cpp-python", "gguf")})}']
        for name, (source, ids) in models.items():
            types = [f"{json.dumps(kind)}: {json.dumps(t)}" for kind, t in measure(source, ids, folder).items()]
            lines.append(f'"{name}": {{"sequences": {json.dumps(ids)},\n"types": {{\n' + ",\n".join(types) + "}}")
    (here / "quantization_divergences.json").write_text("{" + ",\n".join(lines) + "}\n")


if __name__ == "__main__":
    main()
