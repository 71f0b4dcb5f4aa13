#!/usr/bin/env python3
"""Compares the vectors that llama.cpp computes with two GGUF files of one encoder.

    pip install llama-cpp-python==0.3.36 numpy
    compare_embeddings.py FILE OTHER SENTENCES [--reference VECTORS.f32] [--least 0.9999]

SENTENCES has one text a line. VECTORS.f32 holds float32 vectors of the same texts, end to end. Prints the least and the
mean cosine; ends with 1 when one is below --least.
"""
import argparse
import pathlib
import sys

import llama_cpp
import numpy as np


def vectors(path, sentences):
    model = llama_cpp.Llama(path, embedding=True, verbose=False, n_ctx=512, n_batch=512, n_threads=2)
    return normalized(np.array([model.embed(text) for text in sentences], np.float64))


def normalized(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def report(name, a, b, least):
    cosines = np.sum(a * b, axis=1)
    print(f"{name}: cosine at least {cosines.min():.7f}, mean {cosines.mean():.7f}")
    return cosines.min() >= least


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("file")
    arguments.add_argument("other")
    arguments.add_argument("sentences", type=pathlib.Path)
    arguments.add_argument("--reference", type=pathlib.Path)
    arguments.add_argument("--least", type=float, default=0.9999)
    arguments = arguments.parse_args()
    sentences = arguments.sentences.read_text(encoding="utf-8").split("\n")
    if sentences[-1] == "":
        sentences.pop()
    one, other = (vectors(path, sentences) for path in (arguments.file, arguments.other))
    good = report("FILE, OTHER", one, other, arguments.least)
    if arguments.reference:
        reference = normalized(np.fromfile(arguments.reference, "<f4").astype(np.float64).reshape(len(sentences), -1))
        good &= report("FILE, reference", one, reference, arguments.least)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
