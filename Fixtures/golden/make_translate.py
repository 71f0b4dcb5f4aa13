"""Translations by ../translate.gguf in transformers, in float32 from its dequantized weights: python make_translate.py

Needs ../training/translate/requirements.txt. Writes translate.json: for every text the ids by SentencePiece (whose model is made of
the file's tokens), and the translations: greedy, and by the file's beams.
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
MODEL, JSON = HERE / "../translate.gguf", HERE / "translate.json"
TEXTS = [
    "This package contains the documentation.",
    "This package contains the development files and the headers.",
    "This package provides the shared library.",
    "Common files for the game.",
    "It is a small and fast web server written in C.",
    "The library reads and writes images in many formats.",
    "A music player for the desktop.",
    "Command line tool to convert files.",
    "This is a dummy package.",
    "It supports many languages.",
    "Python module for reading data from files",
    "plugin for the editor",
    "A simple program to manage your photos.",
    "This program allows you to download files from the Internet.",
    "It includes a graphical user interface.",
    "text editor for programmers",
    "The server stores all data in a database.",
    "You can use it to test network connections.",
    "This package contains example programs and scripts.",
    "debugging symbols for the server",
    "It works with \u201call\u201d versions of the kernel.",
    "collection of fonts for scientific documents",
    "Users can play against the computer or over the network.",
    "This metapackage installs all modules.",
]


def main():
    sys.path.insert(0, str(HERE / "../training/translate"))
    import torch

    from evaluate import by_transformers, marian
    from export import BEAMS, pieces_of, read_gguf

    torch.set_num_threads(1)
    pieces = pieces_of(MODEL)
    twin = marian(read_gguf(MODEL))
    rows = [{"text": text, "ids": pieces.encode(text), "greedy": greedy, "beams": beams} for text, greedy, beams in zip(
        TEXTS, by_transformers(twin, pieces, TEXTS, 1), by_transformers(twin, pieces, TEXTS, BEAMS))]
    JSON.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{len(rows)} texts")


if __name__ == "__main__":
    main()
