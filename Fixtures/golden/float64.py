"""A second oracle, independent of llama.cpp: the decoder families in numpy, in float64, written for reading."""
import gguf
import numpy as np

from mamba64 import Mamba


def logits(path, ids):
    """`[tokens, vocabulary]`, float64: the logits after every token of `ids`."""
    reader = gguf.GGUFReader(path)
    is_mamba = reader.fields["general.architecture"].contents() == "mamba"
    return (Mamba(reader) if is_mamba else Decoder(reader)).logits(ids)


class Decoder:
    """Llama (arXiv:2302.13971), Qwen2 (arXiv:2407.10671), Qwen3 (arXiv:2505.09388) or GPT-2, read from a GGUF."""

    def __init__(self, reader):
        self.family = reader.fields["general.architecture"].contents()
        self.keys = {name: field.contents() for name, field in reader.fields.items() if name.startswith(self.family)}
        self.tensors = {t.name: np.float64(gguf.quants.dequantize(t.data, t.tensor_type)) for t in reader.tensors}
        self.heads = self.key("attention.head_count")
        self.key_value_heads = self.key("attention.head_count_kv", self.heads)
        self.head_dimension = self.key("attention.key_length", self.key("embedding_length") // self.heads)
        self.gpt2 = self.family == "gpt2"
        self.epsilon = self.key("attention.layer_norm_epsilon" if self.gpt2 else "attention.layer_norm_rms_epsilon")

    def key(self, name, default=None):
        return self.keys.get(f"{self.family}.{name}", default)

    def logits(self, ids):
        positions = np.arange(len(ids))
        x = self.tensors["token_embd.weight"][ids]
        if self.gpt2:
            x = x + self.tensors["position_embd.weight"][positions]
        for layer in range(self.key("block_count")):
            block = f"blk.{layer}."
            x = x + self.attention(self.norm(x, block + "attn_norm"), block, positions)
            x = x + self.feed_forward(self.norm(x, block + "ffn_norm"), block)
        return self.linear(self.norm(x, "output_norm"), "output" if "output.weight" in self.tensors else "token_embd")

    def linear(self, x, name):
        return x @ self.tensors[name + ".weight"].T + self.tensors.get(name + ".bias", 0.0)

    def norm(self, x, name):
        """LayerNorm for GPT-2, else RMSNorm."""
        if self.gpt2:
            x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(-1, keepdims=True) + self.epsilon)
        return x * self.tensors[name + ".weight"] + self.tensors.get(name + ".bias", 0.0)

    def attention(self, x, block, positions):
        query_size, key_size = self.heads * self.head_dimension, self.key_value_heads * self.head_dimension
        if self.gpt2:
            q, k, v = np.split(self.linear(x, block + "attn_qkv"), [query_size, query_size + key_size], -1)
        else:
            q, k, v = (self.linear(x, block + "attn_" + name) for name in "qkv")
        q, k, v = (m.reshape(len(x), -1, self.head_dimension) for m in (q, k, v))
        if self.family == "qwen3":
            q, k = self.norm(q, block + "attn_q_norm"), self.norm(k, block + "attn_k_norm")
        if not self.gpt2:
            q, k = self.rotate(q, positions), self.rotate(k, positions)
        k, v = (np.repeat(m, self.heads // self.key_value_heads, axis=1) for m in (k, v))
        scores = np.einsum("qhd,khd->hqk", q, k) / np.sqrt(self.head_dimension)
        scores = np.where(positions[None, :] > positions[:, None], -np.inf, scores)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        return self.linear(np.einsum("hqk,khd->qhd", weights, v).reshape(len(x), -1), block + "attn_output")

    def rotate(self, x, positions):
        """RoPE (arXiv:2104.09864): Llama's files pair neighbours, Qwen's pair the halves of a head."""
        size = self.head_dimension
        frequencies = self.key("rope.freq_base") ** (-np.arange(0, size, 2) / size)
        frequencies = frequencies / self.tensors.get("rope_freqs.weight", 1.0)
        if self.key("rope.scaling.type") == "linear":
            frequencies = frequencies / self.key("rope.scaling.factor")
        angles = positions[:, None, None] * frequencies
        cosine, sine = np.cos(angles), np.sin(angles)
        if self.family == "llama":
            first, second = slice(0, None, 2), slice(1, None, 2)
        else:
            first, second = slice(0, size // 2), slice(size // 2, None)
        out = np.empty_like(x)
        out[..., first] = x[..., first] * cosine - x[..., second] * sine
        out[..., second] = x[..., first] * sine + x[..., second] * cosine
        return out

    def feed_forward(self, x, block):
        """GPT-2: GELU by its tanh formula (arXiv:1606.08415); the others: SwiGLU (arXiv:2002.05202)."""
        up = self.linear(x, block + "ffn_up")
        if self.gpt2:
            inner = 0.5 * up * (1 + np.tanh(np.sqrt(2 / np.pi) * (up + 0.044715 * up ** 3)))
        else:
            gate = self.linear(x, block + "ffn_gate")
            inner = gate / (1 + np.exp(-gate)) * up
        return self.linear(inner, block + "ffn_down")
