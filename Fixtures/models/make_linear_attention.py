#!/usr/bin/env python3
"""Writes the tiny random-weight GGUF models of this folder that have linear attention.

    pip install gguf numpy
    make_linear_attention.py [--out FOLDER] [--head-size N]   # default: the folder of this file; 16

As make_models.py, whose draws these are. Keys and tensors are those that llama.cpp's converter writes.
"""
import dataclasses

import numpy as np

from make_models import Weights, WINDOW_CONTEXT
from vocabularies import add_byte_level_bpe, add_rwkv, VOCABULARY_SIZE
from writing import add_hyperparameters, add_tensors, arguments_of, F32, model_file, Q8_0, write_files

CONVOLUTION_WIDTH = 4
RWKV6_MIXES, RWKV7_MIXES = 5, 6


@dataclasses.dataclass(frozen=True)
class Linear:
    name: str
    architecture: str
    seed: int
    types: tuple = (F32,)
    layers: int = 3
    hidden: int = 32
    feed_forward: int = 48
    heads: int = 2
    key_value_heads: int = 1
    head_dimension: int = 16
    key_heads: int = 2
    value_heads: int = 4
    state: int = 16
    experts: int = 0
    used: int = 2
    expert_size: int = 32
    shared: int = 0
    rotated: int = 4
    rank: int = 8
    decay_rank: int = 8  # of RWKV-6
    tied: bool = False
    drafts: int = 0
    keys: tuple = ()

    @property
    def is_rwkv(self):
        return self.architecture.startswith("rwkv")


def of_interval(interval):
    return (("full_attention_interval", interval),)


MODELS = (
    Linear("qwen3next", "qwen3next", seed=61, experts=4, shared=40, keys=of_interval(2)),
    Linear("qwen35", "qwen35", seed=62, types=(F32, Q8_0), hidden=64, feed_forward=96, state=16, key_heads=2, value_heads=6,
           tied=True, keys=of_interval(3)),
    Linear("qwen35moe", "qwen35moe", seed=63, experts=4, shared=40, drafts=1, layers=4,
           keys=(("attention.recurrent_layers", (True, False, True, False)),)),
    Linear("rwkv7", "rwkv7", seed=64),
    Linear("rwkv6", "rwkv6", seed=65, keys=(("rescale_every_n_layers", 2),)),
)


def is_linear(m, layer):
    keys = dict(m.keys)
    if "attention.recurrent_layers" in keys:
        return keys["attention.recurrent_layers"][layer]
    return (layer + 1) % keys["full_attention_interval"] != 0


def draw(m):
    w = Weights(m.seed)
    w.matrix("token_embd", VOCABULARY_SIZE, m.hidden, 2.0)
    w.norm("output_norm", m.hidden, bias=m.is_rwkv)
    if not m.tied:
        w.matrix("output", VOCABULARY_SIZE, m.hidden, 2.0)
    if m.is_rwkv:
        w.norm("token_embd_norm", m.hidden, bias=True)
    for layer in range(m.layers):
        block = f"blk.{layer}."
        if m.is_rwkv:
            draw_rwkv(w, block, m)
        else:
            draw_qwen(w, block, m, layer)
    return w.tensors


def draw_qwen(w, block, m, layer):
    w.norm(block + "attn_norm", m.hidden)
    if is_linear(m, layer):
        draw_delta_net(w, block, m)
    else:
        draw_attention(w, block, m)
    w.norm(block + "post_attention_norm", m.hidden)
    if m.experts:
        draw_experts(w, block, m)
    else:
        draw_feed_forward(w, block, "", m.feed_forward, m)
    if layer >= m.layers - m.drafts:
        w.matrix(block + "nextn.eh_proj", m.hidden, 2 * m.hidden)
        w.norm(block + "nextn.enorm", m.hidden)
        w.norm(block + "nextn.hnorm", m.hidden)


def draw_delta_net(w, block, m):
    keys, values = m.key_heads * m.state, m.value_heads * m.state
    w.matrix(block + "attn_qkv", 2 * keys + values, m.hidden, 1.4)
    w.matrix(block + "attn_gate", values, m.hidden)
    w.matrix(block + "ssm_conv1d", 2 * keys + values, CONVOLUTION_WIDTH, 1.4)
    if m.architecture == "qwen3next":
        w.matrix(block + "ssm_ba", 2 * m.value_heads, m.hidden, 1.4)
    else:
        w.matrix(block + "ssm_alpha", m.value_heads, m.hidden, 1.4)
        w.matrix(block + "ssm_beta", m.value_heads, m.hidden, 1.4)
    w.vector(block + "ssm_dt.bias", m.value_heads, 0.0, 1.0)
    w.tensors[block + "ssm_a"] = -np.exp(w.random.uniform(-4, 0, m.value_heads)).astype(np.float32)
    w.norm(block + "ssm_norm", m.state)
    w.matrix(block + "ssm_out", m.hidden, values)


def draw_attention(w, block, m):
    query, key_value = m.heads * m.head_dimension, m.key_value_heads * m.head_dimension
    w.matrix(block + "attn_q", 2 * query, m.hidden, 1.4)
    w.matrix(block + "attn_k", key_value, m.hidden, 1.4)
    w.matrix(block + "attn_v", key_value, m.hidden)
    w.norm(block + "attn_q_norm", m.head_dimension)
    w.norm(block + "attn_k_norm", m.head_dimension)
    w.matrix(block + "attn_output", m.hidden, query)


def draw_feed_forward(w, block, suffix, size, m):
    w.matrix(block + "ffn_gate" + suffix, size, m.hidden, 1.4)
    w.matrix(block + "ffn_up" + suffix, size, m.hidden, 1.4)
    w.matrix(block + "ffn_down" + suffix, m.hidden, size)


def draw_experts(w, block, m):
    w.matrix(block + "ffn_gate_inp", m.experts, m.hidden, 2.0)
    w.matrix(block + "ffn_gate_exps", (m.experts, m.expert_size), m.hidden, 1.4)
    w.matrix(block + "ffn_up_exps", (m.experts, m.expert_size), m.hidden, 1.4)
    w.matrix(block + "ffn_down_exps", (m.experts, m.hidden), m.expert_size)
    w.vector(block + "ffn_gate_inp_shexp.weight", m.hidden, 0.0, 0.2)
    draw_feed_forward(w, block, "_shexp", m.shared, m)


def draw_rwkv(w, block, m):
    for name in ("attn_norm", "attn_norm_2"):
        w.norm(block + name, m.hidden, bias=True)
    for name in ("key", "value", "receptance", "output"):
        w.matrix(block + "time_mix_" + name, m.hidden, m.hidden)
    w.norm(block + "time_mix_ln", m.hidden, bias=True)
    amounts(w, block + "channel_mix_lerp_k", m.hidden)
    w.matrix(block + "channel_mix_key", m.feed_forward, m.hidden)
    w.matrix(block + "channel_mix_value", m.hidden, m.feed_forward)
    if m.architecture == "rwkv7":
        draw_rwkv7(w, block, m)
    else:
        draw_rwkv6(w, block, m)


def amounts(w, name, *shape):
    w.tensors[name + ".weight"] = w.random.uniform(0, 1, shape).astype(np.float32)


def draw_rwkv7(w, block, m):
    amounts(w, block + "time_mix_lerp_fused", RWKV7_MIXES, 1, 1, m.hidden)
    # Some columns of a state are forgotten within a few tokens, others within a hundred.
    for name, mean, deviation in (("w", -3.0, 2.0), ("a", 0.0, 1.0), ("v", 0.5, 0.5), ("g", None, None)):
        w.matrix(block + f"time_mix_{name}1", m.rank, m.hidden, 1.4)
        w.matrix(block + f"time_mix_{name}2", m.hidden, m.rank)
        if mean is not None:
            w.vector(block + f"time_mix_{name}0.weight", m.hidden, mean, deviation)
    w.vector(block + "time_mix_k_k.weight", m.hidden, 0.85, 0.1)
    w.vector(block + "time_mix_k_a.weight", m.hidden, 1.0, 0.1)
    w.vector(block + "time_mix_r_k.weight", m.hidden, 0.0, 0.3)


def draw_rwkv6(w, block, m):
    w.matrix(block + "time_mix_w1", RWKV6_MIXES * m.rank, m.hidden)
    w.matrix(block + "time_mix_w2", (RWKV6_MIXES, m.hidden), m.rank, 0.3)
    amounts(w, block + "time_mix_lerp_x", 1, 1, m.hidden)
    amounts(w, block + "time_mix_lerp_fused", RWKV6_MIXES, 1, 1, m.hidden)
    w.vector(block + "time_mix_first.weight", (m.hidden // m.head_dimension, m.head_dimension), 0.5, 0.3)
    w.vector(block + "time_mix_decay.weight", m.hidden, -2.0, 1.5)
    w.matrix(block + "time_mix_decay_w1", m.decay_rank, m.hidden)
    w.matrix(block + "time_mix_decay_w2", m.hidden, m.decay_rank)
    w.matrix(block + "time_mix_gate", m.hidden, m.hidden)
    amounts(w, block + "channel_mix_lerp_r", m.hidden)
    w.matrix(block + "channel_mix_receptance", m.hidden, m.hidden)


def hyperparameters(m):
    """Keys below the architecture's name."""
    keys = {"context_length": WINDOW_CONTEXT, "embedding_length": m.hidden, "block_count": m.layers,
            "vocab_size": VOCABULARY_SIZE}
    return keys | (rwkv_hyperparameters(m) if m.is_rwkv else qwen_hyperparameters(m)) | dict(m.keys)


def qwen_hyperparameters(m):
    keys = {"attention.head_count": m.heads, "attention.head_count_kv": m.key_value_heads,
            "attention.layer_norm_rms_epsilon": 1e-6, "attention.key_length": m.head_dimension,
            "attention.value_length": m.head_dimension, "rope.dimension_count": m.rotated, "rope.freq_base": 1000.0,
            "ssm.conv_kernel": CONVOLUTION_WIDTH, "ssm.state_size": m.state, "ssm.group_count": m.key_heads,
            "ssm.time_step_rank": m.value_heads, "ssm.inner_size": m.value_heads * m.state}
    if m.architecture != "qwen35moe":  # whose configuration has no size of a feed-forward
        keys["feed_forward_length"] = m.feed_forward
    if m.architecture != "qwen3next":
        keys["rope.dimension_sections"] = (1, 1, 0, 0)
    if m.experts:
        keys |= {"expert_count": m.experts, "expert_used_count": m.used, "expert_feed_forward_length": m.expert_size,
                 "expert_shared_feed_forward_length": m.shared}
    if m.drafts:
        keys["nextn_predict_layers"] = m.drafts
    return keys


def rwkv_hyperparameters(m):
    keys = {"feed_forward_length": m.feed_forward, "attention.head_count": 0, "wkv.head_size": m.head_dimension,
            "attention.layer_norm_epsilon": 1e-5}
    if m.architecture == "rwkv6":
        return keys | {"time_mix_extra_dim": m.rank, "time_decay_extra_dim": m.decay_rank}
    ranks = ("decay", "iclr", "value_residual_mix", "gate")
    return keys | {f"attention.{name}_lora_rank": m.rank for name in ranks}


def stored_type(name, values, kind):
    """Vectors, routers and convolutions stay F32; so do rows that no whole number of blocks fills."""
    stays = values.ndim < 2 or name.endswith(("ffn_gate_inp.weight", "ssm_conv1d.weight")) or values.shape[-1] % 32
    return F32 if stays else kind


def write(m, kind, tensors, path):
    with model_file(path, m.architecture, kind) as out:
        add_hyperparameters(out, m.architecture, hyperparameters(m))
        if m.is_rwkv:
            add_rwkv(out)
        else:
            add_byte_level_bpe(out, "qwen2" if m.architecture == "qwen3next" else "qwen35")
        add_tensors(out, tensors, lambda name, values: stored_type(name, values, kind))


def with_head_size(m, size):
    """The same model with other heads: llama.cpp computes RWKV-7's right with heads of 64 alone."""
    if size == m.head_dimension or not m.is_rwkv:
        return m
    return dataclasses.replace(m, hidden=size * m.heads, head_dimension=size)


def main():
    arguments = arguments_of(__doc__)
    arguments.add_argument("--head-size", type=int, default=16)
    options = arguments.parse_args()
    write_files([with_head_size(m, options.head_size) for m in MODELS], draw, write, options.out)


if __name__ == "__main__":
    main()
