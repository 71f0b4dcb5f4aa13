"""A second oracle, independent of llama.cpp: the decoder families in numpy, in float64, written for reading."""
import gguf
import numpy as np

from dense64 import FAMILIES as DENSE_FAMILIES, Dense
from gemma64 import FAMILIES as GEMMA_FAMILIES, Gemma
from mamba64 import Mamba


LAYER_NORM = {"gpt2", "starcoder2", "stablelm"}
TANH_GELU = {"gpt2", "gemma", "gemma2", "gemma3", "starcoder2"}  # GELU by its tanh formula (arXiv:1606.08415); the others have SiLU
NEIGHBOURS = {"llama", "granite", "smollm3"}  # whose files pair neighbouring columns for the rotation; the others pair the halves of a head
WINDOW_PERIODS = {"gemma2": 2, "gemma3": 6, "olmo2": 4}  # the last layer of a period sees everything
LOCAL_ROPES = {"gemma3", "olmo2"}  # whose layers with a window have a base of their own and no scaling
UNNORMALIZED_EXPERTS = {"qwen2moe"}


def logits(path, ids):
    """`[tokens, vocabulary]`, float64: the logits after every token of `ids`."""
    return model(path).logits(ids)


def model(path):
    reader = gguf.GGUFReader(path)
    family = reader.fields["general.architecture"].contents()
    if family in DENSE_FAMILIES:
        return Dense(reader)
    if family in GEMMA_FAMILIES:
        return Gemma(reader)
    return Mamba(reader) if family == "mamba" else Decoder(reader)


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x ** 3)))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    weights = np.exp(x - x.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


def softcap(x, cap):
    """arXiv:2408.00118."""
    return cap * np.tanh(x / cap) if cap else x


class Decoder:
    """Llama (arXiv:2302.13971) with experts (arXiv:2401.04088) or without, Qwen2 (arXiv:2407.10671), Qwen3
    (arXiv:2505.09388), their mixtures of experts, Gemma (arXiv:2403.08295), Gemma 2 (arXiv:2408.00118), Gemma 3
    (arXiv:2503.19786), Phi-3 (arXiv:2404.14219), OLMo 2 (arXiv:2501.00656), Granite (arXiv:2408.13359), StarCoder 2
    (arXiv:2402.19173), StableLM 2 (arXiv:2402.17834), SmolLM3 or GPT-2, read from a GGUF."""

    def __init__(self, reader):
        self.family = reader.fields["general.architecture"].contents()
        self.keys = {name: field.contents() for name, field in reader.fields.items() if name.startswith(self.family)}
        self.tensors = {t.name: np.float64(gguf.quants.dequantize(t.data, t.tensor_type)) for t in reader.tensors}
        for name in [name for name in self.tensors if name.endswith(".scale")]:
            self.tensors[name.replace(".scale", ".weight")] *= self.tensors[name]
        self.hidden = self.key("embedding_length")
        self.heads = self.key("attention.head_count")
        self.key_value_heads = self.key("attention.head_count_kv", self.heads)
        self.head_dimension = self.key("attention.key_length", self.hidden // self.heads)
        self.layer_norm = self.family in LAYER_NORM
        self.activation = gelu if self.family in TANH_GELU else lambda x: x * sigmoid(x)
        self.has_gelu = self.family in TANH_GELU
        self.router_margin = np.inf  # by how much a chosen expert's logit beat one not chosen, at the narrowest
        self.epsilon = self.key("attention.layer_norm_epsilon" if self.layer_norm else "attention.layer_norm_rms_epsilon")

    def key(self, name, default=None):
        return self.keys.get(f"{self.family}.{name}", default)

    def has(self, name):
        return name + ".weight" in self.tensors

    def logits(self, ids):
        positions = np.arange(len(ids))
        x = self.tensors["token_embd.weight"][ids]
        if self.family.startswith("gemma"):
            x = x * np.sqrt(self.hidden)
        x = x * self.key("embedding_scale", 1.0)
        if self.has("position_embd"):
            x = x + self.tensors["position_embd.weight"][positions]
        for layer in range(self.key("block_count")):
            block, scale = f"blk.{layer}.", self.key("residual_scale", 1.0)
            normed = self.optional_norm(x, block + "attn_norm")
            attention = self.attention(normed, layer, positions)
            x = x + scale * self.optional_norm(attention, block + "post_attention_norm")
            # StableLM's both parts read one norm where there is no second.
            is_parallel = self.family == "stablelm" and not self.has(block + "ffn_norm")
            feed_forward = self.feed_forward(normed if is_parallel else self.optional_norm(x, block + "ffn_norm"), block)
            x = x + scale * self.optional_norm(feed_forward, block + "post_ffw_norm")
        x = self.linear(self.norm(x, "output_norm"), "output" if self.has("output") else "token_embd")
        return softcap(x, self.key("final_logit_softcapping")) / self.key("logit_scale", 1.0)

    def linear(self, x, name):
        return x @ self.tensors[name + ".weight"].T + self.tensors.get(name + ".bias", 0.0)

    def norm(self, x, name):
        if self.layer_norm:
            x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(-1, keepdims=True) + self.epsilon)
        return x * self.tensors[name + ".weight"] + self.tensors.get(name + ".bias", 0.0)

    def optional_norm(self, x, name):
        return self.norm(x, name) if self.has(name) else x

    def window(self, layer):
        """How many positions a layer sees, its own included; None: all."""
        pattern = self.key("attention.sliding_window_pattern", WINDOW_PERIODS.get(self.family, 1))
        is_windowed = pattern[layer] if isinstance(pattern, list) else layer % pattern < pattern - 1
        return self.key("attention.sliding_window") if is_windowed else None

    def attention(self, x, layer, positions):
        block, window = f"blk.{layer}.", self.window(layer)
        query_size, key_size = self.heads * self.head_dimension, self.key_value_heads * self.head_dimension
        if self.has(block + "attn_qkv"):
            q, k, v = np.split(self.linear(x, block + "attn_qkv"), [query_size, query_size + key_size], -1)
        else:
            q, k, v = (self.linear(x, block + "attn_" + name) for name in "qkv")
        if self.family == "olmo2":  # one norm over all heads
            q, k = self.norm(q, block + "attn_q_norm"), self.norm(k, block + "attn_k_norm")
        q, k, v = (m.reshape(len(x), -1, self.head_dimension) for m in (q, k, v))
        if self.family != "olmo2":  # of each head, by one weight or by a row of it
            q, k = self.optional_norm(q, block + "attn_q_norm"), self.optional_norm(k, block + "attn_k_norm")
        if not self.has("position_embd") and not (self.family == "smollm3" and layer % 4 == 3):
            q, k = self.rotate(q, positions, window), self.rotate(k, positions, window)
        k, v = (np.repeat(m, self.heads // self.key_value_heads, axis=1) for m in (k, v))
        scores = np.einsum("qhd,khd->hqk", q, k) * self.key("attention.scale", self.head_dimension ** -0.5)
        scores = softcap(scores, self.key("attn_logit_softcapping"))
        distance = positions[:, None] - positions[None, :]
        hidden = (distance < 0) | (distance >= (window or len(x)))
        weights = softmax(np.where(hidden, -np.inf, scores))
        return self.linear(np.einsum("hqk,khd->qhd", weights, v).reshape(len(x), -1), block + "attn_output")

    def rotate(self, x, positions, window):
        """RoPE (arXiv:2104.09864) of the first columns of each head."""
        size, local = self.key("rope.dimension_count", self.head_dimension), self.family in LOCAL_ROPES and window
        base = self.key("rope.freq_base", 10000.0)
        if local:
            base = self.key("rope.freq_base_swa", 10000.0 if self.family == "gemma3" else base)
        frequencies, magnitude = self.scaled(base ** (-np.arange(0, size, 2) / size), base, local)
        angles = positions[:, None, None] * frequencies
        cosine, sine = magnitude * np.cos(angles), magnitude * np.sin(angles)
        if self.family in NEIGHBOURS:
            first, second = slice(0, size, 2), slice(1, size, 2)
        else:
            first, second = slice(0, size // 2), slice(size // 2, size)
        out = x.copy()
        out[..., first] = x[..., first] * cosine - x[..., second] * sine
        out[..., second] = x[..., first] * sine + x[..., second] * cosine
        return out

    def scaled(self, frequencies, base, local):
        """Frequencies for long contexts, and what cosines and sines are multiplied by."""
        factor, kind = self.key("rope.scaling.factor"), self.key("rope.scaling.type")
        original, attention = self.key("rope.scaling.original_context_length"), self.key("rope.scaling.attn_factor", 1.0)
        if self.has("rope_factors_long"):  # LongRoPE (arXiv:2402.13753)
            which = "long" if self.key("context_length") > original else "short"
            return frequencies / self.tensors[f"rope_factors_{which}.weight"], attention
        frequencies = frequencies / self.tensors.get("rope_freqs.weight", 1.0)
        if local or factor is None:
            return frequencies, 1.0
        if kind == "yarn":  # arXiv:2309.00071
            size = 2 * len(frequencies)
            first, last = (size * np.log(original / (turns * 2 * np.pi)) / (2 * np.log(base)) for turns in (32, 1))
            first, last = max(0, np.floor(first)), min(size - 1, np.ceil(last))
            ramp = np.clip((np.arange(len(frequencies)) - first) / max(0.001, last - first), 0, 1)
            return frequencies * (ramp / factor + 1 - ramp), attention * (1 + 0.1 * np.log(factor))
        return frequencies / factor, 1.0

    def feed_forward(self, x, block):
        if self.has(block + "ffn_gate_inp"):
            return self.experts(x, block)
        return self.linear(self.inner(x, block, ""), block + "ffn_down")

    def inner(self, x, block, suffix):
        """`activation(gate) * up` (arXiv:2002.05202), or `activation(up)` where there is no gate."""
        up = self.linear(x, block + "ffn_up" + suffix)
        if self.family == "phi3":  # the gate's rows, then the others
            gate, up = np.split(up, 2, -1)
            return self.activation(gate) * up
        if not self.has(block + "ffn_gate" + suffix):
            return self.activation(up)
        return self.activation(self.linear(x, block + "ffn_gate" + suffix)) * up

    def experts(self, x, block):
        """The best experts of each token by a softmax over all, weighted; and one for all tokens besides, with a gate."""
        logits, used = self.linear(x, block + "ffn_gate_inp"), self.key("expert_used_count")
        ranked = -np.sort(-logits, -1)
        self.router_margin = min(self.router_margin, (ranked[:, used - 1] - ranked[:, used]).min())
        scores, chosen = softmax(logits), np.argsort(-logits, -1)[:, :used]
        weights = np.take_along_axis(scores, chosen, -1)
        if self.family not in UNNORMALIZED_EXPERTS:
            weights = weights / weights.sum(-1, keepdims=True)
        gate, up, down = (self.tensors[f"{block}ffn_{name}_exps.weight"] for name in ("gate", "up", "down"))
        inner = self.activation(np.einsum("efd,td->tef", gate, x)) * np.einsum("efd,td->tef", up, x)
        results = np.einsum("edf,tef->ted", down, inner)  # of all experts, of which a token takes its own
        out = (np.take_along_axis(results, chosen[..., None], 1) * weights[..., None]).sum(1)
        if self.has(block + "ffn_up_shexp"):
            shared = self.linear(self.inner(x, block, "_shexp"), block + "ffn_down_shexp")
            out += shared * sigmoid(x @ self.tensors[block + "ffn_gate_inp_shexp.weight"])[:, None]
        return out
