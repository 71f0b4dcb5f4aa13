"""Trains the chat model and writes it as GGUF: python train.py --out ../chat.gguf"""
import argparse
import math
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F

import corpus
import evaluate
from bpe import Tokenizer, train_merges
from export import write_gguf
from model import Config, Llama

SPECIALS = [corpus.END, "<|pad|>"]
VOCABULARY = 1280
QUESTION_WEIGHT = 0.1


def make_tokenizer(seed):
    """The vocabulary: learned from dialogues made with a seed of their own."""
    return Tokenizer(train_merges(corpus.texts(seed, 20000), VOCABULARY - 256 - len(SPECIALS)), SPECIALS)


def row(rng, tokenizer, length):
    """One training row: perhaps a system line, then dialogues until it is full. Returns ids and the weight of each as a target."""
    ids, weights = [], []

    def put(text, weight):
        new = tokenizer.encode(text)
        ids.extend(new)
        weights.extend([weight] * len(new))

    if rng.random() < 0.1:
        put(rng.choice(corpus.SYSTEMS) + "\n", 0)
    while len(ids) <= length:
        for question, answer in corpus.dialogue(rng):
            put(f"Q: {question}\nA:", QUESTION_WEIGHT)
            put(f" {answer}{corpus.END}", 1)
            put("\n", QUESTION_WEIGHT)
    return ids[:length + 1], weights[:length + 1]


def batch(rng, tokenizer, tokens):
    """Mostly short rows; one batch in eight of long ones, so that every position is learned."""
    length = 510 if rng.random() < 0.125 else 128
    rows = [row(rng, tokenizer, length) for _ in range(max(1, tokens // length))]
    ids, weights = torch.tensor([r[0] for r in rows]), torch.tensor([r[1] for r in rows])
    return ids[:, :-1], ids[:, 1:], weights[:, 1:].float()


def rate(step, steps, peak, warm_up=100):
    if step < warm_up:
        return peak * (step + 1) / warm_up
    part = (step - warm_up) / max(1, steps - warm_up)
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * part)))


def optimizer_of(model, decay):
    matrices = [p for p in model.parameters() if p.dim() == 2]
    norms = [p for p in model.parameters() if p.dim() < 2]
    return torch.optim.AdamW([{"params": matrices, "weight_decay": decay}, {"params": norms, "weight_decay": 0.0}], lr=0.0, betas=(0.9, 0.98))


def train(a):
    torch.manual_seed(a.seed)
    torch.set_num_threads(a.threads)
    rng = random.Random(a.seed)
    if a.resume:
        model, tokenizer = evaluate.load(a.resume)
    else:
        tokenizer = make_tokenizer(a.seed + 1)
        model = Llama(Config(vocab=len(tokenizer.tokens)))
    print(f"{sum(p.numel() for p in model.parameters())} parameters, {len(tokenizer.tokens)} tokens", flush=True)
    optimizer = optimizer_of(model, a.decay)
    begin = saved = time.time()
    seen, mean = 0, None
    for step in range(a.steps):
        for group in optimizer.param_groups:
            group["lr"] = rate(step, a.steps, a.rate)
        inputs, targets, weights = batch(rng, tokenizer, a.tokens)
        losses = F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten(), reduction="none")
        loss = (losses * weights.flatten()).sum() / weights.sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        seen += inputs.numel()
        mean = loss.item() if mean is None else 0.95 * mean + 0.05 * loss.item()
        if step % 50 == 49:
            took = time.time() - begin
            print(f"step {step + 1} loss {mean:.4f} {seen / took:.0f} tokens/s {took / 60:.1f} min", flush=True)
        if time.time() - saved > a.save_minutes * 60:
            save(a, model, tokenizer)
            saved = time.time()
    save(a, model, tokenizer)
    print(f"trained for {(time.time() - begin) / 60:.1f} minutes on {seen} tokens", flush=True)
    return model, tokenizer


def save(a, model, tokenizer):
    out = Path(a.out)
    torch.save({"config": vars(model.config), "weights": model.state_dict(), "merges": tokenizer.merges, "specials": tokenizer.specials}, a.checkpoint)
    part = out.with_suffix(".part")
    write_gguf(part, model, tokenizer)
    part.replace(out)


def main():
    here = Path(__file__).resolve().parent
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--out", default=str(here.parent / "chat.gguf"))
    p.add_argument("--checkpoint", default=str(here / "checkpoint.pt"))
    p.add_argument("--resume", help="a checkpoint to go on from, its weights only")
    p.add_argument("--steps", type=int, default=4000)
    p.add_argument("--tokens", type=int, default=2048, help="tokens a step")
    p.add_argument("--rate", type=float, default=2e-3)
    p.add_argument("--decay", type=float, default=0.05)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--save-minutes", type=float, default=5)
    a = p.parse_args()
    model, tokenizer = train(a)
    evaluate.report(model, tokenizer)


if __name__ == "__main__":
    main()
