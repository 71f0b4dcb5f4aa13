#!/usr/bin/env python3
"""Compares the speed of classifying pairs by DeBERTa-v3-base and of embedding texts by MPNet-base with transformers and ONNX
Runtime, and prints a table in Markdown. Weights are random: speed does not depend on them.

All take turns, each in a process of its own; opening the model is not counted. Texts are sorted by length and batched by all.

    pip install torch transformers tokenizers safetensors numpy onnx onnxscript onnxruntime
    compare_classifiers.py --work FOLDER                     # 1,000 pairs of 16 to 96 tokens
    compare_classifiers.py --work FOLDER --texts 64 --only mpnet-base

FOLDER gets the models in all forms.
"""
import argparse
import datetime
import json
import pathlib
import random
import statistics
import subprocess
import sys
import time

import numpy

from compare import FOLDER, output, processor

sys.path.append(str(FOLDER.parent / "conversion"))

BASE = dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12)
SYSTEMS = {"deberta-v3-base": ("transformers", "onnx-f32"), "mpnet-base": ("transformers", "onnx-f32", "onnx-int8")}


def save(folder, name):
    """Writes the model as transformers saves it, with a vocabulary of letters."""
    import torch
    import transformers
    from make_encoders import deberta_pieces, mpnet_pieces
    torch.manual_seed(1)
    count, tokenizer = {"deberta-v3-base": deberta_pieces, "mpnet-base": mpnet_pieces}[name]()
    if name == "deberta-v3-base":
        model = transformers.DebertaV2ForSequenceClassification(transformers.DebertaV2Config(
            **BASE, vocab_size=count, max_position_embeddings=512, relative_attention=True, position_buckets=256,
            share_att_key=True, pos_att_type="p2c|c2p", norm_rel_ebd="layer_norm", position_biased_input=False,
            type_vocab_size=0, num_labels=3, pad_token_id=0))
    else:
        model = transformers.MPNetModel(transformers.MPNetConfig(
            **BASE, vocab_size=count, max_position_embeddings=514, layer_norm_eps=1e-5, pad_token_id=1))
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def prepare(options, name):
    folder = options.work / name
    if not (folder / "model.safetensors").exists():
        save(folder, name)
    gguf = options.work / f"{name}-{options.type}.gguf"
    if not gguf.exists():
        output([options.swiftlet, "convert", str(folder), str(gguf), "--type", options.type])
    return folder, gguf


def write_texts(options, folder, name):
    """Texts of as many letters as the lengths allow, with their ids as Hugging Face's tokenizer has them."""
    from transformers import AutoTokenizer
    tokenizer = AutoTokenizer.from_pretrained(folder)
    source = random.Random(1)
    ids, lines = options.work / f"{name}.ids", options.work / f"{name}.txt"
    texts, tokens = [], []
    for _ in range(options.texts):
        count = source.randint(*options.lengths) - 4
        marks = [source.choice("!?.,") for _ in range(max(2, count // (2 if name.startswith("deberta") else 1)))]
        if name.startswith("deberta"):
            cut = source.randint(1, len(marks) - 1)
            pair = " ".join(marks[:cut]), " ".join(marks[cut:])
            texts.append("\t".join(pair))
            tokens.append(tokenizer(*pair)["input_ids"])
        else:
            texts.append(" ".join(marks))
            tokens.append(tokenizer(texts[-1])["input_ids"])
    lines.write_text("\n".join(texts) + "\n")
    ids.write_text("\n".join(",".join(map(str, text)) for text in tokens) + "\n")
    return lines, ids, sum(map(len, tokens)) / len(tokens)


def ours(options, name, gguf, lines, rows):
    """Texts a second; what a run of two texts takes is not counted."""
    def run(path):
        command = ["classify", "--pair", "--json"] if name.startswith("deberta") else ["embed", "--format", "npy"]
        command = [options.swiftlet, *command, "-m", str(gguf), "-f", str(path), "-t", str(options.threads)]
        start = time.perf_counter()
        found = subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - start, found.stdout
    few = options.work / "few.txt"
    few.write_text("\n".join(lines.read_text().splitlines()[:2]) + "\n")
    start, _ = run(few)
    seconds, found = run(lines)
    if name.startswith("deberta"):
        logits = [json.loads(line)["logits"] for line in found.decode().splitlines()]
        numpy.save(rows, numpy.array(logits, numpy.float32))
    else:
        rows.write_bytes(found)
    return {"rate": options.texts / (seconds - start)}


def theirs(options, system, folder, ids, rows):
    return json.loads(output(
        [sys.executable, str(FOLDER / "peer_classifiers.py"), system, "--model", str(folder), "--ids", str(ids), "--out",
         str(rows), "--threads", str(options.threads)]))


def difference(name, rows, exact):
    if name.startswith("deberta"):
        return f"logits differ by {numpy.abs(rows - exact).max():.4f} at most (of {numpy.abs(exact).max():.2f})"
    return f"least cosine {(rows * exact).sum(1).min():.5f}"


def measure(options, name):
    folder, gguf = prepare(options, name)
    lines, ids, mean = write_texts(options, folder, name)
    systems = [system for system in SYSTEMS[name] if system not in options.without]
    found = {}
    paths = {system: options.work / f"{name}-{system}.npy" for system in ("swiftlet", *systems)}
    for number in range(options.rounds):
        found.setdefault("swiftlet", []).append(ours(options, name, gguf, lines, paths["swiftlet"]))
        for system in systems:
            found.setdefault(system, []).append(theirs(options, system, folder, ids, paths[system]))
        print(f"{name}: round {number + 1} of {options.rounds}", file=sys.stderr)
    own = statistics.median(entry["rate"] for entry in found["swiftlet"])
    exact = numpy.load(paths["transformers"]) if "transformers" in systems else None
    for system, entries in found.items():
        rate = statistics.median(entry["rate"] for entry in entries)
        note = "" if exact is None or system == "transformers" else difference(name, numpy.load(paths[system]), exact)
        title = f"swiftlet {options.type}" if system == "swiftlet" else f"{system}, batches of {entries[-1]['batch']}"
        print(f"| {name} | {mean:.0f} | {title} | {rate:.1f} | {own / rate:.2f} | {note} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--swiftlet", default=str(FOLDER.parents[1] / ".build/release/swiftlet"))
    parser.add_argument("--type", default="q8_0")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--texts", type=int, default=1_000)
    parser.add_argument("--lengths", type=int, nargs=2, default=(16, 96), help="tokens of a text")
    parser.add_argument("--only", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    parser.add_argument("--without", nargs="*", default=[], choices=("transformers", "onnx-f32", "onnx-int8"))
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    print(f"{processor()}, {options.threads} threads, {datetime.date.today()}; {options.texts} texts\n")
    print("| model | tokens | system | texts/s | Swiftlet is faster by | beside transformers |")
    print("|---|---|---|---|---|---|")
    for name in options.only:
        measure(options, name)


if __name__ == "__main__":
    main()
