"""Gemma 3n, Gemma 4 and EmbeddingGemma in numpy, in float64, written for reading; by transformers' modeling_gemma3n.py and
modeling_gemma4.py."""
import gguf
import numpy as np

FAMILIES = {"gemma3n", "gemma4", "gemma-embedding"}
LEAST_SQUARE = 1e-5  # of a stream, whose magnitude is divided by


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x ** 3)))


def softmax(x):
    weights = np.exp(x - x.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


class Gemma:
    has_gelu = True
    modern = False  # of encoders: another kind of head

    def __init__(self, reader, f16_cache=False):
        self.family = reader.fields["general.architecture"].contents()
        self.keys = {name: field.contents() for name, field in reader.fields.items() if name.startswith(self.family)}
        self.tensors = {t.name: np.float64(gguf.quants.dequantize(t.data, t.tensor_type)) for t in reader.tensors}
        self.hidden = self.key("embedding_length")
        self.layers = self.key("block_count")
        self.heads = self.key("attention.head_count")
        self.windows = self.key("attention.sliding_window_pattern")
        self.own = self.layers - self.key("attention.shared_kv_layers", 0)
        self.per_layer = self.key("embedding_length_per_layer_input", 0)
        self.is_causal = self.family != "gemma-embedding"
        self.f16_cache = f16_cache

    def key(self, name, default=None):
        return self.keys.get(f"{self.family}.{name}", default)

    def has(self, name):
        return name + ".weight" in self.tensors

    def linear(self, x, name):
        return x @ self.tensors[name + ".weight"].T

    def norm(self, x, name=None):
        x = x / np.sqrt((x * x).mean(-1, keepdims=True) + self.key("attention.layer_norm_rms_epsilon"))
        return x * self.tensors[name + ".weight"] if name else x

    def logits(self, ids):
        """`[tokens, vocabulary]`"""
        x = self.linear(self.states(ids), "token_embd")
        cap = self.key("final_logit_softcapping")
        return cap * np.tanh(x / cap) if cap else x

    def states(self, ids, first_segment=None):
        """`[tokens, hidden]`: the last layer's, normalized."""
        self.cached = {}
        x = self.tensors["token_embd.weight"][ids] * np.sqrt(self.hidden)
        inputs = self.per_layer_inputs(x, ids) if self.per_layer else None
        if self.family == "gemma3n":
            return self.norm(self.with_streams(x, inputs), "output_norm")
        for layer in range(self.layers):
            block = f"blk.{layer}."
            attention = self.attention(self.norm(x, block + "attn_norm"), layer, block)
            x = x + self.norm(attention, block + "post_attention_norm")
            x = x + self.norm(self.feed_forward(x, block), block + "post_ffw_norm")
            if self.per_layer:
                x = x + self.per_layer_input(x, inputs[:, layer], block)
            if self.has(block + "layer_output_scale"):
                x = x * self.tensors[block + "layer_output_scale.weight"]
        return self.norm(x, "output_norm")

    def per_layer_inputs(self, x, ids):
        """`[tokens, layers, size]`"""
        own = self.tensors["per_layer_token_embd.weight"][ids] * np.sqrt(self.per_layer)
        projected = self.linear(x, "per_layer_model_proj") / np.sqrt(self.hidden)
        own, projected = (m.reshape(len(ids), self.layers, self.per_layer) for m in (own, projected))
        return (self.norm(projected, "per_layer_proj_norm") + own) / np.sqrt(2)

    def per_layer_input(self, x, own, block):
        return self.norm(self.linear(gelu(self.linear(x, block + "inp_gate")) * own, block + "proj"), block + "post_norm")

    def attention(self, x, layer, block):
        is_windowed = bool(self.windows[layer])
        q = self.norm(self.linear(x, block + "attn_q").reshape(len(x), self.heads, -1), block + "attn_q_norm")
        size = q.shape[-1]
        q = self.rotate(q, is_windowed)
        if layer < self.own:
            k = self.linear(x, block + "attn_k").reshape(len(x), -1, size)
            v = self.linear(x, block + "attn_v").reshape(len(x), -1, size) if self.has(block + "attn_v") else k
            k = self.rotate(self.norm(k, block + "attn_k_norm"), is_windowed)
            v = self.norm(v) if self.is_causal else v
            if self.f16_cache:
                k, v = (np.float64(np.float16(m)) for m in (k, v))
            self.cached[is_windowed] = k, v  # the last of its kind is shared
        k, v = (np.repeat(m, self.heads // m.shape[1], axis=1) for m in self.cached[is_windowed])
        scores = np.einsum("qhd,khd->hqk", q, k) * (1 if self.is_causal else size ** -0.5)
        distance = np.arange(len(x))[:, None] - np.arange(len(x))[None, :]
        window = self.key("attention.sliding_window") if is_windowed else 2 * len(x)
        hidden = (distance < 0) | (distance >= window) if self.is_causal else np.abs(distance) > window // 2
        weights = softmax(np.where(hidden, -np.inf, scores))
        return self.linear(np.einsum("hqk,khd->qhd", weights, v).reshape(len(x), -1), block + "attn_output")

    def rotate(self, x, is_windowed):
        """RoPE (arXiv:2104.09864), halves of a head paired; `rope_freqs` are of layers without a window."""
        half = x.shape[-1] // 2
        base = self.key("rope.freq_base_swa" if is_windowed else "rope.freq_base")
        frequencies = base ** (-np.arange(half) / half)
        if not is_windowed:
            frequencies = frequencies / self.tensors.get("rope_freqs.weight", 1.0)
        angles = np.arange(len(x))[:, None, None] * frequencies
        cosine, sine = np.cos(angles), np.sin(angles)
        first, second = x[..., :half], x[..., half:]
        return np.concatenate([first * cosine - second * sine, first * sine + second * cosine], -1)

    def feed_forward(self, x, block, deviations=None):
        normed = self.norm(x, block + "ffn_norm")
        gate = self.linear(normed, block + "ffn_gate")
        if deviations is not None:
            gate = np.maximum(gate - gate.mean(-1, keepdims=True) - deviations * gate.std(-1, keepdims=True), 0)
        dense = self.linear(gelu(gate) * self.linear(normed, block + "ffn_up"), block + "ffn_down")
        if not self.has(block + "ffn_gate_inp"):
            return dense
        routed = self.experts(x, block)
        return self.norm(dense, block + "post_ffw_norm_1") + self.norm(routed, block + "post_ffw_norm_2")

    def experts(self, x, block):
        scaled = self.norm(x) / np.sqrt(self.hidden) * self.tensors[block + "ffn_gate_inp.scale"]
        scores = softmax(self.linear(scaled, block + "ffn_gate_inp"))
        chosen = np.argsort(-scores, -1)[:, :self.key("expert_used_count")]
        weights = np.take_along_axis(scores, chosen, -1)
        weights = weights / weights.sum(-1, keepdims=True) * self.tensors[block + "ffn_down_exps.scale"][chosen]
        both = np.einsum("efd,td->tef", self.tensors[block + "ffn_gate_up_exps.weight"],
                         self.norm(x, block + "pre_ffw_norm_2"))
        gate, up = np.split(both, 2, -1)
        results = np.einsum("edf,tef->ted", self.tensors[block + "ffn_down_exps.weight"], gelu(gate) * up)
        return (np.take_along_axis(results, chosen[..., None], 1) * weights[..., None]).sum(1)

    # Gemma 3n

    def with_streams(self, x, inputs):
        """AltUp (arXiv:2301.13310): streams `[streams, tokens, hidden]`, of which layers compute the first."""
        streams = np.stack([x] + [self.matched(x @ p.T, x) for p in self.tensors["altup_proj.weight"]])
        for layer in range(self.layers):
            streams = self.altup_layer(streams, inputs[:, layer], layer, f"blk.{layer}.")
        others = [self.matched(s @ p.T, streams[0])
                  for s, p in zip(streams[1:], self.tensors["altup_unembd_proj.weight"])]
        return np.stack([streams[0]] + others).mean(0)

    def matched(self, x, reference):
        def square(m):
            return (m * m).mean(-1, keepdims=True)
        return x * np.sqrt(square(reference)) / np.sqrt(np.maximum(square(x), LEAST_SQUARE))

    def modalities(self, x, block):
        return np.tanh(self.linear(self.norm(x, block + "altup_router_norm") / self.hidden, block + "altup_router"))

    def altup_layer(self, streams, own, layer, block):
        count = len(streams)
        coefficients = self.linear(self.modalities(streams[0], block), block + "altup_predict_coef")
        predictions = streams + np.einsum("tij,jtd->itd", coefficients.reshape(-1, count, count), streams)
        x = predictions[0]
        normed = self.norm(x, block + "attn_norm")
        low_rank = self.linear(self.linear(normed, block + "laurel_l"), block + "laurel_r")
        laurel = normed + self.norm(low_rank, block + "laurel_post_norm")
        attention = self.norm(self.attention(normed, layer, block), block + "post_attention_norm")
        x = (x + attention + laurel) / np.sqrt(2)
        deviations = self.key("activation_sparsity_scale")[layer]
        feed_forward = self.feed_forward(x, block, None if np.isinf(deviations) else deviations)
        x = x + self.norm(feed_forward, block + "post_ffw_norm")
        factors = 1 + self.linear(self.modalities(x, block), block + "altup_correct_coef")
        corrected = predictions + factors.T[..., None] * (x - predictions[0])
        added = self.per_layer_input(corrected[0] * self.tensors[block + "altup_correct_scale.weight"], own, block)
        return np.concatenate([corrected[:1], corrected[1:] + added])


class Reference:
    """Takes llama.cpp's place (reference.py) for what it computes otherwise than the models were trained."""

    def __init__(self, path, cache="f32"):
        self.model = Gemma(gguf.GGUFReader(path), f16_cache=cache == "f16")

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
