"""An oracle for linear attention, in numpy, in float64: token by token, as the recurrences are written.

Qwen3-Next and Qwen3.5 (gated delta rule, arXiv:2412.06464; gated attention, arXiv:2505.06708), RWKV-6 (arXiv:2404.05892)
and RWKV-7 (arXiv:2503.14456), read from a GGUF.
"""
import gguf
import numpy as np

QWENS = ("qwen3next", "qwen35", "qwen35moe")
FAMILIES = (*QWENS, "rwkv6", "rwkv7")
HEAD_EPSILON = 64e-5  # of RWKV's norm of heads
UNIT_EPSILON = 1e-6  # added to the square of a delta net's queries and keys


def model(path, f16_cache=False, rounds=False):
    """- f16_cache: whether keys and values are rounded to float16.
    - rounds: whether what quantized weights multiply is rounded to Q8_0, as runtimes do."""
    reader = gguf.GGUFReader(path)
    family = reader.fields["general.architecture"].contents()
    return {"rwkv6": RWKV6, "rwkv7": RWKV7}.get(family, Qwen)(reader, family, f16_cache, rounds)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def silu(x):
    return x * sigmoid(x)


def softmax(x):
    weights = np.exp(x - x.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


class Model:
    def __init__(self, reader, family, f16_cache, rounds):
        self.family, self.f16_cache = family, f16_cache
        plain = (gguf.GGMLQuantizationType.F32, gguf.GGMLQuantizationType.F16)
        self.rounded = {t.name for t in reader.tensors if rounds and t.tensor_type not in plain}
        self.keys = {name: field.contents() for name, field in reader.fields.items() if name.startswith(family + ".")}
        self.tensors = {}
        for t in reader.tensors:
            shape = [int(n) for n in reversed(t.shape)]
            self.tensors[t.name] = np.float64(gguf.quants.dequantize(t.data, t.tensor_type)).reshape(shape)
        self.router_margin = np.inf

    def key(self, name, default=None):
        return self.keys.get(f"{self.family}.{name}", default)

    def has(self, name):
        return name + ".weight" in self.tensors

    def vector(self, name):
        return self.tensors[name + ".weight"].reshape(-1)

    def linear(self, x, name):
        if name + ".weight" in self.rounded:
            kind = gguf.GGMLQuantizationType.Q8_0
            x = np.float64(gguf.quants.dequantize(gguf.quants.quantize(np.float32(x), kind), kind))
        return x @ self.tensors[name + ".weight"].T + self.tensors.get(name + ".bias", 0.0)

    def head(self, x):
        return self.linear(x, "output" if self.has("output") else "token_embd")


class Qwen(Model):
    def logits(self, ids):
        self.epsilon = self.key("attention.layer_norm_rms_epsilon")
        x = self.tensors["token_embd.weight"][ids]
        for layer in range(self.key("block_count") - self.key("nextn_predict_layers", 0)):
            block = f"blk.{layer}."
            normed = self.norm(x, block + "attn_norm")
            x = x + (self.delta_net if self.is_linear(layer) else self.attention)(normed, block)
            x = x + self.feed_forward(self.norm(x, block + "post_attention_norm"), block)
        return self.head(self.norm(x, "output_norm"))

    def is_linear(self, layer):
        flags = self.key("attention.recurrent_layers")
        return bool(flags[layer]) if flags is not None else (layer + 1) % self.key("full_attention_interval", 4) != 0

    def norm(self, x, name):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + self.epsilon) * self.vector(name)

    def delta_net(self, x, block):
        size, key_heads, value_heads = (self.key("ssm." + n) for n in ("state_size", "group_count", "time_step_rank"))
        value_size = self.key("ssm.inner_size") // value_heads
        convolved = silu(self.convolve(self.linear(x, block + "attn_qkv"), block))
        keys = key_heads * size
        q, k, v = np.split(convolved, [keys, 2 * keys], -1)
        q, k = (m.reshape(len(x), key_heads, size) for m in (q, k))
        q, k = (m / np.sqrt((m * m).sum(-1, keepdims=True) + UNIT_EPSILON) for m in (q, k))
        v = v.reshape(len(x), value_heads, value_size)
        shared = value_heads // key_heads
        if self.family == "qwen3next":
            beta, alpha = np.split(self.linear(x, block + "ssm_ba").reshape(len(x), key_heads, 2 * shared), 2, -1)
            beta, alpha = beta.reshape(len(x), -1), alpha.reshape(len(x), -1)
            key_head = np.arange(value_heads) // shared
        else:
            beta, alpha = self.linear(x, block + "ssm_beta"), self.linear(x, block + "ssm_alpha")
            key_head = np.arange(value_heads) % key_heads
        decay = np.exp(self.tensors[block + "ssm_a"] * np.logaddexp(0, alpha + self.tensors[block + "ssm_dt.bias"]))
        beta, q, k = sigmoid(beta), q[:, key_head], k[:, key_head]
        state, rows = np.zeros((value_heads, size, value_size)), []
        for t in range(len(x)):
            state = state * decay[t][:, None, None]
            change = beta[t][:, None] * (v[t] - np.einsum("hij,hi->hj", state, k[t]))
            state = state + k[t][:, :, None] * change[:, None, :]
            rows.append(np.einsum("hij,hi->hj", state, q[t]) / np.sqrt(size))
        out = self.norm(np.stack(rows), block + "ssm_norm").reshape(len(x), -1)
        return self.linear(out * silu(self.linear(x, block + "attn_gate")), block + "ssm_out")

    def convolve(self, x, block):
        kernel = self.tensors[block + "ssm_conv1d.weight"]  # [channels, width]
        width = kernel.shape[1]
        padded = np.concatenate([np.zeros((width - 1, x.shape[1])), x])
        return np.stack([sum(padded[t + j] * kernel[:, j] for j in range(width)) for t in range(len(x))])

    def attention(self, x, block):
        heads, key_heads = self.key("attention.head_count"), self.key("attention.head_count_kv")
        size = self.key("attention.key_length")
        q, gate = np.split(self.linear(x, block + "attn_q").reshape(len(x), heads, 2 * size), 2, -1)
        k, v = (self.linear(x, block + "attn_" + name).reshape(len(x), key_heads, size) for name in "kv")
        q, k = self.norm(q, block + "attn_q_norm"), self.norm(k, block + "attn_k_norm")
        q, k = self.rotate(q), self.rotate(k)
        if self.f16_cache:
            k, v = np.float64(np.float16(k)), np.float64(np.float16(v))
        k, v = (np.repeat(m, heads // key_heads, axis=1) for m in (k, v))
        scores = np.einsum("qhd,khd->hqk", q, k) / np.sqrt(size)
        weights = softmax(np.where(np.tri(len(x), dtype=bool), scores, -np.inf))
        out = np.einsum("hqk,khd->qhd", weights, v) * sigmoid(gate)
        return self.linear(out.reshape(len(x), -1), block + "attn_output")

    def rotate(self, x):
        size = self.key("rope.dimension_count")
        frequencies = self.key("rope.freq_base") ** (-np.arange(0, size, 2) / size)
        angles = np.arange(len(x))[:, None, None] * frequencies
        first, second = x[..., :size // 2], x[..., size // 2:size]
        turned = [first * np.cos(angles) - second * np.sin(angles), first * np.sin(angles) + second * np.cos(angles)]
        return np.concatenate([*turned, x[..., size:]], -1)

    def feed_forward(self, x, block):
        if not self.has(block + "ffn_gate_inp"):
            return self.gated(x, block, "")
        logits, used = self.linear(x, block + "ffn_gate_inp"), self.key("expert_used_count")
        ranked = -np.sort(-logits, -1)
        self.router_margin = min(self.router_margin, (ranked[:, used - 1] - ranked[:, used]).min())
        chosen = np.argsort(-logits, -1)[:, :used]
        weights = softmax(np.take_along_axis(logits, chosen, -1))  # of all, normalized
        gate, up, down = (self.tensors[f"{block}ffn_{name}_exps.weight"] for name in ("gate", "up", "down"))
        inner = silu(np.einsum("efd,td->tef", gate, x)) * np.einsum("efd,td->tef", up, x)
        results = np.einsum("edf,tef->ted", down, inner)
        out = (np.take_along_axis(results, chosen[..., None], 1) * weights[..., None]).sum(1)
        share = sigmoid(x @ self.vector(block + "ffn_gate_inp_shexp"))
        return out + self.gated(x, block, "_shexp") * share[:, None]

    def gated(self, x, block, suffix):
        inner = silu(self.linear(x, block + "ffn_gate" + suffix)) * self.linear(x, block + "ffn_up" + suffix)
        return self.linear(inner, block + "ffn_down" + suffix)


class RWKV(Model):
    def logits(self, ids):
        self.epsilon, self.size = self.key("attention.layer_norm_epsilon"), self.key("wkv.head_size")
        x = self.norm(self.tensors["token_embd.weight"][ids], "token_embd_norm")
        self.first_value = None
        for layer in range(self.key("block_count")):
            block = f"blk.{layer}."
            x = x + self.time_mix(*self.shifted(x, block + "attn_norm"), block)
            x = x + self.channel_mix(*self.shifted(x, block + "attn_norm_2"), block)
            x = self.rescaled(x, layer)
        return self.head(self.norm(x, "output_norm"))

    def rescaled(self, x, layer):
        return x

    def norm(self, x, name):
        return self.normalized(x, self.epsilon) * self.vector(name) + self.tensors[name + ".bias"]

    def normalized(self, x, epsilon):
        x = x - x.mean(-1, keepdims=True)
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon)

    def shifted(self, x, name):
        """The normed rows, and the way to the ones before them."""
        x = self.norm(x, name)
        return x, np.concatenate([np.zeros_like(x[:1]), x[:-1]]) - x

    def heads(self, x):
        return x.reshape(len(x), -1, self.size)

    def norm_heads(self, x, block):
        normed = self.normalized(x, HEAD_EPSILON).reshape(len(x), -1)
        return normed * self.vector(block + "time_mix_ln") + self.tensors[block + "time_mix_ln.bias"]


class RWKV6(RWKV):
    def rescaled(self, x, layer):
        interval = self.key("rescale_every_n_layers", 0)
        return x / 2 if interval and (layer + 1) % interval == 0 else x

    def time_mix(self, x, shift, block):
        inner = np.tanh(self.linear(x + shift * self.vector(block + "time_mix_lerp_x"), block + "time_mix_w1"))
        inner = inner.reshape(len(x), 5, -1)
        amounts = np.einsum("tmr,mdr->mtd", inner, self.tensors[block + "time_mix_w2.weight"])
        amounts += self.tensors[block + "time_mix_lerp_fused.weight"].reshape(5, 1, -1)
        for_decay, for_key, for_value, for_receptance, for_gate = x + shift * amounts
        r, k, v = (self.heads(self.linear(m, block + "time_mix_" + name)) for m, name in
                   ((for_receptance, "receptance"), (for_key, "key"), (for_value, "value")))
        low_rank = self.linear(np.tanh(self.linear(for_decay, block + "time_mix_decay_w1")), block + "time_mix_decay_w2")
        decay = self.heads(np.exp(-np.exp(self.vector(block + "time_mix_decay") + low_rank)))
        bonus = self.tensors[block + "time_mix_first.weight"]
        state, rows = np.zeros((r.shape[1], self.size, self.size)), []
        for t in range(len(x)):
            written = k[t][:, :, None] * v[t][:, None, :]
            rows.append(np.einsum("hi,hij->hj", r[t], state + bonus[:, :, None] * written))
            state = decay[t][:, :, None] * state + written
        gate = silu(self.linear(for_gate, block + "time_mix_gate"))
        return self.linear(self.norm_heads(np.stack(rows), block) * gate, block + "time_mix_output")

    def channel_mix(self, x, shift, block):
        key = self.linear(x + shift * self.vector(block + "channel_mix_lerp_k"), block + "channel_mix_key")
        gate = self.linear(x + shift * self.vector(block + "channel_mix_lerp_r"), block + "channel_mix_receptance")
        return sigmoid(gate) * self.linear(np.maximum(key, 0) ** 2, block + "channel_mix_value")


class RWKV7(RWKV):
    def low_rank(self, x, block, name, activation):
        return self.linear(activation(self.linear(x, f"{block}time_mix_{name}1")), f"{block}time_mix_{name}2")

    def time_mix(self, x, shift, block):
        amounts = self.tensors[block + "time_mix_lerp_fused.weight"].reshape(6, 1, -1)
        xr, xw, xk, xv, xa, xg = x + shift * amounts
        r, k, v = (self.linear(m, block + "time_mix_" + name) for m, name in
                   ((xr, "receptance"), (xk, "key"), (xv, "value")))
        speed = self.vector(block + "time_mix_w0") + self.low_rank(xw, block, "w", np.tanh)
        decay = np.exp(-np.exp(-0.5) * sigmoid(speed))
        if self.first_value is None:
            self.first_value = v
        else:
            part = sigmoid(self.vector(block + "time_mix_v0") + self.low_rank(xv, block, "v", lambda m: m))
            v = v + (self.first_value - v) * part
        rate = sigmoid(self.vector(block + "time_mix_a0") + self.low_rank(xa, block, "a", lambda m: m))
        gate = self.low_rank(xg, block, "g", sigmoid)
        direction = self.heads(k * self.vector(block + "time_mix_k_k"))
        direction = direction / np.maximum(np.sqrt((direction ** 2).sum(-1, keepdims=True)), 1e-12)
        k = k * (1 + (rate - 1) * self.vector(block + "time_mix_k_a"))
        r, k, v, decay, rate = (self.heads(m) for m in (r, k, v, decay, rate))
        state, rows = np.zeros((r.shape[1], self.size, self.size)), []  # [values, keys], as the paper has it
        for t in range(len(x)):
            a, b = -direction[t], direction[t] * rate[t]
            removed = np.einsum("hji,hi->hj", state, a)[:, :, None] * b[:, None, :]
            state = state * decay[t][:, None, :] + removed + v[t][:, :, None] * k[t][:, None, :]
            rows.append(np.einsum("hji,hi->hj", state, r[t]))
        own = (r * k * self.heads(self.vector(block + "time_mix_r_k")[None])).sum(-1, keepdims=True) * v
        out = self.norm_heads(np.stack(rows), block) + own.reshape(len(x), -1)
        return self.linear(out * gate, block + "time_mix_output")

    def channel_mix(self, x, shift, block):
        key = self.linear(x + shift * self.vector(block + "channel_mix_lerp_k"), block + "channel_mix_key")
        return self.linear(np.maximum(key, 0) ** 2, block + "channel_mix_value")


class Reference:
    """Takes llama.cpp's place (reference.py)."""

    def __init__(self, path, cache="f32", rounds=False):
        self.model = model(path, cache == "f16", rounds)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def logits(self, ids):
        return self.model.logits(ids).astype(np.float32)

    def greedy(self, ids, count):
        ids, margins = list(ids), []
        for _ in range(count):
            row = self.model.logits(ids)[-1]
            second, first = np.sort(row)[-2:]
            ids.append(int(row.argmax()))
            margins.append(round(float(first - second), 5))
        return ids[-count:], margins
