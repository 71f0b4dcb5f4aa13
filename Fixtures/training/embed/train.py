"""Distills MiniLM into the student: python train.py PACKAGE DATA --out ../../embed.gguf

The student learns the teacher's vectors turned and cut to its own width (their best approximation of rank 256), and the
similarities of the texts of a batch. Its tokens begin as the teacher's vectors of their text; they are trained alone first, as
a mean of vectors, which is cheap; then the whole network is.

Two processes are quicker than two threads where other work shares the cores: torchrun --nproc-per-node 2 train.py ...
"""
import argparse
import math
import os
import pathlib
import random
import time

import numpy as np
import torch
import torch.distributed
import torch.nn.functional as F
from tokenizers import Tokenizer

from evaluate import report
from export import write_gguf
from model import Bert, Config, begin_as_static, dump, padded
from teacher import Teacher

TEXTS_PER_STEP, POOL = 128, 128  # of every process
SIMILARITY_WEIGHT = 10.0


def principal_directions(vectors, width):
    """[384, width]: the directions that keep most of the vectors' inner products."""
    _, directions = torch.linalg.eigh(vectors.T @ vectors)
    return directions.flip(1)[:, :width].contiguous()


def batches(lengths, rng):
    """Endless groups of texts of similar length, each text once before any comes again."""
    while True:
        order = list(range(len(lengths)))
        rng.shuffle(order)
        parts = []
        for start in range(0, len(order), TEXTS_PER_STEP * POOL):
            pool = sorted(order[start:start + TEXTS_PER_STEP * POOL], key=lengths.__getitem__)
            parts += [pool[i:i + TEXTS_PER_STEP] for i in range(0, len(pool), TEXTS_PER_STEP)]
        rng.shuffle(parts)
        yield from parts


def loss_of(vectors, targets):
    similarities = F.mse_loss(vectors @ vectors.T, targets @ targets.T)
    return 1 - (vectors * targets).sum(1).mean() + SIMILARITY_WEIGHT * similarities


def shared_mean(model, seconds):
    """Makes the gradients those of all processes together; the mean of their seconds, the same for all."""
    if not torch.distributed.is_initialized():
        return seconds
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    flat = torch.cat([torch.tensor([seconds]), *(g.flatten() for g in gradients)])
    torch.distributed.all_reduce(flat)
    flat /= torch.distributed.get_world_size()
    for gradient, mean in zip(gradients, flat[1:].split([g.numel() for g in gradients])):
        gradient.copy_(mean.view_as(gradient))
    return flat[0].item()


def train(model, rows, targets, steps, rate, layers, each, seed, minutes=math.inf):
    """Steps with a rate that falls to nearly nothing at the last one, or when the minutes are over."""
    processes, process = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
    parts = batches([len(r) for r in rows], random.Random(seed * processes + process))
    words = [model.tokens.weight, model.positions.weight, model.types.weight]
    rest = [p for p in model.parameters() if all(p is not w for w in words)]
    optimizer = torch.optim.Adam([{"params": words, "scale": 1.0}, {"params": rest, "scale": 0.5}], betas=(0.9, 0.98), fused=True)
    model.train()
    began, seconds, tokens, mean = time.time(), 0.0, 0, 0.0
    for step in range(1, steps + 1):
        progress = max(step / steps, seconds / 60 / minutes)
        if progress > 1:
            break
        now = rate * min(1, step / 200) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))
        for group in optimizer.param_groups:
            group["lr"] = now * group["scale"]
        part = next(parts)
        with torch.autocast("cpu", torch.bfloat16):
            vectors = model(*padded([rows[i] for i in part]), layers=layers)
        loss = loss_of(vectors.float(), targets[part])
        optimizer.zero_grad()
        loss.backward()
        seconds = shared_mean(model, time.time() - began)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        tokens += processes * sum(len(rows[i]) for i in part)
        mean += (loss.item() - mean) / min(step, 50)
        if process == 0 and step % 100 == 0:
            print(f"step {step} of {steps}, loss {mean:.4f}, {tokens} tokens, {tokens / (time.time() - began):.0f} a second, "
                  f"{time.process_time() / 60:.1f} core minutes of this process", flush=True)
        if process == 0 and step % 500 == 0:
            each(step)
    model.eval()


def main(a):
    torch.manual_seed(1)
    first = True
    if "RANK" in os.environ:
        torch.distributed.init_process_group("gloo")
        first = torch.distributed.get_rank() == 0
    torch.set_num_threads(a.threads)
    tokenizer = Tokenizer.from_file(str(a.data / "tokenizer.json"))
    teacher = Teacher(a.package)
    known = torch.from_numpy(np.fromfile(a.data / "teacher.f16", np.float16).reshape(-1, 384).astype(np.float32))
    texts = (a.data / "train.txt").read_text().split("\n")[:len(known)]
    model = Bert(Config(tokenizer.get_vocab_size()))
    tokenizer.enable_truncation(a.longest)
    rows = [e.ids for e in tokenizer.encode_batch(texts)]
    tokenizer.no_truncation()
    print(f"{len(rows)} texts, {sum(map(len, rows))} tokens, {sum(p.numel() for p in model.parameters())} parameters")

    turn = principal_directions(known, model.config.hidden)
    targets = F.normalize(known @ turn, dim=1)
    pieces = [tokenizer.id_to_token(i).removeprefix("##") for i in range(model.config.vocab)]
    begin_as_static(model, F.normalize(teacher(pieces) @ turn, dim=1))

    def save(_=None):
        dump(model, tokenizer, a.checkpoint)
        write_gguf(a.out, model, tokenizer)
        model.eval()
        report(model, tokenizer, teacher, a.data / "heldout.json")
        model.train()

    train(model, rows, targets, a.static_steps, 5e-3, 0, lambda _: None, 1)
    train(model, rows, targets, a.steps, a.rate, None, save, 2, a.minutes)
    if first:
        save()
    if "RANK" in os.environ:
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("package")
    p.add_argument("data", type=pathlib.Path)
    p.add_argument("--out", required=True)
    p.add_argument("--checkpoint", default="checkpoint.pt")
    p.add_argument("--static-steps", type=int, default=2000)
    p.add_argument("--steps", type=int, default=4000)
    p.add_argument("--minutes", type=float, default=math.inf, help="fewer steps if these are over")
    p.add_argument("--rate", type=float, default=2e-3)
    p.add_argument("--longest", type=int, default=48)
    p.add_argument("--threads", type=int, default=1)
    main(p.parse_args())
