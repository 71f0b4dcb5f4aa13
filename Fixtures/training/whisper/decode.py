"""Greedy decoding with Whisper's rules for times, and word times by the attention of the last layer."""
from dataclasses import dataclass

import numpy as np
import torch

from features import limited, log_mel
from vocabulary import END, ENGLISH, FIRST_TIME, NO_SPEECH, NO_TIMESTAMPS, START, TRANSCRIBE

FULL, STEP = 3000, 0.02
CUT = 0.1  # of the largest share
LATEST_START = 50  # the first time is at most 1.0 s


@dataclass
class Result:
    segments: list  # (start, end, text)
    words: list  # (start, end, text)
    no_speech: float


def mel_of(samples, filters):
    """(1, frames, 80); silence fills the window."""
    padded = np.pad(samples, (0, max(0, FULL * 160 - len(samples))))
    return torch.from_numpy(limited(log_mel(padded, filters, FULL)).astype(np.float32))[None]


def allowed(logits, text):
    """The rules: times come in pairs and never go back, the first is early; a time wins when likelier than any text."""
    logits[START:FIRST_TIME] = -torch.inf
    times = [i for i in text if i >= FIRST_TIME]
    if not text:
        logits[:FIRST_TIME] = -torch.inf
        logits[FIRST_TIME + LATEST_START + 1:] = -torch.inf
        return logits
    if text[-1] >= FIRST_TIME:
        if len(text) < 2 or text[-2] >= FIRST_TIME:
            logits[FIRST_TIME:] = -torch.inf
        else:
            logits[:END] = -torch.inf
    if times:
        logits[FIRST_TIME:times[-1] + (1 if text[-1] < FIRST_TIME or len(text) < 2 else 0)] = -torch.inf
    shares = logits.log_softmax(0)
    if shares[FIRST_TIME:].logsumexp(0) > shares[:FIRST_TIME].max():
        logits[:FIRST_TIME] = -torch.inf
    return logits


@torch.no_grad()
def transcribe(model, tokenizer, samples, filters, limit=200):
    """One window of at most 30 seconds."""
    zero = torch.zeros(1, dtype=torch.long)
    audio, _ = model.encode(mel_of(samples, filters), zero)
    table = model.table()
    everything = table[model.place]
    ids = [START, ENGLISH, TRANSCRIBE]
    text, no_speech = [], 0.0
    while len(text) < limit:
        x, _ = model.decode(torch.tensor([ids + text]), audio, zero, table)
        if not text:
            no_speech = (x[0, 0] @ everything.T).softmax(0)[NO_SPEECH].item()
        best = allowed(x[0, -1] @ everything.T, text).argmax().item()
        if best == END:
            break
        text.append(best)
    plain = [i for i in text if i < END]
    frames = min(FULL // 2, len(samples) // 320)
    return Result(segments(text, tokenizer), word_times(model, tokenizer, audio, table, plain, frames), no_speech)


def segments(text, tokenizer):
    found, begin, ids = [], 0.0, []
    for i in text:
        if i < FIRST_TIME:
            ids.append(i)
            continue
        at = (i - FIRST_TIME) * STEP
        if ids:
            found.append((begin, at, tokenizer.decode(ids)))
        begin, ids = at, []
    return found


def word_times(model, tokenizer, audio, table, ids, frames):
    """Shares of the aligning heads, standardised over the tokens, smoothed, and aligned as OpenAI's code does; then
    each token is cut to where it is looked at, because the path gives a pause to one of the tokens around it."""
    if not ids:
        return []
    prompt = [START, ENGLISH, TRANSCRIBE, NO_TIMESTAMPS]
    zero = torch.zeros(1, dtype=torch.long)
    _, logs = model.decode(torch.tensor([prompt + ids + [END]]), audio, zero, table)
    shares = logs[0, :, len(prompt) - 1:-1, :frames].exp().numpy()
    even = (shares - shares.mean(-2, keepdims=True)) / (shares.std(-2, keepdims=True) + 1e-9)
    padded = np.pad(even, ((0, 0), (0, 0), (3, 3)), mode="reflect")
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(padded, 7, axis=-1), axis=-1)
    begins = path_begins(-smooth.mean(0)).astype(int)
    found = []
    for i, token in enumerate(ids):
        part = shares.mean(0)[i, begins[i]:max(begins[i] + 1, begins[i + 1])]
        seen = np.nonzero(part > CUT * part.max())[0]
        start, end = (begins[i] + seen[0]) * STEP, (begins[i] + seen[-1] + 1) * STEP
        piece = tokenizer.decode([token])
        if piece.startswith(" ") or not found:
            found.append([start, end, piece])
        else:
            found[-1] = [found[-1][0], end, found[-1][2] + piece]
    return [(float(start), float(end), text) for start, end, text in found]


def path_begins(cost):
    """Dynamic time warping: the first column of each row on the cheapest path."""
    rows, columns = cost.shape
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0
    step = np.zeros((rows + 1, columns + 1), np.int8)
    for j in range(1, columns + 1):
        for i in range(1, rows + 1):
            choices = (total[i - 1, j - 1], total[i - 1, j], total[i, j - 1])
            k = int(np.argmin(choices))
            total[i, j], step[i, j] = cost[i - 1, j - 1] + choices[k], k
    i, j = rows, columns
    begins = np.zeros(rows)
    while i > 0 and j > 0:
        begins[i - 1] = j - 1
        i, j = i - (step[i, j] != 2), j - (step[i, j] != 1)
    return begins
