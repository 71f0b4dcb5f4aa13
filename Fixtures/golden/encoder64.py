"""The encoder families in numpy, in float64, written for reading: an oracle that shares nothing with the runtime."""
import gguf
import numpy as np
from math import erf

ERF = np.vectorize(erf)


def gelu(x):
    """GELU by the error function (arXiv:1606.08415 §2)."""
    return 0.5 * x * (1 + ERF(x / np.sqrt(2)))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


class Encoder:
    """BERT (arXiv:1810.04805), Nomic (arXiv:2402.01613, 2502.07972), ModernBERT (arXiv:2412.13663), Jina 2
    (arXiv:2310.19923) or NeoBERT (arXiv:2502.19587)."""

    def __init__(self, path):
        reader = gguf.GGUFReader(path)
        self.family = reader.fields["general.architecture"].contents()
        self.keys = {name: field.contents() for name, field in reader.fields.items() if name.startswith(self.family)}
        self.tensors = {t.name: np.float64(gguf.quants.dequantize(t.data, t.tensor_type)) for t in reader.tensors}
        self.heads = self.key("attention.head_count")
        self.modern = self.family == "modern-bert"
        self.neo = self.family == "neo-bert"
        self.epsilon = self.key("attention.layer_norm_rms_epsilon" if self.neo else "attention.layer_norm_epsilon")

    def key(self, name, default=None):
        return self.keys.get(f"{self.family}.{name}", default)

    def has(self, name):
        return name + ".weight" in self.tensors

    def linear(self, x, name):
        return x @ self.tensors[name + ".weight"].T + self.tensors.get(name + ".bias", 0.0)

    def norm(self, x, name):
        if not self.neo:  # which has RMSNorm
            x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(-1, keepdims=True) + self.epsilon)
        return x * self.tensors[name + ".weight"] + self.tensors.get(name + ".bias", 0.0)

    def states(self, ids, first_segment=None):
        """`[tokens, hidden]`: the last layer's state of every token."""
        positions = np.arange(len(ids))
        x = self.tensors["token_embd.weight"][ids]
        if self.has("token_types"):  # RoBERTa has one, for all
            first = len(ids) if first_segment is None or len(self.tensors["token_types.weight"]) == 1 else first_segment
            segments = np.where(positions < first, 0, 1)
            x = x + self.tensors["token_types.weight"][segments]
        if self.has("position_embd"):
            x = x + self.tensors["position_embd.weight"][positions]
        if not self.neo:
            x = self.norm(x, "token_embd_norm")
        for layer in range(self.key("block_count")):
            x = self.pre_norm_layer(x, layer) if self.modern or self.neo else self.post_norm_layer(x, layer)
        return self.norm(x, "output_norm") if self.modern else self.norm(x, "enc.output_norm") if self.neo else x

    def pre_norm_layer(self, x, layer):
        block = f"blk.{layer}."
        normed = self.norm(x, block + "attn_norm") if layer > 0 or self.neo else x
        x = x + self.attention(normed, block, layer)
        return x + self.feed_forward(self.norm(x, block + "ffn_norm"), block)

    def post_norm_layer(self, x, layer):
        block = f"blk.{layer}."
        y = self.norm(x + self.attention(x, block, layer), block + "attn_output_norm")
        if self.has(block + "attn_norm_2"):
            y = self.norm(x + y, block + "attn_norm_2")
        return self.norm(y + self.feed_forward(y, block), block + "layer_output_norm")

    def attention(self, x, block, layer):
        if self.neo:  # query, key and value of each head
            by_head = self.linear(x, block + "attn_qkv").reshape(len(x), self.heads, -1)
            q, k, v = (m.reshape(len(x), -1) for m in np.split(by_head, 3, -1))
        elif self.has(block + "attn_qkv"):
            q, k, v = np.split(self.linear(x, block + "attn_qkv"), 3, -1)
        else:
            q, k, v = (self.linear(x, block + "attn_" + name) for name in "qkv")
        if self.has(block + "attn_q_norm"):
            q, k = self.norm(q, block + "attn_q_norm"), self.norm(k, block + "attn_k_norm")
        q, k, v = (m.reshape(len(x), self.heads, -1) for m in (q, k, v))
        is_local = self.modern and layer % self.key("attention.sliding_window_pattern") != 0
        if self.family in ("nomic-bert", "nomic-bert-moe", "modern-bert"):
            base = self.key("rope.freq_base_swa" if is_local else "rope.freq_base")
            q, k = self.rotate(q, base), self.rotate(k, base)
        elif self.neo:
            base = self.key("rope.freq_base")
            q, k = self.rotate_neighbours(q, base), self.rotate_neighbours(k, base)
        scores = np.einsum("qhd,khd->hqk", q, k) / np.sqrt(q.shape[-1])
        distance = np.abs(np.arange(len(x))[:, None] - np.arange(len(x))[None, :])
        if self.family == "jina-bert-v2":
            scores = scores - self.slopes()[:, None, None] * distance
        if is_local:
            scores = np.where(distance > self.key("attention.sliding_window") // 2, -np.inf, scores)
        mixed = np.einsum("hqk,khd->qhd", softmax(scores), v).reshape(len(x), -1)
        return self.linear(mixed, block + "attn_output")

    def slopes(self):
        """ALiBi (arXiv:2108.12409 §3): for n heads, a power of two, 2^(-8 / n), its square, and so on; for others those of
        the power of two below, then every second one of the power of two above."""
        def of_power(n):
            return [2 ** (-8 / n * (i + 1)) for i in range(n)]
        below = 2 ** int(np.log2(self.heads))
        return np.array(of_power(below) + of_power(2 * below)[::2][:self.heads - below])

    def rotate(self, x, base):
        """RoPE (arXiv:2104.09864), halves of a head paired."""
        half = x.shape[-1] // 2
        angles = np.arange(len(x))[:, None, None] * base ** (-np.arange(half) / half)
        cosine, sine = np.cos(angles), np.sin(angles)
        first, second = x[..., :half], x[..., half:]
        return np.concatenate([first * cosine - second * sine, first * sine + second * cosine], -1)

    def rotate_neighbours(self, x, base):
        """RoPE, columns 2 i and 2 i + 1 paired, as one complex number."""
        half = x.shape[-1] // 2
        angles = np.arange(len(x))[:, None, None] * base ** (-np.arange(half) / half)
        turned = (x[..., ::2] + 1j * x[..., 1::2]) * np.exp(1j * angles)
        return np.stack([turned.real, turned.imag], -1).reshape(x.shape)

    def experts(self, x, block):
        """Each row's best experts, weighted by the softmax over all of them, and one bias (arXiv:2502.07972 §3)."""
        scores = softmax(self.linear(x, block + "ffn_gate_inp"))
        up, down = (self.tensors[block + f"ffn_{name}_exps.weight"] for name in ("up", "down"))
        out = np.zeros_like(x)
        for row, score in enumerate(scores):
            for expert in np.argsort(-score)[:self.key("expert_used_count")]:
                out[row] += score[expert] * (down[expert] @ gelu(up[expert] @ x[row]))
        return out + self.tensors.get(block + "ffn_exps.bias", 0.0)

    def feed_forward(self, x, block):
        if self.has(block + "ffn_gate_inp"):
            return self.experts(x, block)
        up = self.linear(x, block + "ffn_up")
        if self.neo:
            gate, opened = np.split(up, 2, -1)
            inner = gate / (1 + np.exp(-gate)) * opened
        elif self.family == "nomic-bert":
            gate = self.linear(x, block + "ffn_gate")
            inner = gate / (1 + np.exp(-gate)) * up
        elif self.has(block + "ffn_gate"):
            inner = gelu(self.linear(x, block + "ffn_gate")) * up
        elif self.family in ("bert", "nomic-bert-moe"):
            inner = gelu(up)
        else:
            gate, opened = np.split(up, 2, -1)
            inner = gelu(gate) * opened
        return self.linear(inner, block + "ffn_down")

    def token_logits(self, states):
        """`[tokens, vocabulary]`: what each token may be, from its last state (arXiv:1810.04805 §3.1)."""
        dense, norm = ("cls", "cls.norm") if self.modern else ("mlm.dense", "mlm.norm")
        x = self.norm(gelu(self.linear(states, dense)), norm)
        return x @ self.tensors["token_embd.weight"].T + self.tensors["output.bias"]

    def class_logits(self, x):
        """`[..., classes]`: of a token's state, or of the mean of some."""
        if self.has("cls"):
            x = self.linear(x, "cls")
            # DistilBERT, which alone has no token types, has ReLU; ModernBERT GELU; the others tanh.
            x = gelu(x) if self.modern else np.tanh(x) if self.has("token_types") else np.maximum(x, 0)
        if self.has("cls.norm"):
            x = self.norm(x, "cls.norm")
        return self.linear(x, "cls.output")
