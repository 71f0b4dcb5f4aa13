#!/usr/bin/env python3
"""Writes the tiny random-weight GGUF models of this folder that have state spaces by heads or layers of several kinds.

    pip install gguf numpy
    make_hybrids.py [--out FOLDER]        # default: the folder of this file

As make_models.py, whose draws these are: one entry for each set of weights. Sizes are such that llama.cpp takes the files: its
state spaces have twice as many channels as the state.
"""
import dataclasses

import gguf
import numpy as np

from make_models import CONTEXT, Weights
from vocabularies import add_byte_level_bpe, VOCABULARY_SIZE
from writing import add_hyperparameters, add_tensors, arguments_of, F32, model_file, Q8_0, write_files

HIDDEN = 32
INNER = 2 * HIDDEN
WIDTH = 4  # of convolutions
RANK = 6  # of the steps of a state space without heads
SHORT_WIDTH = 3


@dataclasses.dataclass(frozen=True)
class Hybrid:
    """`layers`: M a state space, A attention, B both side by side, C a short convolution, each with a feed-forward behind it
    where the architecture has one; - a feed-forward alone, E experts alone."""
    name: str
    architecture: str
    seed: int
    layers: str
    types: tuple = (F32,)
    heads: int = 2
    head_dimension: int = 16
    feed_forward: int = 48
    state: int = 16
    state_heads: int = 4
    groups: int = 2
    experts: int = 0
    used: int = 2
    size: int = 32  # of experts
    shared: int = 0
    latent: int = 0
    dense: int = 0  # leading layers without experts
    expert_period: int = 1  # of whose layers the first has experts
    has_norm: bool = True  # of the state space's result
    tied: bool = True
    keys: tuple = ()

    @property
    def context(self):
        return CONTEXT

    @property
    def has_feed_forwards(self):
        return self.architecture not in ("mamba2", "nemotron_h", "nemotron_h_moe")

    def has_experts(self, layer):
        return self.experts and layer >= self.dense and layer % self.expert_period == 0


GRANITE = (("embedding_scale", 0.5), ("residual_scale", 0.8), ("attention.scale", 0.3), ("logit_scale", 0.5),
           ("rope.scaling.finetuned", False))
MODELS = (
    Hybrid("mamba2", "mamba2", 101, "MM", types=(F32, Q8_0), state=32),
    Hybrid("lfm2", "lfm2", 102, "CACA"),
    Hybrid("falcon-h1", "falcon-h1", 103, "BB", tied=False),
    Hybrid("falcon-h1-plain", "falcon-h1", 104, "BB", has_norm=False, groups=1),
    Hybrid("granitehybrid", "granitehybrid", 105, "MAM", groups=1, experts=4, shared=32, keys=GRANITE),
    # Rounding chooses no other experts where all are used.
    Hybrid("granitehybrid-all-experts", "granitehybrid", 110, "MAM", types=(Q8_0,), groups=1, experts=2, shared=32,
           keys=GRANITE),
    Hybrid("nemotron_h", "nemotron_h", 106, "M-A-M", tied=False),
    Hybrid("nemotron_h_moe", "nemotron_h_moe", 107, "MEAE", experts=4, shared=32, latent=16,
           keys=(("expert_weights_norm", True), ("expert_weights_scale", 1.5))),
    Hybrid("jamba", "jamba", 108, "MAMA", experts=3, expert_period=2, size=48, state=8),
    Hybrid("lfm2moe", "lfm2moe", 109, "CAC", experts=4, dense=1, keys=(("expert_gating_func", 2),)),
)


def draw(m):
    w = Weights(m.seed)
    w.matrix("token_embd", VOCABULARY_SIZE, HIDDEN, 2.0)
    w.norm("token_embd_norm" if m.architecture.startswith("lfm2") else "output_norm", HIDDEN)
    if not m.tied:
        w.matrix("output", VOCABULARY_SIZE, HIDDEN, 2.0)
    for layer, kind in enumerate(m.layers):
        block = f"blk.{layer}."
        w.norm(block + "attn_norm", HIDDEN)
        if kind in "AB":
            draw_attention(w, block, m)
        if kind in "MB":
            (draw_state_space if m.architecture == "jamba" else draw_head_state_space)(w, block, m)
        if kind == "C":
            w.matrix(block + "shortconv.in_proj", 3 * HIDDEN, HIDDEN, 1.4)
            w.matrix(block + "shortconv.conv", HIDDEN, SHORT_WIDTH, 1.4)
            w.matrix(block + "shortconv.out_proj", HIDDEN, HIDDEN)
        if kind in "-E":
            draw_plain_feed_forward(w, block, m, kind == "E")
        elif m.has_feed_forwards:
            w.norm(block + "ffn_norm", HIDDEN)
            draw_feed_forward(w, block, m, layer)
    if m.architecture == "falcon-h1":  # whose files have this name without its suffix
        w.tensors = {name.replace("ffn_norm.weight", "ffn_norm"): values for name, values in w.tensors.items()}
    return w.tensors


def draw_attention(w, block, m):
    size = m.heads * m.head_dimension
    w.matrix(block + "attn_q", size, HIDDEN, 1.4)
    w.matrix(block + "attn_k", m.head_dimension, HIDDEN, 1.4)
    w.matrix(block + "attn_v", m.head_dimension, HIDDEN)
    w.matrix(block + "attn_output", HIDDEN, size)
    if m.architecture.startswith("lfm2"):
        w.norm(block + "attn_q_norm", m.head_dimension)
        w.norm(block + "attn_k_norm", m.head_dimension)


def draw_head_state_space(w, block, m):
    convolved = INNER + 2 * m.groups * m.state
    w.matrix(block + "ssm_in", INNER + convolved + m.state_heads, HIDDEN, 1.4)
    w.matrix(block + "ssm_conv1d", convolved, WIDTH, 1.4)
    w.bias(block + "ssm_conv1d", convolved)
    w.vector(block + "ssm_dt.bias", m.state_heads, -2.0, 0.5)  # steps about 0.1: what was read fades over tens of tokens
    w.tensors[block + "ssm_a"] = -np.exp(w.random.standard_normal((m.state_heads, 1))).astype(np.float32)
    w.vector(block + "ssm_d", (m.state_heads, 1), 1.0, 0.1)
    if m.has_norm:
        w.norm(block + "ssm_norm", (m.groups, INNER // m.groups))
    w.matrix(block + "ssm_out", HIDDEN, INNER)


def draw_state_space(w, block, m):
    w.matrix(block + "ssm_in", 2 * INNER, HIDDEN, 1.4)
    w.matrix(block + "ssm_conv1d", INNER, WIDTH, 1.4)
    w.bias(block + "ssm_conv1d", INNER)
    w.matrix(block + "ssm_x", RANK + 2 * m.state, INNER, 1.4)
    for name, size in (("dt", RANK), ("b", m.state), ("c", m.state)):
        w.norm(f"{block}ssm_{name}_norm", size)
    w.matrix(block + "ssm_dt", INNER, RANK)
    w.vector(block + "ssm_dt.bias", INNER, -2.0, 0.5)
    w.tensors[block + "ssm_a"] = -np.exp(w.random.standard_normal((INNER, m.state))).astype(np.float32)
    w.vector(block + "ssm_d", INNER, 1.0, 0.1)
    w.matrix(block + "ssm_out", HIDDEN, INNER)


def draw_feed_forward(w, block, m, layer):
    if not m.has_experts(layer):
        for name, shape in (("gate", (m.feed_forward, HIDDEN)), ("up", (m.feed_forward, HIDDEN)),
                            ("down", (HIDDEN, m.feed_forward))):
            w.matrix(f"{block}ffn_{name}", *shape, 1.0 if name == "down" else 1.4)
        return
    w.matrix(block + "ffn_gate_inp", m.experts, HIDDEN, 2.0)
    if m.architecture == "lfm2moe":
        w.vector(block + "exp_probs_b.bias", m.experts, 0.0, 0.2)
    for name, rows, columns in (("gate", m.size, HIDDEN), ("up", m.size, HIDDEN), ("down", HIDDEN, m.size)):
        w.matrix(f"{block}ffn_{name}_exps", (m.experts, rows), columns, 1.0 if name == "down" else 1.4)
        if m.shared:
            rows, columns = (HIDDEN, m.shared) if name == "down" else (m.shared, HIDDEN)
            w.matrix(f"{block}ffn_{name}_shexp", rows, columns, 1.0 if name == "down" else 1.4)


def draw_plain_feed_forward(w, block, m, has_experts):
    """Without a gate."""
    if not has_experts:
        w.matrix(block + "ffn_up", m.feed_forward, HIDDEN, 1.4)
        w.matrix(block + "ffn_down", HIDDEN, m.feed_forward)
        return
    w.matrix(block + "ffn_gate_inp", m.experts, HIDDEN, 2.0)
    w.vector(block + "exp_probs_b.bias", m.experts, 0.0, 0.2)
    w.matrix(block + "ffn_latent_down", m.latent, HIDDEN)
    w.matrix(block + "ffn_up_exps", (m.experts, m.size), m.latent, 1.4)
    w.matrix(block + "ffn_down_exps", (m.experts, m.latent), m.size)
    w.matrix(block + "ffn_latent_up", HIDDEN, m.latent)
    w.matrix(block + "ffn_up_shexp", m.shared, HIDDEN, 1.4)
    w.matrix(block + "ffn_down_shexp", HIDDEN, m.shared)


def hyperparameters(m):
    """Keys below the architecture's name, as llama.cpp's converter writes them."""
    keys = {"context_length": CONTEXT, "embedding_length": HIDDEN, "block_count": len(m.layers),
            "attention.layer_norm_rms_epsilon": 1e-3, "vocab_size": VOCABULARY_SIZE}
    if m.architecture == "mamba2":
        keys |= {"feed_forward_length": 0, "attention.head_count": 0}
    else:
        one_thing_each = m.architecture.startswith("nemotron_h")
        sizes = [{"-": m.feed_forward, "E": m.size}.get(kind, 0) for kind in m.layers]
        size = m.size if m.architecture == "granitehybrid" else m.feed_forward
        heads = 1 if m.architecture == "falcon-h1" else [int(kind in "AB") for kind in m.layers]
        keys |= {"feed_forward_length": sizes if one_thing_each else size, "attention.head_count": m.heads,
                 "attention.head_count_kv": heads, "attention.key_length": m.head_dimension,
                 "attention.value_length": m.head_dimension}
        if one_thing_each:
            keys["attention.layer_norm_epsilon"] = 1e-3
        else:
            keys["rope.freq_base"] = 1000.0
    if m.architecture.startswith("lfm2"):
        keys["shortconv.l_cache"] = SHORT_WIDTH
    else:
        is_plain = m.architecture == "jamba"
        keys |= {"ssm.conv_kernel": WIDTH, "ssm.inner_size": INNER, "ssm.state_size": m.state,
                 "ssm.time_step_rank": RANK if is_plain else m.state_heads}
        if not is_plain:
            keys["ssm.group_count"] = m.groups
    if m.experts:
        keys |= {"expert_count": m.experts, "expert_used_count": m.used, "expert_feed_forward_length": m.size,
                 "leading_dense_block_count": m.dense}
    if m.shared:
        keys["expert_shared_feed_forward_length"] = m.shared
    if m.latent:
        keys |= {"moe_latent_size": m.latent, "expert_shared_count": 1}
    return keys | dict(m.keys)


def stored_type(name, values, kind):
    """What llama.cpp's quantizer leaves alone stays F32, as do rows that no whole number of blocks fills."""
    stays = values.ndim < 2 or not name.endswith(".weight") or values.shape[-1] % gguf.GGML_QUANT_SIZES[kind][0]
    return F32 if stays or any(part in name for part in ("norm", "ffn_gate_inp", "conv1d", "conv.weight")) else kind


def write(m, kind, tensors, path):
    with model_file(path, m.architecture, kind) as out:
        add_hyperparameters(out, m.architecture, hyperparameters(m))
        add_byte_level_bpe(out, "qwen2")
        add_tensors(out, tensors, lambda name, values: stored_type(name, values, kind))


if __name__ == "__main__":
    write_files(MODELS, draw, write, arguments_of(__doc__).parse_args().out)
