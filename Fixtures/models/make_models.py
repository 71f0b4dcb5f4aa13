#!/usr/bin/env python3
"""Writes the tiny random-weight GGUF models of this folder.

    pip install gguf numpy
    make_models.py [--out FOLDER]        # default: the folder of this file

Every file is a function of this folder's scripts alone: the weights come from RandomState, whose stream numpy has frozen
(NEP 19). Files of one model that differ only in the tensor type hold the same weights, rounded or quantized by the gguf
package.
"""
import dataclasses

import gguf
import numpy as np

from state_space import add_mamba_hyperparameters, draw_mamba
from vocabularies import add_byte_level_bpe, add_sentencepiece, VOCABULARY_SIZE
from writing import add_tensors, arguments_of, BF16, F16, F32, model_file, Q4_0, Q8_0, write_files

CONTEXT = 64
WINDOW_CONTEXT = 192  # three pages of 64 positions: a runtime may let go of what no window reaches


@dataclasses.dataclass(frozen=True)
class Model:
    """One set of weights, written once for each tensor type."""
    name: str
    architecture: str
    types: tuple
    seed: int
    hidden: int = 64
    feed_forward: int = 96
    heads: int = 4
    key_value_heads: int = 2
    head_dimension: int = 16
    epsilon: float = 1e-5
    rope_base: float | None = 10000.0
    rope_linear_factor: float | None = None
    rope_factors: tuple = ()
    explicit_head_dimension: bool = False
    tied: bool = False
    attention_bias: bool = False
    norms_parameters: bool = False
    layers: int = 2
    head_norms: bool = False
    post_norms: bool = False
    window: int | None = None
    window_layers: tuple = ()
    window_rope_base: float | None = None
    attention_softcap: float | None = None
    final_softcap: float | None = None
    experts: int = 0
    used_experts: int = 2
    expert_feed_forward: int | None = None
    shared_feed_forward: int | None = None
    rotated: int | None = None
    original_context: int | None = None
    long_factors: tuple = ()
    short_factors: tuple = ()
    attention_factor: float | None = None
    rope_yarn_factor: float | None = None
    is_parallel: bool = False
    scales: tuple = ()

    @property
    def has_layer_norm(self):
        return self.architecture in ("gpt2", "starcoder2", "stablelm")

    @property
    def has_pre_norms(self):
        return self.architecture != "olmo2"

    @property
    def is_gated(self):
        return self.architecture not in ("gpt2", "starcoder2")

    @property
    def context(self):
        return WINDOW_CONTEXT if self.window else CONTEXT


# The small Llamas share one seed and one shape, so they hold the same weights and differ in the feature they are named
# after. Their epsilon is large, so that a reader who ignores the key gets other logits.
SMALL = dict(architecture="llama", types=(F32,), seed=2, hidden=32, feed_forward=48, heads=2, key_value_heads=1,
             epsilon=1e-2, tied=True)
QWEN = dict(rope_base=1e6, epsilon=1e-6, tied=True)
GEMMA = dict(types=(F32,), hidden=32, feed_forward=48, heads=2, key_value_heads=1, head_dimension=24, epsilon=1e-3,
             explicit_head_dimension=True, tied=True, rope_base=None)
GEMMA3 = GEMMA | dict(post_norms=True, head_norms=True, window=8, rope_base=1000.0, rope_linear_factor=4.0)
PLAIN = dict(types=(F32,), hidden=32, feed_forward=48, heads=2, key_value_heads=1, epsilon=1e-3)
EXPERTS = dict(hidden=32, feed_forward=32, heads=2, key_value_heads=1, experts=4, epsilon=1e-3)
GPT2 = dict(architecture="gpt2", feed_forward=128, key_value_heads=4, rope_base=None, attention_bias=True)
MODELS = (
    Model("llama", "llama", (F32, F16, BF16, Q8_0, Q4_0), seed=1),
    Model("llama-tied", **SMALL),
    Model("llama-rope-factors", **SMALL, rope_factors=(1.0, 1.0, 1.25, 1.75, 2.5, 4.0, 8.0, 8.0)),
    Model("llama-rope-linear", **SMALL, rope_linear_factor=4.0),
    Model("llama-attention-bias", **SMALL, attention_bias=True),
    Model("llama-head-dimension", **(SMALL | dict(seed=3, heads=3, head_dimension=32)), explicit_head_dimension=True),
    Model("qwen2", "qwen2", (F32, Q8_0), seed=4, attention_bias=True, **QWEN),
    Model("qwen3", "qwen3", (F32, Q4_0), seed=5, head_dimension=32, explicit_head_dimension=True, head_norms=True, **QWEN),
    Model("gpt2", types=(F32, Q8_0), seed=6, tied=True, **GPT2),
    Model("gpt2-own-output", types=(F32,), seed=7, **(GPT2 | dict(hidden=32, feed_forward=64, heads=2,
                                                                   key_value_heads=2))),
    Model("mamba", "mamba", (F32, Q8_0), seed=8, tied=True),
    # FalconMamba, with an epsilon that shows.
    Model("mamba-parameter-norms", "mamba", (F32,), seed=9, hidden=32, epsilon=1e-2, norms_parameters=True),
    Model("llama-experts", "llama", (F32, Q8_0), seed=12, **EXPERTS),
    Model("qwen2moe", "qwen2moe", (F32,), seed=13, expert_feed_forward=48, shared_feed_forward=96, attention_bias=True,
          **EXPERTS),
    Model("qwen3moe", "qwen3moe", (F32, Q4_0), seed=14, head_dimension=32, explicit_head_dimension=True, head_norms=True,
          expert_feed_forward=32, **(EXPERTS | dict(feed_forward=96, tied=True))),
    # llama.cpp wants certain tokens of models with "phi3" in their names.
    Model("phi", "phi3", seed=15, rotated=12, tied=True, original_context=64, **PLAIN),
    Model("phi-longrope", "phi3", seed=16, original_context=32, long_factors=(1.0, 1.1, 1.5, 2.0, 4.0, 6.0, 9.0, 12.0),
          short_factors=(1.0,) * 4 + (1.1,) * 4, attention_factor=1.19, **PLAIN),
    Model("olmo2", "olmo2", seed=17, layers=5, post_norms=True, window=8, rope_yarn_factor=4.0, original_context=32,
          **PLAIN),
    Model("granite", "granite", seed=18, scales=(0.5, 0.8, 0.3, 0.5), tied=True, **PLAIN),
    Model("starcoder2", "starcoder2", seed=19, attention_bias=True, tied=True, **PLAIN),
    Model("stablelm", "stablelm", seed=20, rotated=4, **PLAIN),
    Model("stablelm-parallel", "stablelm", seed=21, rotated=4, head_norms=True, is_parallel=True, **PLAIN),
    Model("smollm3", "smollm3", seed=22, layers=5, tied=True, **PLAIN),
    Model("gemma", "gemma", seed=8, **GEMMA),
    Model("gemma2", "gemma2", seed=9, layers=5, post_norms=True, window=8, attention_softcap=2.0, final_softcap=4.0,
          **GEMMA),
    Model("gemma3", "gemma3", seed=10, layers=7, window_rope_base=100.0, **GEMMA3),
    Model("gemma3-pattern", "gemma3", seed=11, layers=3, window_layers=(True, False, True), final_softcap=4.0,
          **(GEMMA3 | dict(tied=False))),
)


class Weights:
    """Draws the tensors of one model, in the order in which they are asked for."""

    def __init__(self, seed):
        self.random = np.random.RandomState(seed)
        self.tensors = {}

    def matrix(self, name, rows, columns, scale=1.0):
        """A product with it keeps the variance of its input, times scale squared. `rows` may be (experts, rows)."""
        values = self.random.standard_normal((*np.atleast_1d(rows), columns)) * (scale / np.sqrt(columns))
        self.tensors[name + ".weight"] = values.astype(np.float32)

    def vector(self, name, size, mean, deviation):
        self.tensors[name] = (mean + deviation * self.random.standard_normal(size)).astype(np.float32)

    def norm(self, name, size, bias=False):
        self.vector(name + ".weight", size, 1.0, 0.1)
        if bias:
            self.vector(name + ".bias", size, 0.0, 0.1)

    def bias(self, name, size):
        self.vector(name + ".bias", size, 0.0, 0.2)


def draw(m):
    """All tensors of a model in float32, by name. Biases come last: a model without them has the same other weights."""
    w = Weights(m.seed)
    query, key_value = m.heads * m.head_dimension, m.key_value_heads * m.head_dimension
    gpt2 = m.architecture == "gpt2"
    blocks = [f"blk.{i}." for i in range(m.layers)]
    # The scale gives a tied model logits of a few units, and a residual stream that its blocks, not its input, decide.
    w.matrix("token_embd", VOCABULARY_SIZE, m.hidden, 2.0)
    if gpt2:
        w.matrix("position_embd", CONTEXT, m.hidden, 2.0)
    w.norm("output_norm", m.hidden, bias=m.has_layer_norm)
    if not m.tied:
        w.matrix("output", VOCABULARY_SIZE, m.hidden, 2.0)
    if m.architecture == "mamba":
        draw_mamba(w, m, blocks)
        return w.tensors
    for block in blocks:
        if m.has_pre_norms:
            w.norm(block + "attn_norm", m.hidden, bias=m.has_layer_norm)
        if m.architecture in ("gpt2", "phi3"):
            w.matrix(block + "attn_qkv", query + 2 * key_value, m.hidden, 1.4)
        else:
            w.matrix(block + "attn_q", query, m.hidden, 1.4)  # scores with a deviation of 2: attention that chooses
            w.matrix(block + "attn_k", key_value, m.hidden, 1.4)
            w.matrix(block + "attn_v", key_value, m.hidden)
        w.matrix(block + "attn_output", m.hidden, query)
        draw_head_norms(w, block, m, query, key_value)
        if m.has_pre_norms and not m.is_parallel:
            w.norm(block + "ffn_norm", m.hidden, bias=m.has_layer_norm)
        if m.experts:
            draw_experts(w, block, m)
        else:
            draw_feed_forward(w, block, "", m.feed_forward, m)
        if m.post_norms:
            w.norm(block + "post_attention_norm", m.hidden)
            w.norm(block + "post_ffw_norm", m.hidden)
    for name, factors in (("freqs", m.rope_factors), ("factors_long", m.long_factors),
                          ("factors_short", m.short_factors)):
        if factors:
            w.tensors[f"rope_{name}.weight"] = np.array(factors, np.float32)
    if m.attention_bias:
        for block in blocks:
            draw_biases(w, block, m, query, key_value)
    return w.tensors


def draw_head_norms(w, block, m, query, key_value):
    """Of all heads together, of each head by a row, or of each head by one weight."""
    if m.architecture == "olmo2":
        w.norm(block + "attn_q_norm", query)
        w.norm(block + "attn_k_norm", key_value)
    elif m.head_norms:
        for name, heads in (("q", m.heads), ("k", m.key_value_heads)):
            by_row = m.architecture == "stablelm"
            w.norm(block + f"attn_{name}_norm", (heads, m.head_dimension) if by_row else m.head_dimension)


def draw_feed_forward(w, block, suffix, size, m):
    is_packed = m.architecture == "phi3"
    if m.is_gated and not is_packed:
        w.matrix(block + "ffn_gate" + suffix, size, m.hidden, 1.4)
    w.matrix(block + "ffn_up" + suffix, 2 * size if is_packed else size, m.hidden, 1.4)
    w.matrix(block + "ffn_down" + suffix, m.hidden, size)


def draw_experts(w, block, m):
    """Experts, and the one that every token goes to besides, with its gate of one number a token."""
    size = m.expert_feed_forward or m.feed_forward
    w.matrix(block + "ffn_gate_inp", m.experts, m.hidden, 2.0)
    w.matrix(block + "ffn_gate_exps", (m.experts, size), m.hidden, 1.4)
    w.matrix(block + "ffn_up_exps", (m.experts, size), m.hidden, 1.4)
    w.matrix(block + "ffn_down_exps", (m.experts, m.hidden), size)
    if m.shared_feed_forward:
        w.vector(block + "ffn_gate_inp_shexp.weight", m.hidden, 0.0, 0.2)
        draw_feed_forward(w, block, "_shexp", m.shared_feed_forward, m)


def draw_biases(w, block, m, query, key_value):
    """GPT-2 and StarCoder 2 have a bias in every layer, Llama (where it has any) in the four of the attention, Qwen2 in q, k and v."""
    if m.architecture == "gpt2":
        w.bias(block + "attn_qkv", query + 2 * key_value)
    else:
        w.bias(block + "attn_q", query)
        w.bias(block + "attn_k", key_value)
        w.bias(block + "attn_v", key_value)
    if not m.is_gated:
        w.bias(block + "ffn_up", m.feed_forward)
        w.bias(block + "ffn_down", m.hidden)
    if m.architecture not in ("qwen2", "qwen2moe"):
        w.bias(block + "attn_output", m.hidden)


def add_hyperparameters(out, m):
    out.add_context_length(m.context)
    out.add_embedding_length(m.hidden)
    out.add_block_count(m.layers)
    if m.architecture == "mamba":
        add_mamba_hyperparameters(out, m)
        return
    out.add_feed_forward_length(m.feed_forward)
    out.add_head_count(m.heads)
    if m.architecture == "gpt2":
        out.add_layer_norm_eps(m.epsilon)
        return
    out.add_head_count_kv(m.key_value_heads)
    if m.has_layer_norm:
        out.add_layer_norm_eps(m.epsilon)
    else:
        out.add_layer_norm_rms_eps(m.epsilon)
    if m.rope_base:
        out.add_rope_freq_base(m.rope_base)
    if m.explicit_head_dimension:  # and the number of rotated dimensions follows from it
        out.add_key_length(m.head_dimension)
        out.add_value_length(m.head_dimension)
    else:
        out.add_rope_dimension_count(m.rotated or m.head_dimension)
    add_rope_scaling(out, m)
    add_windows_and_caps(out, m)
    if m.experts:
        out.add_expert_count(m.experts)
        out.add_expert_used_count(m.used_experts)
        if m.expert_feed_forward:
            out.add_expert_feed_forward_length(m.expert_feed_forward)
        if m.shared_feed_forward:
            out.add_expert_shared_feed_forward_length(m.shared_feed_forward)


def add_rope_scaling(out, m):
    for kind, factor in ((gguf.RopeScalingType.LINEAR, m.rope_linear_factor),
                         (gguf.RopeScalingType.YARN, m.rope_yarn_factor)):
        if factor:
            out.add_rope_scaling_type(kind)
            out.add_rope_scaling_factor(factor)
    if m.original_context:
        out.add_rope_scaling_orig_ctx_len(m.original_context)
    if m.attention_factor:
        out.add_rope_scaling_attn_factors(m.attention_factor)


def add_windows_and_caps(out, m):
    if m.window:
        out.add_sliding_window(m.window)
    if m.window_layers:
        out.add_sliding_window_pattern(m.window_layers)
    if m.window_rope_base:
        out.add_rope_freq_base_swa(m.window_rope_base)
    if m.attention_softcap:
        out.add_attn_logit_softcapping(m.attention_softcap)
    if m.final_softcap:
        out.add_final_logit_softcapping(m.final_softcap)
    if m.scales:
        embedding, residual, attention, logits = m.scales
        out.add_embedding_scale(embedding)
        out.add_residual_scale(residual)
        out.add_attention_scale(attention)
        out.add_logit_scale(logits)
    if m.architecture == "stablelm":
        out.add_parallel_residual(m.is_parallel)


def stored_type(name, values, kind):
    """Vectors, routers, the table of positions and what a state space decays and convolves by stay F32, as in the files that
    llama.cpp's own quantizer writes; so do rows that no whole number of blocks fills."""
    is_small = name == "position_embd.weight" or name.endswith(("ffn_gate_inp.weight", "ssm_a", "ssm_conv1d.weight"))
    stays = values.ndim < 2 or is_small
    return F32 if stays or values.shape[-1] % gguf.GGML_QUANT_SIZES[kind][0] else kind


def write(m, kind, tensors, path):
    with model_file(path, m.architecture, kind) as out:
        add_hyperparameters(out, m)
        if m.architecture == "llama" or m.architecture.startswith("gemma"):
            add_sentencepiece(out)
        else:
            add_byte_level_bpe(out, "gpt-2" if m.architecture in ("gpt2", "mamba") else "qwen2")
        add_tensors(out, tensors, lambda name, values: stored_type(name, values, kind))


if __name__ == "__main__":
    write_files(MODELS, draw, write, arguments_of(__doc__).parse_args().out)
