#!/usr/bin/env python3
"""Writes tiny random-weight GGUF models of Gemma 3n, Gemma 4 and EmbeddingGemma. See make_models.py.

    pip install gguf numpy
    make_gemmas.py [--out FOLDER]        # default: the folder of this file
"""
import dataclasses

import gguf
import numpy as np

from make_models import Weights, WINDOW_CONTEXT
from vocabularies import add_sentencepiece, VOCABULARY_SIZE
from writing import add_tensors, arguments_of, model_file, write_files


@dataclasses.dataclass(frozen=True)
class Gemma:
    """A model whose matrices are F32. Layers with a window have heads of another size than the others."""
    name: str
    architecture: str
    seed: int
    windows: tuple = (True, False, True, False)
    hidden: int = 16
    feed_forward: int = 24
    heads: int = 2
    key_value_heads: tuple = ()
    head: int = 16
    window_head: int = 16
    shared: int = 0  # layers that share caches
    per_layer: int = 0  # columns of a layer's own vector
    streams: int = 0
    laurel: int = 0
    experts: int = 0
    expert_feed_forward: int = 12
    sparsity: tuple = ()
    final_softcap: float = 0.0  # 0: none; llama.cpp takes 30 where the key is missing
    dense: int = 0
    keys: tuple = ()

    @property
    def layers(self):
        return len(self.windows)

    def kv(self, layer):
        return self.key_value_heads[layer] if self.key_value_heads else 1

    def feed_forwards(self, layer):
        is_shared = layer >= self.layers - self.shared
        return self.feed_forward * (2 if self.architecture == "gemma4" and is_shared else 1)

    def size(self, layer):
        return self.window_head if self.windows[layer] else self.head


MODELS = (
    Gemma("gemma3n", "gemma3n", 301, shared=2, per_layer=4, streams=4, laurel=4, final_softcap=8.0,
          sparsity=(1.6448535, 0.5, -np.inf, -np.inf)),
    Gemma("gemma4", "gemma4", 302, window_head=12, shared=2, per_layer=4, final_softcap=8.0),
    Gemma("gemma4-experts", "gemma4", 303, windows=(True, True, False), heads=4, key_value_heads=(2, 2, 1),
          window_head=12, experts=4),
    Gemma("gemma-embedding", "gemma-embedding", 304, windows=(True, False, True), dense=24),
)


def draw(m):
    w = Weights(m.seed)
    w.matrix("token_embd", VOCABULARY_SIZE, m.hidden, 2.0)
    w.norm("output_norm", m.hidden)
    if m.per_layer:
        w.matrix("per_layer_token_embd", VOCABULARY_SIZE, m.layers * m.per_layer, 2.0)
        w.matrix("per_layer_model_proj", m.layers * m.per_layer, m.hidden, 2.0)
        w.norm("per_layer_proj_norm", m.per_layer)
    if m.streams:
        w.matrix("altup_proj", (m.streams - 1, m.hidden), m.hidden)
        w.matrix("altup_unembd_proj", (m.streams - 1, m.hidden), m.hidden)
    if m.architecture == "gemma4":  # a quarter of the pairs rotates
        pairs = m.head // 2
        w.tensors["rope_freqs.weight"] = np.array([1.0] * (pairs // 4) + [1e30] * (pairs - pairs // 4), np.float32)
    for layer in range(m.layers):
        draw_layer(w, m, layer, f"blk.{layer}.")
    if m.dense:
        w.matrix("dense_2", m.dense, m.hidden)
        w.matrix("dense_3", m.hidden, m.dense)
    return w.tensors


def draw_layer(w, m, layer, block):
    size, feed_forward = m.size(layer), m.feed_forwards(layer)
    for name in ("attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm"):
        w.norm(block + name, m.hidden)
    scale = 1.4 if m.architecture == "gemma-embedding" else 0.7  # the others' scores are not divided by a root
    w.matrix(block + "attn_q", m.heads * size, m.hidden)
    w.vector(block + "attn_q_norm.weight", size, scale, 0.1)
    if layer < m.layers - m.shared:
        w.matrix(block + "attn_k", m.kv(layer) * size, m.hidden)
        w.vector(block + "attn_k_norm.weight", size, scale, 0.1)
        if not m.experts or m.windows[layer]:  # else keys are the values
            w.matrix(block + "attn_v", m.kv(layer) * size, m.hidden)
    w.matrix(block + "attn_output", m.hidden, m.heads * size)
    w.matrix(block + "ffn_gate", feed_forward, m.hidden, 1.4)
    w.matrix(block + "ffn_up", feed_forward, m.hidden, 1.4)
    w.matrix(block + "ffn_down", m.hidden, feed_forward)
    if m.experts:
        draw_experts(w, m, block)
    if m.per_layer:
        w.matrix(block + "inp_gate", m.per_layer, m.hidden, 1.4)
        w.matrix(block + "proj", m.hidden, m.per_layer)
        w.norm(block + "post_norm", m.hidden)
    if m.architecture == "gemma4":
        w.vector(block + "layer_output_scale.weight", 1, 0.8, 0.1)
    if m.streams:
        draw_streams(w, m, block)


def draw_experts(w, m, block):
    for name in ("pre_ffw_norm_2", "post_ffw_norm_1", "post_ffw_norm_2"):
        w.norm(block + name, m.hidden)
    w.matrix(block + "ffn_gate_inp", m.experts, m.hidden, 2.0)
    w.vector(block + "ffn_gate_inp.scale", m.hidden, 5.0, 0.5)
    w.matrix(block + "ffn_gate_up_exps", (m.experts, 2 * m.expert_feed_forward), m.hidden, 1.4)
    w.matrix(block + "ffn_down_exps", (m.experts, m.hidden), m.expert_feed_forward)
    w.vector(block + "ffn_down_exps.scale", m.experts, 1.0, 0.3)


def draw_streams(w, m, block):
    """The router's input is divided by the hidden size: its weights are large, or nothing would come of it."""
    w.matrix(block + "altup_router", m.streams, m.hidden, 20.0)
    w.norm(block + "altup_router_norm", m.hidden)
    w.matrix(block + "altup_predict_coef", m.streams * m.streams, m.streams, 0.5)
    w.matrix(block + "altup_correct_coef", m.streams, m.streams, 0.5)
    w.vector(block + "altup_correct_scale.weight", m.hidden, 1.0, 0.3)
    w.matrix(block + "laurel_l", m.laurel, m.hidden)
    w.matrix(block + "laurel_r", m.hidden, m.laurel)
    w.norm(block + "laurel_post_norm", m.hidden)


def add_keys(out, m):
    name = m.architecture
    out.add_context_length(WINDOW_CONTEXT)
    out.add_embedding_length(m.hidden)
    out.add_block_count(m.layers)
    out.add_head_count(m.heads)
    out.add_head_count_kv([m.kv(layer) for layer in range(m.layers)] if m.key_value_heads else 1)
    out.add_feed_forward_length([m.feed_forwards(layer) for layer in range(m.layers)] if m.shared else m.feed_forward)
    out.add_layer_norm_rms_eps(1e-3)
    out.add_key_length(m.head)
    out.add_value_length(m.head)
    out.add_rope_dimension_count(m.head)
    out.add_rope_freq_base(1000.0)
    out.add_rope_freq_base_swa(100.0)
    out.add_sliding_window(8)
    out.add_sliding_window_pattern(list(m.windows))
    if m.architecture == "gemma-embedding":
        out.add_causal_attention(False)
        out.add_pooling_type(gguf.PoolingType.MEAN)
        out.add_dense_features_dims("dense_2", m.hidden, m.dense)
        out.add_dense_features_dims("dense_3", m.dense, m.hidden)
        return
    out.add_shared_kv_layers(m.shared)
    out.add_embedding_length_per_layer_input(m.per_layer)
    out.add_final_logit_softcapping(m.final_softcap)
    if m.architecture == "gemma4":
        out.add_uint32(f"{name}.attention.key_length_swa", m.window_head)
        out.add_uint32(f"{name}.attention.value_length_swa", m.window_head)
        out.add_uint32(f"{name}.rope.dimension_count_swa", m.window_head)
    if m.streams:
        out.add_uint32(f"{name}.altup.num_inputs", m.streams)
        out.add_uint32(f"{name}.altup.active_idx", 0)
        out.add_array(f"{name}.activation_sparsity_scale", [float(x) for x in m.sparsity])
    if m.experts:
        out.add_expert_count(m.experts)
        out.add_expert_used_count(2)
        out.add_expert_feed_forward_length(m.expert_feed_forward)


def write(m, kind, tensors, path):
    with model_file(path, m.architecture, kind) as out:
        add_keys(out, m)
        add_sentencepiece(out)
        add_tensors(out, tensors)


if __name__ == "__main__":
    write_files(MODELS, draw, write, arguments_of(__doc__).parse_args().out)
