"""The vectors of ../embed.gguf by PyTorch, in float32 from its dequantized weights: python make_embed.py [check]

Needs ../training/embed/requirements.txt. Writes embed.json: for every text the ids by Hugging Face's WordPiece, and the unit
vector. With "check", compares llama.cpp (llama-cpp-python 0.3.36, no PyTorch needed) with the file instead.
"""
import json
import math
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
MODEL, JSON = HERE / "../embed.gguf", HERE / "embed.json"
TEXTS = [
    "install a package",
    "Set up software.",
    "bake a cake",
    "How do I convert a video file?",
    "The cat sat on the mat because it was tired.",
    "A transformer lets every token attend to every other token.",
    "UPPER CASE and lower case should embed alike.",
    "na\u00efve caf\u00e9 r\u00e9sum\u00e9",
    "e-mail: user@example.org, 24/7 (24 hours a day, 7 days a week)!",
    "Smile \U0001f600, an unknown sign.",
    "library",
    "",
    "This package contains the documentation, the examples and the development files of a library that reads and writes images "
    "in many formats, scales them, turns them, changes their colours, and shows them on the screen or sends them to a printer. "
    "It can be used from several programming languages, and from the command line with the tools that come with it.",
]


def write():
    sys.path.insert(0, str(HERE / "../training/embed"))
    import numpy
    import tokenizers
    import torch

    from export import read_gguf, tokenizer_of
    from model import embed

    model, tokens = read_gguf(MODEL)
    tokenizer = tokenizer_of(tokens)
    rows = [tokenizer.encode(text).ids for text in TEXTS]
    versions = {"torch": torch.__version__.split("+")[0], "tokenizers": tokenizers.__version__, "numpy": numpy.__version__}
    items = []
    for text, ids in zip(TEXTS, rows):
        vector = [float(f"{x:.7g}") for x in embed(model, [ids])[0].tolist()]
        items.append(json.dumps({"text": text, "ids": ids, "vector": vector}))
    JSON.write_text('{"versions": %s, "texts": [\n%s\n]}\n' % (json.dumps(versions), ",\n".join(items)))


def check():
    from llama_cpp import Llama

    llama = Llama(str(MODEL), embedding=True, n_ctx=256, n_batch=256, n_ubatch=256, verbose=False)
    least = 1.0
    for item in json.loads(JSON.read_text())["texts"]:
        ids = llama.tokenize(item["text"].encode(), add_bos=True, special=False)
        if ids != item["ids"]:
            print(f"other ids for {item['text']!r}: {ids}, not {item['ids']}")
            continue
        theirs, ours = llama.embed(item["text"]), item["vector"]
        cosine = sum(a * b for a, b in zip(theirs, ours)) / math.hypot(*theirs) / math.hypot(*ours)
        least = min(least, cosine)
    print(f"least cosine {least:.6f}")


if __name__ == "__main__":
    check() if "check" in sys.argv[1:] else write()
