#!/usr/bin/env python3
"""Writes the texts and the token ids that the tokenizer tests expect, as llama.cpp computes them.

    pip install llama-cpp-python==0.3.36
    make_golden.py FOLDER     # with the ggml-vocab-*.gguf files of llama.cpp's models/

texts.hex: one text a line, its UTF-8 in hexadecimal. NAME.ids: the ids of the text on the same line.
NAME is the vocabulary and, after a dot, the pre-tokenizer put in place of its own, or `special` when special tokens
were added and parsed (the first 60 texts only).
"""
import ctypes
import os
import random
import struct
import sys
import tempfile

import llama_cpp as lc

RANGES = [(0x20, 0x7E)] * 8 + [
    (0x09, 0x0D), (0x20, 0x20), (0x30, 0x39), (0xA0, 0x24F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x4FF),
    (0x590, 0x5FF), (0x600, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F), (0x1780, 0x17FF), (0x2000, 0x206F),
    (0x2070, 0x20CF), (0x2150, 0x218F), (0x2200, 0x22FF), (0x2600, 0x26FF), (0x3000, 0x30FF), (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3), (0xFF00, 0xFFEF), (0x1D400, 0x1D7FF), (0x1F300, 0x1FAFF), (0x20000, 0x2A6DF)]
PIECES = [
    "the", "'s", "'LL", "'re", "'T", " 's", "I'm", " hello", "World", "123", "1234567", " 42", "<s>", "</s>",
    "<|endoftext|>", "<|im_end|>", "<|eot_id|>", "<|begin_of_text|>", "<0x0A>", "  ", "   ", "\n\n", "\r\n", "\t\t",
    " \n ", "\u00a0", "\u2003", "!!!", "...", "=>", "$$", "+=", "`", "~^|", "e\u0301", "नमस्ते", "你好世界",
    "こんにちは", "안녕", "👩‍👩‍👧‍👦", "🏳️‍🌈", "١٢٣٤", "½²", "\0", "\u0085", "\u200b", "\ufeff", "aaaaaaaa", "[PAD151646]",
    "<unk>"]


def random_text():
    text = ""
    for _ in range(random.randint(1, 18)):
        text += random.choice(PIECES) if random.random() < 0.4 else chr(random.randint(*random.choice(RANGES)))
    return text


def with_pre_tokenizer(path, name, folder):
    """A copy of the file at `path` that names another pre-tokenizer."""
    data = open(path, "rb").read()
    key = b"tokenizer.ggml.pre"
    start = data.index(struct.pack("<Q", len(key)) + key) + 8 + len(key) + 4
    end = start + 8 + struct.unpack_from("<Q", data, start)[0]
    copy = os.path.join(folder, "vocabulary.gguf")
    with open(copy, "wb") as file:
        file.write(data[:start] + struct.pack("<Q", len(name)) + name.encode() + data[end:])
    return copy


def ids(path, texts, special):
    params = lc.llama_model_default_params()
    params.vocab_only = True
    vocabulary = lc.llama_model_get_vocab(lc.llama_model_load_from_file(path.encode(), params))
    for text in texts:
        raw = text.encode()
        out = (lc.llama_token * (2 * len(raw) + 16))()
        count = lc.llama_tokenize(vocabulary, raw, len(raw), out, len(out), special, special)
        yield " ".join(map(str, out[:count]))


def main():
    quiet = lc.llama_log_callback(lambda level, text, user: None)
    lc.llama_log_set(quiet, ctypes.c_void_p())
    lc.llama_backend_init()
    here = os.path.dirname(os.path.abspath(__file__))
    random.seed(20)
    texts = [random_text() for _ in range(200)]
    write = lambda name, lines: open(os.path.join(here, name), "w").write("\n".join(lines) + "\n")
    write("texts.hex", (text.encode().hex() for text in texts))
    with tempfile.TemporaryDirectory() as folder:
        for name in ["llama-spm", "gpt-2", "llama-bpe", "qwen2"]:
            path = os.path.join(sys.argv[1], f"ggml-vocab-{name}.gguf")
            write(f"{name}.ids", ids(path, texts, False))
            write(f"{name}.special.ids", ids(path, texts[:60], True))
            if name == "gpt-2":
                for pre in ["smollm", "default"]:
                    write(f"{name}.{pre}.ids", ids(with_pre_tokenizer(path, pre, folder), texts, False))


if __name__ == "__main__":
    main()
