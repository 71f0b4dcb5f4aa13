"""How well a student ranks the similarity of texts as the teacher does: python evaluate.py EMBED.gguf PACKAGE DATA [SENTENCES]

SENTENCES is a file of further texts, one a line.
"""
import json
import pathlib
import sys

import torch

import pairs
from export import read_gguf, tokenizer_of
from model import embed
from teacher import Teacher

HELD_OUT, QUERIES = 800, 400


def rank_correlation(a, b):
    """Spearman's; equal values do not occur."""
    a, b = (torch.argsort(torch.argsort(x)).double() for x in (a, b))
    return torch.corrcoef(torch.stack([a, b]))[0, 1].item()


def above_diagonal(matrix):
    return matrix[tuple(torch.triu_indices(*matrix.shape, offset=1))]


def held_out(heldout, student, teacher):
    data = json.loads(pathlib.Path(heldout).read_text())[:HELD_OUT]
    texts = [d["synopsis"] for d in data] + [d["sentence"] for d in data]
    ours, theirs = student(texts), teacher(texts)
    mine, right = ours @ ours.T, theirs @ theirs.T
    print(f"random held-out pairs: rank correlation {rank_correlation(above_diagonal(mine), above_diagonal(right)):.4f}")
    near = (right - 2 * torch.eye(len(texts))).topk(10).indices
    rows = torch.arange(len(texts))[:, None].expand_as(near)
    print(f"pairs of ten nearest neighbours: rank correlation {rank_correlation(mine[rows, near].flatten(), right[rows, near].flatten()):.4f}")

    count = len(data)
    mine, right = mine[:QUERIES, count:], right[:QUERIES, count:]
    found, best = mine.argmax(1), right.argmax(1)
    among = (right.topk(5).indices == found[:, None]).any(1)
    truth = torch.arange(len(found))
    print(f"synopsis finds a sentence among {count}: the teacher's choice {(found == best).float().mean():.3f}, "
          f"one of its first five {among.float().mean():.3f}; the package's own {(found == truth).float().mean():.3f}, "
          f"teacher {(best == truth).float().mean():.3f}")


def everyday(student, teacher):
    both = [pair for pair in pairs.ALIKE + pairs.UNLIKE]
    ours, theirs = ((f([a for a, _ in both]) * f([b for _, b in both])).sum(1) for f in (student, teacher))
    count = len(pairs.ALIKE)
    above = (ours[:count, None] > ours[None, count:]).float().mean()
    above_too = (theirs[:count, None] > theirs[None, count:]).float().mean()
    same = (ours[:count] > ours[count:]).sum()
    print(f"everyday pairs: rank correlation {rank_correlation(ours, theirs):.4f}; an alike pair lies above an unlike one {above:.3f}, "
          f"teacher {above_too:.3f}; above its own counterpart {same} of {count}")
    print(f"install a package: set up software {ours[pairs.ALIKE.index(('install a package', 'set up software'))]:.3f}, "
          f"bake a cake {ours[count + pairs.UNLIKE.index(('install a package', 'bake a cake'))]:.3f}")


def report(model, tokenizer, teacher, heldout, sentences=None):
    def student(texts):
        return embed(model, [e.ids[:model.config.positions] for e in tokenizer.encode_batch(texts)])

    held_out(heldout, student, teacher)
    everyday(student, teacher)
    if sentences:
        ours, theirs = (above_diagonal(v @ v.T) for v in (student(sentences), teacher(sentences)))
        print(f"{len(sentences)} given sentences: rank correlation {rank_correlation(ours, theirs):.4f}")


if __name__ == "__main__":
    path, package, data, *rest = sys.argv[1:]
    model, tokens = read_gguf(path)
    lines = pathlib.Path(rest[0]).read_text().split("\n")[:-1] if rest else None
    report(model, tokenizer_of(tokens), Teacher(package), pathlib.Path(data) / "heldout.json", lines)
