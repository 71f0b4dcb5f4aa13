#!/usr/bin/env python3
"""Compares encoders of random weights with transformers: milliseconds a text, and the ratio.

    pip install torch transformers tokenizers safetensors
    compare_encoders.py --swiftlet .build/release/swiftlet [--threads 2] [--lengths 32 128 512] [--texts 16]

Shapes: DeBERTa-v3-base and MPNet-base, each with a small vocabulary of letters. Both run the same texts of one length, in
turn, float32, in batches of eight; the median of five runs counts, loading left out (swiftlet: that of one text is taken
off).
"""
import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import torch
import transformers

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "conversion"))
from make_encoders import deberta_pieces, mpnet_pieces

BASE = dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12)
RUNS, BATCH = 5, 8


def models():
    t = transformers
    count, tokenizer = deberta_pieces()
    yield "deberta-v3-base", t.DebertaV2Model(t.DebertaV2Config(
        **BASE, vocab_size=count, max_position_embeddings=512, relative_attention=True, position_buckets=256,
        share_att_key=True, pos_att_type="p2c|c2p", norm_rel_ebd="layer_norm", position_biased_input=False,
        type_vocab_size=0)), tokenizer
    count, tokenizer = mpnet_pieces()
    yield "mpnet-base", t.MPNetModel(t.MPNetConfig(
        **BASE, vocab_size=count, max_position_embeddings=514, layer_norm_eps=1e-5)), tokenizer


def text_of(tokenizer, length):
    """Letters that are a token each."""
    words = []
    while len(tokenizer(" ".join(words))["input_ids"]) < length:
        words.append("!?."[len(words) % 3])
    return " ".join(words)


def transformers_time(model, tokenizer, texts):
    inputs = tokenizer(texts, return_tensors="pt")["input_ids"]
    start = time.perf_counter()
    with torch.no_grad():
        for first in range(0, len(texts), BATCH):
            model(inputs[first:first + BATCH])
    return time.perf_counter() - start


def swiftlet_time(binary, path, texts, threads):
    command = [binary, "embed", "-m", path, "-t", str(threads), "--format", "csv"]
    start = time.perf_counter()
    subprocess.run(command, input="\n".join(texts).encode(), stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--swiftlet", required=True)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--lengths", type=int, nargs="*", default=[32, 128, 512])
    arguments.add_argument("--texts", type=int, default=16)
    arguments = arguments.parse_args()
    torch.set_num_threads(arguments.threads)
    print(f"{'model':16} {'tokens':>6} {'transformers':>12} {'swiftlet':>9}  ratio (ms a text, {arguments.threads} threads)")
    for name, model, tokenizer in models():
        model.eval()
        with tempfile.TemporaryDirectory() as folder:
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
            path = str(pathlib.Path(folder) / "model.gguf")
            subprocess.run([arguments.swiftlet, "convert", folder, path, "--type", "f32"], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for length in arguments.lengths:
                texts = [text_of(tokenizer, length)] * (arguments.texts + 1)
                peer, own, start = [], [], []
                for _ in range(RUNS):
                    peer.append(transformers_time(model, tokenizer, texts[1:]))
                    own.append(swiftlet_time(arguments.swiftlet, path, texts, arguments.threads))
                    start.append(swiftlet_time(arguments.swiftlet, path, texts[:1], arguments.threads))
                peer = statistics.median(peer) / arguments.texts * 1000
                own = (statistics.median(own) - statistics.median(start)) / arguments.texts * 1000
                print(f"{name:16} {length:6} {peer:12.1f} {own:9.1f}  {peer / own:.2f}", flush=True)


if __name__ == "__main__":
    main()
