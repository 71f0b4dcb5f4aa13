"""Whisper in float64, written from its paper and OpenAI's `whisper/model.py`, over the tensors of Swiftlet's GGUF form."""
import math

import gguf
import numpy as np

ERF = np.vectorize(math.erf, otypes=[np.float64])


def load(path):
    """The tensors, dequantized, and the keys of a file."""
    reader = gguf.GGUFReader(path)
    tensors = {t.name: gguf.quants.dequantize(t.data, t.tensor_type).astype(np.float64).reshape(t.shape[::-1].tolist())
               for t in reader.tensors}
    keys = {name: field.contents() for name, field in reader.fields.items()}
    return tensors, keys


def gelu(x):
    return 0.5 * x * (1 + ERF(x / math.sqrt(2)))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


class Whisper:
    def __init__(self, path):
        self.tensors, self.keys = load(path)

    def key(self, name):
        return self.keys[f"whisper.{name}"]

    def linear(self, x, name):
        return x @ self.tensors[f"{name}.weight"].T + self.tensors.get(f"{name}.bias", 0)

    def norm(self, x, name):
        centered = x - x.mean(-1, keepdims=True)
        scaled = centered / np.sqrt((centered ** 2).mean(-1, keepdims=True) + 1e-5)
        return scaled * self.tensors[f"{name}.weight"] + self.tensors[f"{name}.bias"]

    def convolution(self, x, name, stride):
        """[time, channels] to [time / stride, outputs]; width 3, one row of zeros at either end."""
        padded = np.pad(x, ((1, 1), (0, 0)))
        windows = np.stack([padded[i:i + len(x)] for i in range(3)], 2)[::stride]  # [time, channels, 3]
        return gelu(np.einsum("tck,ock->to", windows, self.tensors[f"{name}.weight"])
                    + self.tensors[f"{name}.bias"])

    def attention(self, x, source, name, heads, causal=False):
        """The result, and the weights [heads, rows of x, rows of source]."""
        q, k, v = self.linear(x, f"{name}_q"), self.linear(source, f"{name}_k"), self.linear(source, f"{name}_v")
        split = lambda y: y.reshape(len(y), heads, -1).transpose(1, 0, 2)
        scores = split(q) @ split(k).transpose(0, 2, 1) / math.sqrt(q.shape[1] // heads)
        if causal:
            scores = scores + np.triu(np.full(scores.shape[1:], -np.inf), 1)
        weights = softmax(scores)
        joined = (weights @ split(v)).transpose(1, 0, 2).reshape(len(x), -1)
        return self.linear(joined, f"{name}_output"), weights

    def feed_forward(self, x, block):
        return self.linear(gelu(self.linear(self.norm(x, f"{block}.ffn_norm"), f"{block}.ffn_up")), f"{block}.ffn_down")

    def encode(self, mel, positions):
        """mel: [bands, frames], of which 2 * positions are read. Gives [positions, width]."""
        x = self.convolution(mel[:, :2 * positions].T.astype(np.float64), "enc.conv1d.1", 1)
        x = self.convolution(x, "enc.conv1d.2", 2) + self.tensors["enc.position_embd.weight"][:positions]
        for layer in range(self.key("encoder.block_count")):
            block = f"enc.blk.{layer}"
            y = self.norm(x, f"{block}.attn_norm")
            x = x + self.attention(y, y, f"{block}.attn", self.key("encoder.attention.head_count"))[0]
            x = x + self.feed_forward(x, block)
        return self.norm(x, "enc.output_norm")

    def decode(self, ids, encoded):
        """Logits [ids, vocabulary], and of each layer the weights of attention to `encoded` [heads, ids, positions]."""
        heads = self.key("decoder.attention.head_count")
        x = self.tensors["token_embd.weight"][ids] + self.tensors["dec.position_embd.weight"][:len(ids)]
        weights = []
        for layer in range(self.key("decoder.block_count")):
            block = f"dec.blk.{layer}"
            y = self.norm(x, f"{block}.attn_norm")
            x = x + self.attention(y, y, f"{block}.attn", heads, causal=True)[0]
            y, found = self.attention(
                self.norm(x, f"{block}.cross_attn_norm"), encoded, f"{block}.cross_attn", heads)
            x = x + y
            weights.append(found)
            x = x + self.feed_forward(x, block)
        return self.norm(x, "dec.output_norm") @ self.tensors["token_embd.weight"].T, weights
