"""The Transformer of 2017 (arXiv:1706.03762 section 3): norms behind each sum, ReLU, interleaved sinusoids, one table of
embeddings for source, target and output, times the root of the width where it is read."""
import dataclasses
import math

import torch
import torch.nn.functional as F
from torch import nn

PAD, END = 0, 1
START = PAD  # what a translation begins with


@dataclasses.dataclass
class Config:
    vocab: int = 4096
    width: int = 256
    heads: int = 4
    feed_forward: int = 1024
    encoder_layers: int = 3
    decoder_layers: int = 2
    context: int = 256
    dropout: float = 0.1
    norm_epsilon: float = 1e-5


def sinusoids(rows, width):
    """`[rows, width]`: sine, cosine, sine, cosine of falling frequencies."""
    frequencies = torch.pow(10_000.0, -torch.arange(0, width, 2, dtype=torch.float64) / width)
    angles = torch.arange(rows, dtype=torch.float64)[:, None] * frequencies
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1).float()


class Dropout(nn.Module):
    """With a byte of chance for each element, which is faster than a float."""

    def __init__(self, p):
        super().__init__()
        self.below = round(p * 256)

    def forward(self, x):
        if not self.training:
            return x
        chance = torch.empty(x.numel() // 8 + 1, dtype=torch.int64).random_(-2 ** 63, None).view(torch.uint8)
        kept = (chance[:x.numel()] >= self.below).view(x.shape)
        return x * (kept.to(x.dtype) * (256 / (256 - self.below)))


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads = c.heads
        self.q, self.k, self.v, self.output = (nn.Linear(c.width, c.width) for _ in range(4))

    def split(self, x):
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def keys_values(self, x):
        return self.split(self.k(x)), self.split(self.v(x))

    def forward(self, x, keys_values, bias):
        """x `[batch, tokens, width]`, bias `[batch or 1, 1, tokens or 1, keys]`, 0 or -inf; also the first head's logarithms."""
        k, v = keys_values
        q = self.split(self.q(x))
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        if bias is not None:
            scores = scores + bias
        shares = scores.float().softmax(-1).to(v.dtype)
        mixed = shares @ v
        return self.output(mixed.transpose(1, 2).flatten(2)), scores[:, 0]


class FeedForward(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.up, self.down = nn.Linear(c.width, c.feed_forward), nn.Linear(c.feed_forward, c.width)

    def forward(self, x):
        return self.down(F.relu(self.up(x)))


class Layer(nn.Module):
    """Self-attention, in the decoder attention to the source, and the two products behind."""

    def __init__(self, c, has_cross):
        super().__init__()
        self.attention, self.attention_norm = Attention(c), nn.LayerNorm(c.width, c.norm_epsilon)
        if has_cross:
            self.cross, self.cross_norm = Attention(c), nn.LayerNorm(c.width, c.norm_epsilon)
        self.feed_forward, self.feed_forward_norm = FeedForward(c), nn.LayerNorm(c.width, c.norm_epsilon)
        self.dropout = Dropout(c.dropout)

    def added(self, x, y, norm):
        return norm(x + self.dropout(y))

    def forward(self, x, keys_values, bias, source=None, source_bias=None):
        x = self.added(x, self.attention(x, keys_values, bias)[0], self.attention_norm)
        scores = None
        if source is not None:
            y, scores = self.cross(x, source, source_bias)
            x = self.added(x, y, self.cross_norm)
        return self.added(x, self.feed_forward(x), self.feed_forward_norm), scores


class Transformer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.config = c
        self.tokens = nn.Embedding(c.vocab, c.width)
        self.encoder = nn.ModuleList(Layer(c, False) for _ in range(c.encoder_layers))
        self.decoder = nn.ModuleList(Layer(c, True) for _ in range(c.decoder_layers))
        self.dropout = Dropout(c.dropout)
        self.register_buffer("positions", sinusoids(c.context, c.width), persistent=False)
        for p in self.parameters():
            if p.dim() == 2:
                nn.init.xavier_uniform_(p)
        nn.init.normal_(self.tokens.weight, std=c.width ** -0.5)

    def embedded(self, ids, first=0):
        x = self.tokens(ids) * math.sqrt(self.config.width) + self.positions[first:first + ids.shape[1]]
        return self.dropout(x)

    def encode(self, source):
        """States of `[batch, tokens]`, and the bias that hides padding."""
        bias = torch.zeros(source.shape).masked_fill_(source == PAD, -torch.inf)[:, None, None]
        x = self.embedded(source)
        for layer in self.encoder:
            x, _ = layer(x, layer.attention.keys_values(x), bias)
        return x, bias

    def decode(self, target, states, bias, aligned=1):
        """States before the output of `[batch, tokens]`, and the scores of one head of layer `aligned` for the source."""
        causal = torch.full((target.shape[1],) * 2, -torch.inf).triu(1)
        x = self.embedded(target)
        kept = None
        for i, layer in enumerate(self.decoder):
            x, scores = layer(x, layer.attention.keys_values(x), causal, layer.cross.keys_values(states), bias)
            kept = scores if i == aligned else kept
        return x, kept

    def logits(self, x):
        return F.linear(x, self.tokens.weight)

    @torch.no_grad()
    def greedy(self, source, longest):
        """Ids of `[1, tokens]` up to the end, at most `longest`."""
        states, bias = self.encode(source)
        cross = [layer.cross.keys_values(states) for layer in self.decoder]
        caches = [None] * len(self.decoder)
        ids, last = [], START
        while len(ids) < longest:
            x = self.embedded(torch.tensor([[last]]), len(ids))
            for i, layer in enumerate(self.decoder):
                new = layer.attention.keys_values(x)
                caches[i] = new if caches[i] is None else tuple(torch.cat(p, 2) for p in zip(caches[i], new))
                x, _ = layer(x, caches[i], None, cross[i], bias)
            last = int(self.logits(x[0, -1]).argmax())
            ids.append(last)
            if last == END:
                break
        return ids
