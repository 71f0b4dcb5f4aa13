"""BERT with mean pooling in PyTorch: the teacher's and the student's architecture."""
import dataclasses

import torch
import torch.nn.functional as F
from torch import nn


@dataclasses.dataclass
class Config:
    vocab: int
    hidden: int = 256
    layers: int = 2
    heads: int = 8
    feed_forward: int = 768
    positions: int = 256
    types: int = 2
    norm_epsilon: float = 1e-12


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        hidden = config.hidden
        self.heads = config.heads
        self.q, self.k, self.v, self.output = (nn.Linear(hidden, hidden) for _ in range(4))
        self.attention_norm = nn.LayerNorm(hidden, eps=config.norm_epsilon)
        self.up = nn.Linear(hidden, config.feed_forward)
        self.down = nn.Linear(config.feed_forward, hidden)
        self.norm = nn.LayerNorm(hidden, eps=config.norm_epsilon)

    def forward(self, x, mask):
        batch, length, hidden = x.shape
        q, k, v = (f(x).view(batch, length, self.heads, -1).transpose(1, 2) for f in (self.q, self.k, self.v))
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = self.attention_norm(x + self.output(mixed.transpose(1, 2).reshape(batch, length, hidden)))
        return self.norm(x + self.down(F.gelu(self.up(x))))


class Bert(nn.Module):
    """ids [batch, length], padded with 0 where present [batch, length] is false, to unit vectors [batch, hidden]."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.tokens = nn.Embedding(config.vocab, config.hidden)
        self.positions = nn.Embedding(config.positions, config.hidden)
        self.types = nn.Embedding(config.types, config.hidden)
        self.norm = nn.LayerNorm(config.hidden, eps=config.norm_epsilon)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))

    def forward(self, ids, present, layers=None):
        x = self.tokens(ids) + self.positions.weight[:ids.shape[1]] + self.types.weight[0]
        x = self.norm(x)
        mask = present[:, None, None, :]
        for layer in self.layers[:layers]:
            x = layer(x, mask)
        weights = present.to(x.dtype)[:, :, None]
        return F.normalize((x * weights).sum(1) / weights.sum(1), dim=1)


def begin_as_static(model, vectors):
    """A student that begins as the mean of its tokens' vectors: every layer passes its input on, no position counts."""
    with torch.no_grad():
        model.tokens.weight.copy_(vectors)
        model.positions.weight.zero_()
        model.types.weight.zero_()
        for layer in model.layers:
            for linear in (layer.q, layer.k, layer.v, layer.output, layer.up, layer.down):
                nn.init.normal_(linear.weight, std=linear.in_features ** -0.5)
                nn.init.zeros_(linear.bias)
            nn.init.zeros_(layer.output.weight)
            nn.init.zeros_(layer.down.weight)


def padded(rows):
    """Lists of ids to (ids, present)."""
    longest = max(map(len, rows))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    present = torch.tensor([[True] * len(row) + [False] * (longest - len(row)) for row in rows])
    return ids, present


@torch.inference_mode()
def embed(model, rows, batch_tokens=4096, layers=None):
    """Vectors [rows, hidden] in the order of the rows, computed with rows of similar length together."""
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    out = torch.empty(len(rows), model.config.hidden)
    start = 0
    while start < len(order):
        end = start + 1
        while end < len(order) and len(rows[order[end]]) * (end + 1 - start) <= batch_tokens:
            end += 1
        part = order[start:end]
        out[part] = model(*padded([rows[i] for i in part]), layers=layers).float()
        start = end
    return out


def dump(model, tokenizer, path):
    torch.save({"config": dataclasses.asdict(model.config), "weights": model.state_dict(), "tokenizer": tokenizer.to_str()}, path)


def load(path):
    """(model, tokenizer) of a checkpoint"""
    from tokenizers import Tokenizer

    saved = torch.load(path)
    model = Bert(Config(**saved["config"]))
    model.load_state_dict(saved["weights"])
    return model.eval(), Tokenizer.from_str(saved["tokenizer"])
