"""Trains the Whisper on what speech.py made: python train.py --header ggml-tiny.bin --data data --out whisper.bin"""
import argparse
import math
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as distributed
import torch.multiprocessing as processes
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from export import load, write_ggml
from model import Config, Whisper
from vocabulary import (END, ENGLISH, FIRST_TIME, NO_SPEECH, NO_TIMESTAMPS, PREVIOUS, START, TRANSCRIBE, TRANSLATE,
                        Tokenizer, read_header)
from windows import FULL, SHORT, Clips, Windows

SPECIALS = [END, START, ENGLISH, TRANSLATE, TRANSCRIBE, PREVIOUS, NO_SPEECH, NO_TIMESTAMPS]
LONG = [1024, 1536, 2048, FULL]  # runtimes may cut the window where the sound is short


def config_of(clips):
    used = sorted({i for c in clips for i in c["tokens"]} | set(SPECIALS))
    words = sorted({w for c in clips for w in c["text"].lower().rstrip(".?").split()})
    phonemes = sorted({p[1] for c in clips for p in c["phonemes"] if p[1] and not p[1].startswith("_")})
    return Config(used=used, words=[""] + words, phonemes=[""] + phonemes)


def rate(step, progress, peak, warm_up=100):
    return peak * min(1, (step + 1) / warm_up) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))


def losses_of(model, b):
    """The decoder's loss, and three that help: where it looks, the word and the phoneme at each position."""
    audio, first = model.encode(b["mels"], b["offsets"])
    table = model.table()
    x, shares = model.decode(b["inputs"], audio, b["shifts"], table)
    taught = b["targets"] >= 0
    targets = model.place[b["targets"][taught]]
    text = F.cross_entropy(model.logits(x[taught], table), targets)
    low, high = b["looks"][..., 0], b["looks"][..., 1]
    looking = high > low
    at = torch.arange(audio.shape[1])
    inside = ((at >= low[looking][:, None]) & (at < high[looking][:, None])).float()
    inside = inside / inside.sum(-1, keepdim=True)
    logs = shares.transpose(1, 2)[looking]
    look = -(inside[:, None] * logs).sum() / max(1, logs.shape[0] * logs.shape[1])  # a batch may be silent
    words = F.cross_entropy(model.word_head(audio).flatten(0, 1), b["words"].flatten())
    phonemes = F.cross_entropy(model.phoneme_head(first).flatten(0, 1), b["phonemes"].flatten())
    return text, look, words, phonemes


def save(a, model, header):
    torch.save({"config": vars(model.config), "weights": model.state_dict()}, a.checkpoint)
    part = Path(a.out).with_suffix(".part")
    write_ggml(part, model, header, a.type)
    part.replace(a.out)


def share(model, progress):
    """Gradients become the mean over all workers; so does the progress, which is returned."""
    gradients = [p.grad for p in model.parameters()]
    flat = torch.cat([g.flatten() for g in gradients] + [torch.tensor([progress])])
    distributed.all_reduce(flat)
    flat /= distributed.get_world_size()
    for g, part in zip(gradients, flat[:-1].split([g.numel() for g in gradients])):
        g.copy_(part.view_as(g))
    return flat[-1].item()


def optimizers_of(model, a):
    """Muon for the matrices of the blocks, AdamW for the rest."""
    inner = [p for n, p in model.named_parameters() if p.dim() == 2 and n.startswith(("encoder.", "decoder."))]
    known = {id(p) for p in inner}
    outer = [p for p in model.parameters() if id(p) not in known]
    return [torch.optim.Muon(inner, lr=0.0, weight_decay=a.decay, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(outer, lr=0.0, weight_decay=0.0, betas=(0.9, 0.98))]


def start(a, clips):
    if a.resume:
        return load(a.resume)
    torch.manual_seed(a.seed)
    return Whisper(config_of(clips.clips))


def train(worker, a):
    """One worker with one thread: its own windows, the same weights as the others."""
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"file://{a.meeting}", rank=worker, world_size=a.workers)
    header = read_header(a.header)
    clips = Clips(a.data, "train", Tokenizer(header.tokens))
    model = start(a, clips).train()
    c = model.config
    if worker == 0:
        parameters = sum(p.numel() for p in model.parameters())
        print(f"{parameters} parameters, {len(clips.clips)} clips, {len(c.used)} ids used", flush=True)
    noise = np.load(Path(a.data) / "noise.npy")
    windows = Windows(clips, noise, c.words, c.phonemes, np.random.default_rng([a.seed, worker]))
    kinds = np.random.default_rng(a.seed)  # the same in all workers, so that none waits for a longer window
    optimizers = optimizers_of(model, a)
    averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.99))
    begin = saved = time.time()
    busy = time.process_time()
    mean = None
    step, progress = 0, 0.0
    while progress < 1:
        long = kinds.random() < a.long * (1 if a.resume else progress)
        frames = int(kinds.choice(LONG, p=[0.25, 0.25, 0.2, 0.3])) if long else SHORT
        batch = windows.batch(a.long_batch * FULL // frames if long else a.batch, frames)
        with torch.autocast("cpu", torch.bfloat16, enabled=a.bfloat16):
            parts = losses_of(model, {k: torch.from_numpy(v) for k, v in batch.items()})
        model.zero_grad(set_to_none=True)
        sum(p * w for p, w in zip(parts, (1.0, a.look, 0.3, 0.3))).backward()
        spent = max((time.process_time() - busy) / 60 / a.minutes, (time.time() - begin) / 60 / a.wall)
        progress = share(model, max((step + 1) / a.steps, spent))
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate(step, progress, a.rate)
            optimizer.step()
        averaged.update_parameters(model)
        now = np.array([p.item() for p in parts])
        mean = now if mean is None else 0.97 * mean + 0.03 * now
        if worker == 0 and step % 25 == 24:
            named = " ".join(f"{n} {m:.3f}" for n, m in zip(("text", "look", "words", "phonemes"), mean))
            minutes, own = (time.time() - begin) / 60, (time.process_time() - busy) / 60
            print(f"step {step + 1} {named} {minutes:.1f} min, {own:.1f} core-min a worker", flush=True)
        if worker == 0 and (time.time() - saved > a.save_minutes * 60 or progress >= 1):
            save(a, averaged.module, header)
            saved = time.time()
        step += 1
    print(f"worker {worker}: {(time.process_time() - busy) / 60:.1f} core-minutes", flush=True)
    distributed.destroy_process_group()


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--header", required=True, help="a file that begins with the ggml header of a multilingual Whisper")
    p.add_argument("--data", default="data")
    p.add_argument("--out", default="whisper.bin")
    p.add_argument("--type", default="q8_0", choices=["f16", "q8_0", "q5_0", "q4_0"])
    p.add_argument("--checkpoint", default="checkpoint.pt")
    p.add_argument("--resume", help="a checkpoint to go on from, its weights only")
    p.add_argument("--steps", type=int, default=6000)
    p.add_argument("--minutes", type=float, default=math.inf,
                   help="end after this CPU time of a worker if the steps take longer")
    p.add_argument("--batch", type=int, default=8, help="windows of 5.12 seconds a step and worker")
    p.add_argument("--wall", type=float, default=math.inf, help="end after this time on the clock")
    p.add_argument("--long", type=float, default=0.4,
                   help="share of steps with windows of 10 to 30 seconds, at the end; it rises from 0, unless with --resume")
    p.add_argument("--long-batch", type=int, default=2, help="windows of 30 seconds a step and worker; more of shorter ones")
    p.add_argument("--bfloat16", action="store_true", help="products in bfloat16: a third faster where the CPU has them")
    p.add_argument("--look", type=float, default=0.2, help="weight of the loss that teaches where to look")
    p.add_argument("--rate", type=float, default=3e-3)
    p.add_argument("--decay", type=float, default=0.02)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--workers", type=int, default=2, help="processes of one thread each")
    p.add_argument("--save-minutes", type=float, default=3)
    a = p.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        a.meeting = str(Path(folder) / "meeting")
        processes.spawn(train, (a,), a.workers)


if __name__ == "__main__":
    main()
