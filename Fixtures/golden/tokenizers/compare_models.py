#!/usr/bin/env python3
"""Compares `swiftlet tokenize` with the tokenizers of Gemma 4 (Hugging Face's BPE with bytes for what is no token), PLaMo 2 and
RWKV (written out below), each with a vocabulary made of the lines.

    pip install tokenizers==0.23.3 gguf==0.19.0
    compare_models.py SWIFTLET
"""
import json
import os
import random
import re
import subprocess
import sys
import tempfile

import gguf
from tokenizers import Tokenizer, models, normalizers, trainers

import hard_lines
import scripts

KINDS = gguf.TokenType
SEPARATOR = "<|line|>"
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
LONGEST = 6


def tokens_by_program(program, folder, texts, model, tokens, kinds, scores=None, merges=None):
    """The tokens of each text. The separator, a token at the end of the vocabulary, divides them."""
    path, prompt = os.path.join(folder, "vocabulary.gguf"), os.path.join(folder, "prompt.txt")
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tokenizer_model(model)
    writer.add_token_list(tokens + [SEPARATOR])
    if scores:
        writer.add_token_scores(scores + [0.0])
    writer.add_token_types(kinds + [KINDS.USER_DEFINED])
    if merges:
        writer.add_token_merges([" ".join(pair) for pair in merges])
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(False)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    with open(prompt, "w", newline="") as file:
        file.write(SEPARATOR.join(texts))
    output = subprocess.run([program, "tokenize", "-m", path, "--no-special", "--ids", "-f", prompt], check=True,
                            capture_output=True, text=True).stdout
    lines = [[]]
    for token in map(int, output.split()):
        if token == len(tokens):
            lines.append([])
        else:
            lines[-1].append(token)
    return lines


def gemma(texts):
    """Line feeds merge with nothing else in Gemma's vocabulary."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    parts = [part for text in texts[::3] for part in re.findall(r"\n+|[^\n]+", text)]
    tokenizer.train_from_iterator(parts, trainers.BpeTrainer(
        vocab_size=4000, special_tokens=["<unk>"] + BYTES, limit_alphabet=800, show_progress=False))
    model = json.loads(tokenizer.to_str())["model"]
    merges = [tuple(pair) for pair in model["merges"]]
    peer = Tokenizer(models.BPE(vocab=model["vocab"], merges=merges, byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    peer.normalizer = tokenizer.normalizer
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    kinds = [KINDS.UNKNOWN] + [KINDS.BYTE] * 256 + [KINDS.NORMAL] * (len(tokens) - 257)
    return [line.ids for line in peer.encode_batch(texts)], ("gemma4", tokens, kinds, None, merges)


def plamo(texts, pieces, rng):
    """The cheapest way from every character to the end; of equal ones, that with the longest piece."""
    tenths = [-rng.randint(5, 120) for _ in pieces]
    found = {piece: (260 + i, 1000 * score) for i, (piece, score) in enumerate(zip(pieces, tenths))}

    def encode(text):
        text = text.removeprefix("\ufeff")
        costs, steps = [0] * (len(text) + 1), [None] * len(text)
        for i in reversed(range(len(text))):
            ways = [(costs[i + n] - found[text[i:i + n]][1], -n) for n in range(1, LONGEST + 1)
                    if i + n <= len(text) and text[i:i + n] in found]
            costs[i], length = min(ways + [(costs[i + 1] + 10_000_000, 0)])
            steps[i] = -length
        ids, i = [], 0
        while i < len(text):
            ids += [found[text[i:i + steps[i]]][0]] if steps[i] else [4 + byte for byte in text[i].encode()]
            i += steps[i] or 1
        return ids

    kinds = [KINDS.UNKNOWN] + [KINDS.CONTROL] * 3 + [KINDS.BYTE] * 256 + [KINDS.NORMAL] * len(pieces)
    tokens = ["<unk>", "<bos>", "<eos>", "<pad>"] + BYTES + pieces
    return [encode(text) for text in texts], ("plamo2", tokens, kinds, [0.0] * 260 + [x / 10 for x in tenths], None)


def rwkv(texts, pieces, rng):
    """The longest token at every byte. Pieces may end within a character."""
    pieces = sorted({piece.encode()[:rng.randint(1, 8)] for piece in pieces})
    found = {piece: i + 1 for i, piece in enumerate(pieces)}

    def encode(text):
        text, ids, i = text.encode(), [], 0
        while i < len(text):
            length = next((n for n in range(8, 0, -1) if i + n <= len(text) and text[i:i + n] in found), 0)
            ids.append(found[text[i:i + length]] if length else 0)
            i += length or 1
        return ids

    tokens = ["<s>"] + [repr(piece)[2:-1] for piece in pieces]
    return [encode(text) for text in texts], ("rwkv", tokens, [KINDS.CONTROL] + [KINDS.NORMAL] * len(pieces), None, None)


def main():
    texts = scripts.lines() + hard_lines.lines(300)
    rng = random.Random(3)
    pieces = set()
    for text in texts:
        for start in [rng.randrange(len(text)) for _ in range(6) if text]:
            pieces.add(text[start:start + rng.randint(1, LONGEST)])
    pieces = sorted(piece for piece in pieces if "\0" not in piece)[:6000]
    with tempfile.TemporaryDirectory() as folder:
        for expected, vocabulary in [gemma(texts), plamo(texts, pieces, rng), rwkv(texts, pieces, rng)]:
            found = tokens_by_program(sys.argv[1], folder, texts, *vocabulary)
            same = sum(a == b for a, b in zip(expected, found))
            print(f"{vocabulary[0]}: {same} of {len(texts)} lines")
            if same < len(texts):
                sys.exit(1)


if __name__ == "__main__":
    main()
