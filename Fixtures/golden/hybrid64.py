"""The second oracle for state spaces by heads and for models with layers of several kinds, in numpy, in float64: token by
token, as the recurrences are written (arXiv:2405.21060 §3, arXiv:2312.00752, arXiv:2511.23404)."""
import gguf
import numpy as np


class Hybrid:
    """One of ../models/make_hybrids.py, read from a GGUF. What a layer is, is told by its tensors. With `rounds`, what is
    multiplied with Q8_0 weights is rounded to blocks of int8, as runtimes do."""

    def __init__(self, path, rounds=False):
        reader = gguf.GGUFReader(path)
        self.architecture = reader.fields["general.architecture"].contents()
        prefix = self.architecture + "."
        self.keys = {name[len(prefix):]: field.contents() for name, field in reader.fields.items() if name.startswith(prefix)}
        self.tensors = {t.name: np.float64(gguf.quants.dequantize(t.data, t.tensor_type)) for t in reader.tensors}
        self.rounded = {t.name for t in reader.tensors if rounds and t.tensor_type == gguf.GGMLQuantizationType.Q8_0}
        self.epsilon = self.keys["attention.layer_norm_rms_epsilon"]

    def logits(self, ids):
        x = self.tensors["token_embd.weight"][ids] * self.keys.get("embedding_scale", 1)
        for layer in range(self.keys["block_count"]):
            x = self.layer(x, f"blk.{layer}.")
        last = "output_norm" if "output_norm.weight" in self.tensors else "token_embd_norm"
        x = self.linear(self.norm(x, last), "output" if "output.weight" in self.tensors else "token_embd")
        return x / self.keys.get("logit_scale", 1)

    def layer(self, x, block):
        scale = self.keys.get("residual_scale", 1)
        normed, mixed = self.norm(x, block + "attn_norm"), 0
        if block + "attn_q.weight" in self.tensors:
            mixed = mixed + self.attention(normed, block)
        if block + "ssm_x.weight" in self.tensors:
            mixed = mixed + self.state_space(normed, block)
        elif block + "ssm_in.weight" in self.tensors:
            mixed = mixed + self.head_state_space(normed, block)
        if block + "shortconv.conv.weight" in self.tensors:
            mixed = mixed + self.short_convolution(normed, block + "shortconv.")
        if np.isscalar(mixed):
            return x + self.feed_forward(normed, block)
        x = x + scale * mixed
        for name in (block + "ffn_norm", block + "ffn_norm.weight"):
            if name in self.tensors:
                return x + scale * self.feed_forward(self.norm(x, name.removesuffix(".weight")), block)
        return x

    # Attention

    def attention(self, x, block):
        size = self.keys["attention.key_length"]
        query, key, value = (self.linear(x, f"{block}attn_{name}").reshape(len(x), -1, size) for name in "qkv")
        if block + "attn_q_norm.weight" in self.tensors:
            query, key = self.norm(query, block + "attn_q_norm"), self.norm(key, block + "attn_k_norm")
        if self.architecture in ("lfm2", "lfm2moe", "falcon-h1"):
            query, key = self.rotate(query), self.rotate(key)
        shared = query.shape[1] // key.shape[1]
        key, value = key.repeat(shared, 1), value.repeat(shared, 1)
        scores = np.einsum("qhd,khd->hqk", query, key) * self.keys.get("attention.scale", size ** -0.5)
        scores[:, np.triu(np.ones((len(x), len(x)), bool), 1)] = -np.inf
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        return self.linear(np.einsum("hqk,khd->qhd", weights, value).reshape(len(x), -1), block + "attn_output")

    def rotate(self, x):
        half = x.shape[-1] // 2
        angles = np.arange(len(x))[:, None] * self.keys["rope.freq_base"] ** (-np.arange(half) / half)
        cosine, sine = np.cos(angles)[:, None], np.sin(angles)[:, None]
        a, b = x[..., :half], x[..., half:]
        return np.concatenate([a * cosine - b * sine, b * cosine + a * sine], -1)

    # What a sequence remembers

    def head_state_space(self, x, block):
        inner, size = self.keys["ssm.inner_size"], self.keys["ssm.state_size"]
        heads, groups = self.keys["ssm.time_step_rank"], self.keys["ssm.group_count"]
        gate, x, step = np.split(self.linear(x, block + "ssm_in"), [inner, 2 * inner + 2 * groups * size], -1)
        x, b, c = np.split(silu(self.convolve(x, block + "ssm_conv1d")), [inner, inner + groups * size], -1)
        step = np.logaddexp(0, step + self.tensors[block + "ssm_dt.bias"])  # softplus
        decay, skip = self.tensors[block + "ssm_a"], self.tensors[block + "ssm_d"]  # [heads, 1]
        h, rows = np.zeros((heads, inner // heads, size)), []
        for t in range(len(x)):
            channels = x[t].reshape(heads, -1)
            own_b, own_c = (v[t].reshape(groups, size).repeat(heads // groups, 0) for v in (b, c))
            h = np.exp(step[t][:, None] * decay)[..., None] * h
            h += (step[t][:, None] * channels)[..., None] * own_b[:, None]
            rows.append((np.einsum("hpn,hn->hp", h, own_c) + skip * channels).reshape(-1))
        result = np.stack(rows) * silu(gate)
        if block + "ssm_norm.weight" in self.tensors:
            grouped = result.reshape(len(x), groups, -1)
            result = self.norm(grouped, block + "ssm_norm").reshape(len(x), -1)
        return self.linear(result, block + "ssm_out")

    def state_space(self, x, block):
        rank, size = self.keys["ssm.time_step_rank"], self.keys["ssm.state_size"]
        x, gate = np.split(self.linear(x, block + "ssm_in"), 2, -1)
        x = silu(self.convolve(x, block + "ssm_conv1d"))
        parts = np.split(self.linear(x, block + "ssm_x"), [rank, rank + size], -1)
        step, b, c = (self.norm(v, f"{block}ssm_{name}_norm") for v, name in zip(parts, ("dt", "b", "c")))
        step = np.logaddexp(0, self.linear(step, block + "ssm_dt"))
        h, rows = np.zeros((x.shape[1], size)), []
        for t in range(len(x)):
            h = np.exp(step[t][:, None] * self.tensors[block + "ssm_a"]) * h + (step[t] * x[t])[:, None] * b[t]
            rows.append(h @ c[t] + self.tensors[block + "ssm_d"] * x[t])
        return self.linear(np.stack(rows) * silu(gate), block + "ssm_out")

    def short_convolution(self, x, block):
        b, c, x = np.split(self.linear(x, block + "in_proj"), 3, -1)
        return self.linear(c * self.convolve(b * x, block + "conv"), block + "out_proj")

    def convolve(self, x, name):
        kernel = self.tensors[name + ".weight"]  # [channels, width]
        padded = np.concatenate([np.zeros((kernel.shape[1] - 1, x.shape[1])), x])
        rows = [sum(padded[t + j] * kernel[:, j] for j in range(kernel.shape[1])) for t in range(len(x))]
        return np.stack(rows) + self.tensors.get(name + ".bias", 0)

    # Feed-forwards

    def feed_forward(self, x, block):
        if block + "ffn_gate_inp.weight" not in self.tensors:
            return self.gated(x, block, "")
        shared = self.gated(x, block, "_shexp") if block + "ffn_up_shexp.weight" in self.tensors else 0
        return self.experts(x, block) + shared

    def gated(self, x, block, suffix):
        up = self.linear(x, f"{block}ffn_up{suffix}")
        if f"{block}ffn_gate{suffix}.weight" in self.tensors:
            inner = silu(self.linear(x, f"{block}ffn_gate{suffix}")) * up
        else:
            inner = np.maximum(up, 0) ** 2
        return self.linear(inner, f"{block}ffn_down{suffix}")

    def experts(self, x, block):
        logits, used = self.linear(x, block + "ffn_gate_inp"), self.keys["expert_used_count"]
        by_sigmoid = self.architecture in ("lfm2moe", "nemotron_h_moe")
        scores = 1 / (1 + np.exp(-logits)) if by_sigmoid else softmax(logits)
        choice = scores + self.tensors[block + "exp_probs_b.bias"] if by_sigmoid else logits
        order = np.argsort(-choice, -1, kind="stable")
        if block + "ffn_latent_down.weight" in self.tensors:
            x = self.linear(x, block + "ffn_latent_down")
        rows = []
        for row, chosen, score in zip(x, order[:, :used], scores):
            weights = score[chosen]
            if self.architecture != "jamba":
                weights = weights / weights.sum()
            rows.append(sum(weight * self.expert(row, block, e) for weight, e in zip(weights, chosen)))
        result = np.stack(rows) * (self.keys.get("expert_weights_scale") or 1)
        return self.linear(result, block + "ffn_latent_up") if block + "ffn_latent_up.weight" in self.tensors else result

    def expert(self, x, block, e):
        def product(x, name):
            name = f"{block}ffn_{name}_exps.weight"
            return self.tensors[name][e] @ (round_blocks(x) if name in self.rounded else x)
        up = product(x, "up")
        has_gate = block + "ffn_gate_exps.weight" in self.tensors
        return product(silu(product(x, "gate")) * up if has_gate else np.maximum(up, 0) ** 2, "down")

    def norm(self, x, name):
        weight = self.tensors[name + ".weight"] if name + ".weight" in self.tensors else self.tensors[name]
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + self.epsilon) * weight

    def linear(self, x, name):
        x = round_blocks(x) if name + ".weight" in self.rounded else x
        return x @ self.tensors[name + ".weight"].T + self.tensors.get(name + ".bias", 0.0)


def round_blocks(x):
    """To multiples of a 127th of the greatest of each 32."""
    blocks = x.reshape(*x.shape[:-1], -1, 32)
    scale = np.abs(blocks).max(-1, keepdims=True) / 127
    scale[scale == 0] = 1
    return (np.round(blocks / scale) * scale).reshape(x.shape)


def silu(x):
    return x / (1 + np.exp(-x))


def softmax(x):
    weights = np.exp(x - x.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)
