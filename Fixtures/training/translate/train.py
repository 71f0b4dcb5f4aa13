"""Trains the translator: python train.py CORPUS --checkpoint checkpoint.pt"""
import argparse
import itertools
import json
import pathlib
import random
import time

import sentencepiece
import torch
import torch.nn.functional as F

from alignment import posterior, translation_table
from model import END, PAD, START, Config, Transformer

PARAGRAPHS = 0.3  # share of the paragraphs, whose sentences are in the corpus too, that an epoch sees


def read(corpus, pieces, longest):
    """(source, target, whether a paragraph), ids without padding."""
    rows = []
    for line in open(corpus / "train.jsonl"):
        en, fr, kind = json.loads(line)
        source, target = pieces.encode(en) + [END], pieces.encode(fr) + [END]
        if max(len(source), len(target)) < longest:
            rows.append((source, target, kind == "paragraph"))
    return rows


def padded(rows):
    width = max(map(len, rows))
    return torch.tensor([r + [PAD] * (width - len(r)) for r in rows])


def batches(rows, tokens, rng, share=1.0):
    """Lists of rows of like length, at most `tokens` of both sides with their padding, in an order of chance."""
    chosen = [r for r in rows if not r[2] or rng.random() < share]
    chosen.sort(key=lambda r: (len(r[0]) + len(r[1]) + rng.random() * 4))
    result, part, widest = [], [], 0
    for row in chosen:
        now = max(widest, len(row[0]) + len(row[1]))
        if part and now * (len(part) + 1) > tokens:
            result.append(part)
            part, now = [], len(row[0]) + len(row[1])
        part.append(row)
        widest = now
    result.append(part)
    rng.shuffle(result)
    return result


def optimizers_of(model, decay):
    """Muon for the matrices of the layers, AdamW for the rest."""
    inner = [p for n, p in model.named_parameters() if p.dim() == 2 and not n.startswith("tokens")]
    known = {id(p) for p in inner}
    outer = [p for p in model.parameters() if id(p) not in known]
    return [torch.optim.Muon(inner, lr=0.0, weight_decay=decay, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(outer, lr=0.0, weight_decay=0.0, betas=(0.9, 0.98), fused=True)]


def losses(model, source, target, table, smoothing):
    """The loss of the target with labels smoothed, and how far a head is from the alignment."""
    inputs = torch.cat([torch.full_like(target[:, :1], START), target[:, :-1]], 1)
    states, bias = model.encode(source)
    x, scores = model.decode(inputs, states, bias)
    real = target != PAD
    text = F.cross_entropy(model.logits(x[real]).float(), target[real], label_smoothing=smoothing)
    if table is None:
        return text, torch.tensor(0.0)
    shares = posterior(table, source, target) * real[..., None]
    logs = (scores.float() + bias[:, 0]).log_softmax(-1)
    look = -(shares * logs.masked_fill(shares == 0, 0)).sum() / real.sum()
    return text, look


def save(path, model, optimizers, step):
    """All that the training needs to go on as if it had not ended."""
    state = {"config": vars(model.config), "weights": model.state_dict(), "step": step,
             "optimizers": [o.state_dict() for o in optimizers], "chance": torch.get_rng_state()}
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def resume(path, model, optimizers):
    state = torch.load(path)
    model.load_state_dict(state["weights"])
    for optimizer, stored in zip(optimizers, state["optimizers"]):
        optimizer.load_state_dict(stored)
    torch.set_rng_state(state["chance"])
    return state["step"]


def parts(rows, a):
    """Batches, epoch behind epoch; those of an epoch depend on nothing but its number and the seed."""
    epoch = 0
    while True:
        yield from batches(rows, a.tokens, random.Random(f"{a.seed} {epoch}"), PARAGRAPHS)
        epoch += 1


def rate(step, a):
    """Rises, stays, and falls to zero from `hold` on: only the fall depends on where the end is."""
    return a.rate * min(1, (step + 1) / a.warm_up) * min(1, (a.steps - step) / (a.steps - a.hold))


def align(rows, vocab):
    same = {}
    for source, target, is_paragraph in rows:
        if not is_paragraph:
            same.setdefault((len(source), len(target)), []).append((source, target))
    table = translation_table([tuple(map(torch.tensor, zip(*r))) for r in same.values()], vocab)
    table[PAD] = 0  # padding is aligned to nothing
    return table


def train(a):
    torch.manual_seed(a.seed)
    torch.set_num_threads(a.threads)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(a.corpus / "pieces.model"))
    model = Transformer(Config(vocab=pieces.get_piece_size())).train()
    rows = read(a.corpus, pieces, model.config.context)
    print(f"{sum(p.numel() for p in model.parameters())} parameters, {len(rows)} pairs", flush=True)
    optimizers = optimizers_of(model, a.decay)
    last = min(a.steps, a.until or a.steps)
    first = resume(a.resume, model, optimizers) if a.resume else 0
    table = align(rows, model.config.vocab) if first < a.look_steps else None
    began, busy, saved = time.time(), time.process_time(), time.time()
    tokens, mean = 0, None
    for step, part in enumerate(itertools.islice(parts(rows, a), last)):
        if step < first:
            continue
        weight = a.look * max(0.0, 1 - step / max(1, a.look_steps))
        source, target = padded([r[0] for r in part]), padded([r[1] for r in part])
        with torch.autocast("cpu", torch.bfloat16):
            text, look = losses(model, source, target, table if weight > 0 else None, a.smoothing)
        (text + weight * look).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate(step, a)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        tokens += int((target != PAD).sum())
        both = torch.tensor([text.item(), look.item()])
        mean = both if mean is None else mean + (both - mean) / min(step - first + 1, 50)
        if (step + 1) % 50 == 0:
            seconds, own = time.time() - began, (time.process_time() - busy) / 60
            print(f"step {step + 1} loss {mean[0]:.3f} look {mean[1]:.3f} rate {rate(step, a):.2e}, {tokens} target tokens, "
                  f"{tokens / seconds:.0f} a second, {seconds / 60:.1f} min, {own:.1f} core minutes", flush=True)
        if time.time() - saved > 120 or step + 1 == last:
            save(a.checkpoint, model, optimizers, step + 1)
            saved = time.time()


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("corpus", type=pathlib.Path)
    p.add_argument("--checkpoint", type=pathlib.Path, default=pathlib.Path("checkpoint.pt"))
    p.add_argument("--steps", type=int, default=4000)
    p.add_argument("--until", type=int, help="end at this step already, to go on with --resume")
    p.add_argument("--tokens", type=int, default=6000, help="of both sides in a batch")
    p.add_argument("--rate", type=float, default=2e-3)
    p.add_argument("--warm-up", type=int, default=200)
    p.add_argument("--hold", type=int, default=2500, help="the step from which the rate falls to zero")
    p.add_argument("--decay", type=float, default=0.02)
    p.add_argument("--smoothing", type=float, default=0.1)
    p.add_argument("--look", type=float, default=0.3, help="weight of the alignment at the beginning")
    p.add_argument("--look-steps", type=int, default=1500, help="the step at which that weight is zero")
    p.add_argument("--resume", type=pathlib.Path, help="a checkpoint to go on from")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=1)
    train(p.parse_args())
