#!/usr/bin/env python3
"""Writes how Hugging Face's tokenizers cut lines into words by each rule; with a program, compares its tokens too.

    pip install tokenizers==0.23.3 gguf==0.19.0
    make_words.py [SWIFTLET]

See README.md for the files. The comparison trains a vocabulary for each rule and takes a minute.
"""
import json
import os
import subprocess
import sys
import tempfile

import gguf
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

import hard_lines
import pretokenizers
import scripts

HERE = os.path.dirname(os.path.abspath(__file__))
SEPARATOR = "<|line|>"
# Letters and symbols of Unicode 16 and 17, which the peer's regular expressions do not know as such.
UNKNOWN_TO_PEER = {"\U0001fa8e", "\U0001fac8", "\U0001facd", "\U0001fadf"}


def with_rule(steps):
    sequence = {"type": "Sequence", "pretokenizers": steps}
    tokenizer = json.loads(Tokenizer(models.BPE()).to_str()) | {"pre_tokenizer": sequence}
    return Tokenizer.from_str(json.dumps(tokenizer))


def write(name, lines):
    with open(os.path.join(HERE, name), "w", newline="\n") as file:
        file.write("\n".join(lines) + "\n")


def write_words(texts):
    """For each rule and text, the lengths of the words in bytes."""
    write("words.jsonl", (json.dumps(text, ensure_ascii=True) for text in texts))
    write("pretokenizers.json", [json.dumps(pretokenizers.KINDS, ensure_ascii=True)])
    lines = []
    for name, steps in pretokenizers.KINDS.items():
        splitter = with_rule(steps).pre_tokenizer
        lines.append(name)
        lines += (" ".join(str(len(word)) for word, _ in splitter.pre_tokenize_str(text)) for text in texts)
    write("words.txt", lines)


def write_vocabulary(path, name, tokenizer):
    vocabulary = tokenizer.get_vocab()
    tokens = sorted(vocabulary, key=vocabulary.get)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(name)
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.USER_DEFINED if t == SEPARATOR else gguf.TokenType.NORMAL for t in tokens])
    writer.add_token_merges([" ".join(pair) for pair in json.loads(tokenizer.to_str())["model"]["merges"]])
    writer.add_add_bos_token(False)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return vocabulary[SEPARATOR]


def compare(program, name, steps, texts, folder):
    tokenizer = with_rule(steps)
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=2000, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=[SEPARATOR], show_progress=False))
    if name in pretokenizers.IGNORES_MERGES:
        changed = json.loads(tokenizer.to_str())
        changed["model"]["ignore_merges"] = True
        tokenizer = Tokenizer.from_str(json.dumps(changed))
    path, prompt = os.path.join(folder, f"{name}.gguf"), os.path.join(folder, "prompt.txt")
    separator = write_vocabulary(path, name, tokenizer)
    with open(prompt, "w", newline="") as file:
        file.write(SEPARATOR.join(texts))
    output = subprocess.run([program, "tokenize", "-m", path, "--no-special", "--ids", "-f", prompt], check=True,
                            capture_output=True, text=True).stdout
    found = [[]]
    for token in map(int, output.split()):
        if token == separator:
            found.append([])
        else:
            found[-1].append(token)
    expected = [line.ids for line in tokenizer.encode_batch(texts, add_special_tokens=False)]
    wrong = [text for text, a, b in zip(texts, expected, found) if a != b]
    print(f"{name}: {len(texts) - len(wrong)} of {len(texts)} lines")
    return wrong


def main():
    lines = ["".join(c for c in line if c not in UNKNOWN_TO_PEER) for line in scripts.lines()]
    write_words(lines[::25] + hard_lines.lines(20))
    if len(sys.argv) > 1:
        texts = lines + hard_lines.lines(300)
        with tempfile.TemporaryDirectory() as folder:
            failed = [wrong for name, steps in pretokenizers.KINDS.items()
                      if (wrong := compare(sys.argv[1], name, steps, texts, folder))]
        if failed:
            sys.exit("\n".join(ascii(wrong[0]) for wrong in failed))


if __name__ == "__main__":
    main()
