"""More decoder families in numpy, in float64, written for reading: those of `../models/make_dense.py`."""
import math

import gguf
import numpy as np

# GELU by the error function, by its tanh formula (arXiv:1606.08415), squared ReLU (arXiv:2109.08668); the others have SiLU.
ERROR_GELU = {"falcon", "gptneox", "mpt"}
TANH_GELU = {"phi2", "gptj", "bloom", "starcoder", "codeshell"}
SQUARED_RELU = {"nemotron"}
NO_ROPE = {"mpt", "bloom", "starcoder"}
NEIGHBOURS = {"gptj", "command-r", "cohere2", "glm4", "chatglm", "internlm2", "minicpm", "olmo", "baichuan", "xverse",
              "ernie4_5", "mistral3"}  # pairs that rotate; the others pair the halves of a head
PACKED = {"glm4", "chatglm"}  # the gate's rows, then the others
ALIBI = {"bloom": 8.0}
FAMILIES = ERROR_GELU | TANH_GELU | SQUARED_RELU | NO_ROPE | NEIGHBOURS | {
    "exaone", "exaone4", "orion", "seed_oss", "hunyuan-dense", "qwen2vl", "qwen3vl"}


class Dense:
    """Phi-2 (arXiv:2309.05463), GPT-J, Falcon (arXiv:2311.16867), GPT-NeoX (arXiv:2204.06745), Command R, EXAONE
    (arXiv:2408.03541, arXiv:2507.11407), GLM-4 (arXiv:2406.12793), InternLM 2 (arXiv:2403.17297), MiniCPM
    (arXiv:2404.06395), Nemotron (arXiv:2402.16819), MPT, BLOOM (arXiv:2211.05100), StarCoder (arXiv:2305.06161), OLMo
    (arXiv:2402.00838), Baichuan 2 (arXiv:2309.10305), Orion (arXiv:2401.12246), XVERSE, CodeShell, Seed-OSS, ERNIE 4.5,
    Hunyuan, Ministral 3 or the text part of Qwen2-VL and Qwen3-VL, read from a GGUF."""

    def __init__(self, reader):
        self.family = reader.fields["general.architecture"].contents()
        self.keys = {name: field.contents() for name, field in reader.fields.items() if name.startswith(self.family)}
        self.tensors = {t.name: np.float64(gguf.quants.dequantize(t.data, t.tensor_type)) for t in reader.tensors}
        self.hidden = self.key("embedding_length")
        self.heads = self.key("attention.head_count")
        self.key_value_heads = self.key("attention.head_count_kv", self.heads)
        self.head = self.key("attention.key_length", self.hidden // self.heads)
        self.layer_norm = self.key("attention.layer_norm_epsilon") is not None
        self.epsilon = self.key("attention.layer_norm_epsilon", self.key("attention.layer_norm_rms_epsilon"))
        self.has_gelu = self.family in ERROR_GELU | TANH_GELU
        # No key says that a Baichuan has ALiBi: the one with 40 layers.
        is_large = self.family == "baichuan" and self.key("block_count") == 40
        self.alibi = self.key("attention.max_alibi_bias") or ALIBI.get(self.family) or (8.0 if is_large else None)

    def key(self, name, default=None):
        return self.keys.get(f"{self.family}.{name}", default)

    def has(self, name):
        return name + ".weight" in self.tensors

    def logits(self, ids):
        positions = np.arange(len(ids))
        x = self.tensors["token_embd.weight"][ids] * self.key("embedding_scale", 1.0)
        if self.has("position_embd"):
            x = x + self.tensors["position_embd.weight"][positions]
        x = self.norm(x, "token_embd_norm", needed=False)
        for layer in range(self.key("block_count")):
            x = self.layer(x, f"blk.{layer}.", layer, positions)
        x = self.linear(self.norm(x, "output_norm"), "output" if self.has("output") else "token_embd")
        scale = self.key("logit_scale", 1.0)
        return x / scale if self.family == "minicpm" else x * scale

    def layer(self, x, block, layer, positions):
        scale = self.key("residual_scale", 1.0)
        second = next((name for name in ("ffn_norm", "post_attention_norm") if self.has(block + name)), None)
        if self.family == "exaone4":  # norms behind alone
            x = x + self.norm(self.attention(x, block, layer, positions), block + "post_attention_norm")
            return x + self.norm(self.feed_forward(x, block), block + "post_ffw_norm")
        normed = self.norm(x, block + "attn_norm")
        own = self.norm(x, block + "attn_norm_2") if self.has(block + "attn_norm_2") else normed
        attention = self.attention(own, block, layer, positions)
        if self.family == "glm4":  # norms before and behind
            x = x + self.norm(attention, block + "post_attention_norm")
            return x + self.norm(self.feed_forward(self.norm(x, block + "ffn_norm"), block), block + "post_ffw_norm")
        if self.family == "olmo":
            x = x + attention
            return x + self.feed_forward(self.norm(x, ""), block)
        if second is None:  # one norm, two readers
            return x + attention + self.feed_forward(normed, block)
        if self.key("use_parallel_residual"):
            return x + attention + self.feed_forward(self.norm(x, block + second), block)
        x = x + scale * attention
        return x + scale * self.feed_forward(self.norm(x, block + second), block)

    def linear(self, x, name):
        return x @ self.tensors[name + ".weight"].T + self.tensors.get(name + ".bias", 0.0)

    def norm(self, x, name, needed=True):
        if not needed and not self.has(name):
            return x
        if self.layer_norm:
            x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(-1, keepdims=True) + self.epsilon)
        if self.family == "olmo":  # no norm has weights
            return x
        return x * self.tensors[name + ".weight"] + self.tensors.get(name + ".bias", 0.0)

    def attention(self, x, block, layer, positions):
        sizes = [self.heads * self.head, (self.heads + self.key_value_heads) * self.head]
        if self.has(block + "attn_qkv"):
            q, k, v = np.split(self.linear(x, block + "attn_qkv"), sizes, -1)
        else:
            q, k, v = (self.linear(x, block + "attn_" + name) for name in "qkv")
        limit = self.key("attention.clamp_kqv")
        if limit:
            q, k, v = (np.clip(m, -limit, limit) for m in (q, k, v))
        q, k, v = (m.reshape(len(x), -1, self.head) for m in (q, k, v))
        if self.family in ("exaone4", "qwen3vl"):
            q, k = self.norm_heads(q, k, block)
        window = self.window(layer)
        if self.family not in NO_ROPE and not self.alibi and (window or self.family != "cohere2"):
            q, k = self.rotate(q, positions), self.rotate(k, positions)
        if self.family == "hunyuan-dense":  # behind the rotation
            q, k = self.norm_heads(q, k, block)
        temperature, original = self.key("attention.temperature_scale"), self.key("rope.scaling.original_context_length")
        if temperature:
            q = q * (1 + temperature * np.log(1 + positions // original))[:, None, None]
        k, v = (np.repeat(m, self.heads // self.key_value_heads, axis=1) for m in (k, v))
        distance = positions[:, None] - positions[None, :]
        scores = np.einsum("qhd,khd->hqk", q, k) * self.head ** -0.5
        if self.alibi:
            scores = scores - self.slopes()[:, None, None] * distance
        scores = np.where((distance < 0) | (distance >= (window or len(x))), -np.inf, scores)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        return self.linear(np.einsum("hqk,khd->qhd", weights, v).reshape(len(x), -1), block + "attn_output")

    def norm_heads(self, q, k, block):
        return (self.norm(m, f"{block}attn_{name}_norm") for m, name in ((q, "q"), (k, "k")))

    def window(self, layer):
        """How many positions a layer sees, its own included; None: all. The last of four layers sees everything."""
        return self.key("attention.sliding_window") if layer % 4 < 3 else None

    def slopes(self):
        """ALiBi (arXiv:2108.12409): of a power of two heads, then every second one of twice as many."""
        whole = 2 ** int(math.log2(self.heads))
        exponents = [(i + 1) / whole for i in range(whole)] + [(2 * i + 1) / (2 * whole) for i in range(whole)]
        return 2.0 ** (-self.alibi * np.array(exponents[:self.heads]))

    def rotate(self, x, positions):
        """RoPE (arXiv:2104.09864) of the first columns of each head."""
        size, base = self.key("rope.dimension_count", self.head), self.key("rope.freq_base", 10000.0)
        frequencies, magnitude = self.scaled(base ** (-np.arange(0, size, 2) / size), size, base)
        angles = positions[:, None, None] * frequencies
        cosine, sine = magnitude * np.cos(angles), magnitude * np.sin(angles)
        first, second = slice(0, size // 2), slice(size // 2, size)
        if self.family in NEIGHBOURS:
            first, second = slice(0, size, 2), slice(1, size, 2)
        out = x.copy()
        out[..., first] = x[..., first] * cosine - x[..., second] * sine
        out[..., second] = x[..., first] * sine + x[..., second] * cosine
        return out

    def scaled(self, frequencies, size, base):
        """Frequencies for long contexts, and what cosines and sines are multiplied by."""
        frequencies = frequencies / self.tensors.get("rope_freqs.weight", 1.0)
        if self.key("rope.scaling.type") != "yarn":  # arXiv:2309.00071
            return frequencies, 1.0
        factor, original = self.key("rope.scaling.factor"), self.key("rope.scaling.original_context_length")
        turns = self.key("rope.scaling.yarn_beta_fast"), self.key("rope.scaling.yarn_beta_slow")
        first, last = (size * np.log(original / (n * 2 * np.pi)) / (2 * np.log(base)) for n in turns)
        first, last = max(0, np.floor(first)), min(size - 1, np.ceil(last))
        ramp = np.clip((np.arange(size // 2) - first) / max(0.001, last - first), 0, 1)
        logarithm = 0.1 * np.log(factor)
        magnitude = (1 + logarithm) / (1 + self.key("rope.scaling.yarn_log_multiplier") * logarithm)
        return frequencies * (ramp / factor + 1 - ramp), magnitude

    def activation(self, x):
        if self.family in SQUARED_RELU:
            return np.maximum(x, 0) ** 2
        if self.family in TANH_GELU:
            return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x ** 3)))
        if self.family in ERROR_GELU:
            return 0.5 * x * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))
        return x / (1 + np.exp(-x))

    def feed_forward(self, x, block):
        """`activation(gate) * up` (arXiv:2002.05202), or `activation(up)` where there is no gate."""
        up = self.linear(x, block + "ffn_up")
        if self.family in PACKED:
            gate, up = np.split(up, 2, -1)
            inner = self.activation(gate) * up
        elif self.has(block + "ffn_gate"):
            inner = self.activation(self.linear(x, block + "ffn_gate")) * up
        else:
            inner = self.activation(up)
        return self.linear(inner, block + "ffn_down")
