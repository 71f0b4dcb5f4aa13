"""A small Llama: RMSNorm, rotary positions on interleaved pairs, grouped-query attention, SwiGLU, tied embeddings."""
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class Config:
    vocab: int
    hidden: int = 256
    layers: int = 4
    heads: int = 8
    kv_heads: int = 4
    feed_forward: int = 704
    context: int = 512
    rope_base: float = 10000.0
    norm_epsilon: float = 1e-5

    @property
    def head_size(self):
        return self.hidden // self.heads


class RMSNorm(nn.Module):
    def __init__(self, size, epsilon):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.epsilon = epsilon

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon) * self.weight


def rope_tables(config):
    """Cosines and sines, one row a position, one column a pair (x[2i], x[2i+1])."""
    i = torch.arange(0, config.head_size, 2, dtype=torch.float32)
    angles = torch.outer(torch.arange(config.context, dtype=torch.float32), config.rope_base ** (-i / config.head_size))
    return angles.cos(), angles.sin()


def rotate(x, cos, sin):
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1).flatten(-2)


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        kv = config.kv_heads * config.head_size
        self.q = nn.Linear(config.hidden, config.hidden, bias=False)
        self.k = nn.Linear(config.hidden, kv, bias=False)
        self.v = nn.Linear(config.hidden, kv, bias=False)
        self.output = nn.Linear(config.hidden, config.hidden, bias=False)

    def forward(self, x, cos, sin):
        c = self.config
        batch, length, _ = x.shape
        q = self.q(x).view(batch, length, c.heads, c.head_size).transpose(1, 2)
        k = self.k(x).view(batch, length, c.kv_heads, c.head_size).transpose(1, 2)
        v = self.v(x).view(batch, length, c.kv_heads, c.head_size).transpose(1, 2)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        group = c.heads // c.kv_heads
        k, v = k.repeat_interleave(group, dim=1), v.repeat_interleave(group, dim=1)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.output(y.transpose(1, 2).reshape(batch, length, c.hidden))


class FeedForward(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.gate = nn.Linear(config.hidden, config.feed_forward, bias=False)
        self.up = nn.Linear(config.hidden, config.feed_forward, bias=False)
        self.down = nn.Linear(config.feed_forward, config.hidden, bias=False)

    def forward(self, x):
        return self.down(F.silu(self.gate(x)) * self.up(x))


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.attention_norm = RMSNorm(config.hidden, config.norm_epsilon)
        self.attention = Attention(config)
        self.ffn_norm = RMSNorm(config.hidden, config.norm_epsilon)
        self.ffn = FeedForward(config)

    def forward(self, x, cos, sin):
        x = x + self.attention(self.attention_norm(x), cos, sin)
        return x + self.ffn(self.ffn_norm(x))


class Llama(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab, config.hidden)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = RMSNorm(config.hidden, config.norm_epsilon)
        cos, sin = rope_tables(config)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        for name, p in self.named_parameters():
            if p.dim() == 2:
                residual = name.endswith(("output.weight", "down.weight"))
                nn.init.normal_(p, std=0.02 if name.startswith("embedding") else
                                p.shape[1] ** -0.5 * ((2 * config.layers) ** -0.5 if residual else 1.0))

    def forward(self, ids):
        x = self.embedding(ids)
        length = ids.shape[1]
        cos, sin = self.cos[:length], self.sin[:length]
        for block in self.blocks:
            x = block(x, cos, sin)
        return self.norm(x) @ self.embedding.weight.T


@torch.no_grad()
def greedy(model, prompts, end, limit=64):
    """The greedy continuation of each prompt (a list of ids), without the end token. Prompts are padded on the right."""
    rows = [list(p) for p in prompts]
    live = set(range(len(rows)))
    for _ in range(limit):
        order = sorted(live)
        longest = max(len(rows[i]) for i in order)
        if longest >= model.config.context:
            break
        ids = torch.tensor([rows[i] + [end] * (longest - len(rows[i])) for i in order])
        logits = model(ids)
        for row, i in enumerate(order):
            token = int(logits[row, len(rows[i]) - 1].argmax())
            if token == end:
                live.discard(i)
            else:
                rows[i].append(token)
        if not live:
            break
    return [row[len(prompt):] for row, prompt in zip(rows, prompts)]
