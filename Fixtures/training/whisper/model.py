"""A small Whisper, with what helps it to learn: most rows of the vocabulary are one, times are made of sinusoids.

All heads of the upper half of the decoder align: that is what OpenAI's code takes when a model does not say which.
"""
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import nn

from vocabulary import FIRST_TIME, SIZE, TIMES

AUDIO_CONTEXT, TEXT_CONTEXT, MELS = 1500, 448, 80


@dataclass
class Config:
    used: list  # ids of the vocabulary that have a row of their own, in front of the times
    words: list  # names of the classes of the frames
    phonemes: list
    width: int = 96
    heads: int = 3
    encoder_layers: int = 2
    decoder_layers: int = 3  # with two, whisper.cpp takes the file for a distilled model and gives no times
    mels: int = field(default=MELS)


def sinusoids(length, width):
    rates = torch.exp(-torch.log(torch.tensor(10000.0)) / (width // 2 - 1) * torch.arange(width // 2))
    angles = torch.arange(length)[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def split(self, x):
        return x.view(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)

    def forward(self, x, source, causal=False, shares=False):
        """With `shares`, also the logarithm of the share of each source position: (batch, heads, x, source)."""
        q, k, v = self.split(self.query(x)), self.split(self.key(source)), self.split(self.value(source))
        logs = None
        if shares:
            logs = (q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5).log_softmax(-1)
            y = logs.exp() @ v
        else:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        return self.out(y.transpose(1, 2).flatten(2)), logs


class Block(nn.Module):
    def __init__(self, width, heads, cross):
        super().__init__()
        self.attn, self.attn_ln = Attention(width, heads), nn.LayerNorm(width)
        if cross:
            self.cross_attn, self.cross_attn_ln = Attention(width, heads), nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.mlp_ln = nn.LayerNorm(width)

    def forward(self, x, source=None, shares=False):
        h = self.attn_ln(x)
        x = x + self.attn(h, h, causal=source is not None)[0]
        logs = None
        if source is not None:
            y, logs = self.cross_attn(self.cross_attn_ln(x), source, shares=shares)
            x = x + y
        return x + self.mlp(self.mlp_ln(x)), logs


class Whisper(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        width, heads = config.width, config.heads
        self.conv1 = nn.Conv1d(config.mels, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.encoder = nn.ModuleList(Block(width, heads, False) for _ in range(config.encoder_layers))
        self.decoder = nn.ModuleList(Block(width, heads, True) for _ in range(config.decoder_layers))
        self.ln_post, self.ln = nn.LayerNorm(width), nn.LayerNorm(width)
        self.rows = nn.Parameter(torch.randn(len(config.used) + 1, width) * 0.05)
        self.time_rows = nn.Linear(width, width)
        self.phoneme_head = nn.Linear(width, len(config.phonemes))
        self.word_head = nn.Linear(width, len(config.words))
        self.register_buffer("audio_positions", sinusoids(AUDIO_CONTEXT + 1, width), persistent=False)
        self.register_buffer("text_positions", 0.05 * sinusoids(TEXT_CONTEXT, width), persistent=False)
        nn.init.normal_(self.time_rows.weight, std=0.05 * width ** -0.5)
        self.unused = SIZE - TIMES - len(config.used)
        place = torch.full((SIZE,), len(config.used))
        place[torch.tensor(config.used)] = torch.arange(len(config.used))
        place[FIRST_TIME:] = torch.arange(TIMES) + len(config.used) + 1
        self.register_buffer("place", place, persistent=False)
        for name, p in self.named_parameters():
            if p.dim() == 2 and name.endswith(("out.weight", "mlp.2.weight")):
                p.data.mul_(0.5)

    def table(self):
        """The rows of the used ids, the row that all unused ids share, and those of the times."""
        return torch.cat([self.rows, self.time_rows(self.audio_positions[:TIMES])])

    def encode(self, mels, offsets):
        """Mels (batch, frames, 80) that begin at encoder position `offsets` of the window."""
        x = F.gelu(self.conv1(mels.transpose(1, 2)))
        x = F.gelu(self.conv2(x)).transpose(1, 2)
        x = x + self.audio_positions[offsets[:, None] + torch.arange(x.shape[1])]
        first = None
        for block in self.encoder:
            x, _ = block(x)
            first = x if first is None else first
        return self.ln_post(x), first

    def decode(self, ids, audio, shifts, table):
        """Final hidden states, and the attention shares of the heads that align. `shifts` moves the text positions."""
        x = table[self.place[ids]] + self.text_positions[shifts[:, None] + torch.arange(ids.shape[1])]
        found = []
        for i, block in enumerate(self.decoder):
            aligns = i >= len(self.decoder) // 2
            x, logs = block(x, audio, shares=aligns)
            found += [logs] if aligns else []
        return self.ln(x), torch.cat(found, dim=1)

    def logits(self, x, table):
        """One column a used id, one for all unused ids together, one a time."""
        bias = torch.zeros(len(table))
        bias[len(self.config.used)] = float(torch.log(torch.tensor(float(self.unused))))
        return x @ table.T + bias
