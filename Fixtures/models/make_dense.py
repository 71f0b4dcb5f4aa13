#!/usr/bin/env python3
"""Writes tiny random-weight GGUF models of dense decoders, each as a few changes to a Llama. See make_models.py.

    pip install gguf numpy
    make_dense.py [--out FOLDER]        # default: the folder of this file
"""
import dataclasses

import numpy as np

from make_models import CONTEXT, Weights, WINDOW_CONTEXT
from vocabularies import add_byte_level_bpe, add_sentencepiece, VOCABULARY_SIZE
from writing import add_tensors, arguments_of, model_file, write_files

ATTENTION = ("attn_q", "attn_k", "attn_v")


@dataclasses.dataclass(frozen=True)
class Dense:
    """A model whose matrices are F32. Names are those of its tensors, without `blk.N.` and their suffix."""
    name: str
    architecture: str
    seed: int
    hidden: int = 32
    feed_forward: int = 48
    heads: int = 2
    key_value_heads: int = 1
    head_dimension: int | None = None
    layers: int = 2
    epsilon: float = 1e-3
    layer_norm: bool = False
    norm_biases: bool = False
    norms: tuple = ("attn_norm", "ffn_norm")
    model_norms: tuple = ("output_norm",)
    head_norms: bool = False
    fused: bool = False
    gated: bool = True
    packed: bool = False
    biases: tuple = ()
    tied: bool = False
    rotated: int | None = None
    rope_factors: tuple = ()
    learned_positions: bool = False
    branch_scale: float = 1.0  # of what each layer adds
    pre_tokenizer: str | None = None  # None: SentencePiece
    keys: tuple = ()

    @property
    def head(self):
        return self.head_dimension or self.hidden // self.heads

    @property
    def context(self):
        return WINDOW_CONTEXT if any("sliding_window" in key for key, _ in self.keys) else CONTEXT


LAYER_NORM = dict(layer_norm=True, norm_biases=True)
PLAIN = dict(gated=False, biases=("attn_qkv", "attn_output", "ffn_up", "ffn_down"), fused=True, **LAYER_NORM)
BEHIND = ("post_attention_norm", "post_ffw_norm")
YARN = (("rope.scaling.type", "yarn"), ("rope.scaling.factor", 4.0), ("rope.scaling.original_context_length", 16),
        ("rope.scaling.yarn_beta_fast", 2.0), ("rope.scaling.yarn_beta_slow", 0.5),
        ("rope.scaling.yarn_log_multiplier", 0.5), ("attention.temperature_scale", 0.3))
MODELS = (
    Dense("phi2", "phi2", 101, key_value_heads=2, norms=("attn_norm",), rotated=12, pre_tokenizer="phi-2",
          **(PLAIN | dict(biases=PLAIN["biases"] + ("output",)))),
    Dense("falcon", "falcon", 102, norms=("attn_norm",), tied=True, pre_tokenizer="falcon", **(PLAIN | dict(biases=()))),
    Dense("falcon-40b", "falcon", 103, heads=4, key_value_heads=2, norms=("attn_norm", "attn_norm_2"),
          pre_tokenizer="falcon", **(PLAIN | dict(biases=()))),
    Dense("gptneox", "gptneox", 104, key_value_heads=2, rotated=4, pre_tokenizer="olmo",
          keys=(("use_parallel_residual", True),), **PLAIN),
    Dense("gptneox-sequential", "gptneox", 105, key_value_heads=2, rotated=4, pre_tokenizer="olmo",
          keys=(("use_parallel_residual", False),), **PLAIN),
    Dense("command-r", "command-r", 106, heads=4, key_value_heads=2, layer_norm=True, norms=("attn_norm",), tied=True,
          pre_tokenizer="command-r", keys=(("logit_scale", 0.5),)),
    Dense("cohere2", "cohere2", 107, layers=5, layer_norm=True, norms=("attn_norm",), tied=True,
          pre_tokenizer="command-r", keys=(("logit_scale", 2.0), ("attention.sliding_window", 8))),
    Dense("exaone", "exaone", 108, rope_factors=(1.0, 1.0, 1.25, 1.75, 2.5, 4.0, 8.0, 8.0), pre_tokenizer="exaone"),
    Dense("exaone4", "exaone4", 109, norms=BEHIND, head_norms=True, tied=True, pre_tokenizer="exaone4"),
    Dense("glm4", "glm4", 110, heads=4, key_value_heads=2, head_dimension=16, norms=("attn_norm", "ffn_norm") + BEHIND,
          rotated=8, packed=True, biases=ATTENTION, pre_tokenizer="qwen2"),
    Dense("chatglm", "chatglm", 111, rotated=8, packed=True, fused=True, biases=("attn_qkv",), pre_tokenizer="qwen2"),
    Dense("internlm2", "internlm2", 112),
    Dense("minicpm", "minicpm", 113, tied=True,
          keys=(("embedding_scale", 0.5), ("residual_scale", 0.8), ("logit_scale", 0.5))),
    Dense("nemotron", "nemotron", 114, rotated=8, pre_tokenizer="qwen2",
          **(PLAIN | dict(fused=False, biases=()))),
    # Heads that are no power of two: slopes of two series.
    Dense("mpt", "mpt", 115, hidden=48, heads=3, key_value_heads=3, tied=True, pre_tokenizer="mpt",
          keys=(("attention.max_alibi_bias", 6.0), ("attention.clamp_kqv", 1.5)),
          **(PLAIN | dict(biases=(), norm_biases=False))),
    Dense("mpt-positions", "mpt", 116, key_value_heads=2, learned_positions=True, pre_tokenizer="mpt",
          keys=(("attention.max_alibi_bias", 0.0),), **PLAIN),
    Dense("bloom", "bloom", 117, hidden=48, heads=3, key_value_heads=3, model_norms=("token_embd_norm", "output_norm"),
          tied=True, pre_tokenizer="bloom", **PLAIN),
    Dense("starcoder", "starcoder", 118, learned_positions=True, tied=True, pre_tokenizer="starcoder", **PLAIN),
    Dense("olmo", "olmo", 119, layer_norm=True, norms=(), model_norms=(), tied=True, pre_tokenizer="olmo",
          keys=(("attention.clamp_kqv", 1.5),)),
    # ALiBi, which a file of 40 layers alone has. They add little, or float32 arithmetic would tell runtimes apart.
    Dense("baichuan", "baichuan", 120, hidden=16, feed_forward=16, key_value_heads=2, layers=40, branch_scale=0.1),
    Dense("orion", "orion", 121, **LAYER_NORM),
    Dense("xverse", "xverse", 122),
    Dense("codeshell", "codeshell", 123, pre_tokenizer="codeshell", **PLAIN),
    Dense("seed-oss", "seed_oss", 124, head_dimension=24, norms=("attn_norm", "post_attention_norm"), biases=ATTENTION,
          pre_tokenizer="seed-coder"),
    Dense("ernie4_5", "ernie4_5", 125, head_dimension=24, tied=True),
    Dense("hunyuan-dense", "hunyuan-dense", 126, head_norms=True, tied=True, pre_tokenizer="hunyuan-dense"),
    Dense("mistral3", "mistral3", 127, pre_tokenizer="tekken", keys=YARN),
    # llama.cpp does not read this one's epsilon.
    Dense("qwen2vl", "qwen2vl", 128, epsilon=1e-12, biases=ATTENTION, tied=True, pre_tokenizer="qwen2",
          keys=(("rope.dimension_sections", (2, 3, 3, 0)),)),
    Dense("qwen3vl", "qwen3vl", 129, head_dimension=24, head_norms=True, tied=True, pre_tokenizer="qwen2",
          keys=(("rope.dimension_sections", (4, 4, 4, 0)), ("n_deepstack_layers", 0))),
)


def draw(m):
    """All tensors in float32, by name. Biases come last."""
    w = Weights(m.seed)
    query, key_value = m.heads * m.head, m.key_value_heads * m.head
    w.matrix("token_embd", VOCABULARY_SIZE, m.hidden, 2.0)
    if m.learned_positions:
        w.matrix("position_embd", CONTEXT, m.hidden, 2.0)
    for name in m.model_norms:
        w.norm(name, m.hidden, bias=m.norm_biases)
    if not m.tied:
        w.matrix("output", VOCABULARY_SIZE, m.hidden, 2.0)
    rows = {"attn_q": query, "attn_k": key_value, "attn_v": key_value, "attn_output": m.hidden,
            "attn_qkv": query + 2 * key_value, "ffn_up": m.feed_forward * (2 if m.packed else 1), "ffn_down": m.hidden,
            "ffn_gate": m.feed_forward}
    columns = {"attn_output": query, "ffn_down": m.feed_forward}
    products = (("attn_qkv",) if m.fused else ATTENTION) + ("attn_output",)
    products += (("ffn_gate",) if m.gated and not m.packed else ()) + ("ffn_up", "ffn_down")
    blocks = [f"blk.{i}." for i in range(m.layers)]
    for block in blocks:
        for name in m.norms:
            w.norm(block + name, m.hidden, bias=m.norm_biases)
        for name in products:
            scale = {"attn_v": 1.0, "attn_output": m.branch_scale, "ffn_down": m.branch_scale}.get(name, 1.4)
            w.matrix(block + name, rows[name], columns.get(name, m.hidden), scale)
        for name in ("attn_q_norm", "attn_k_norm") if m.head_norms else ():
            w.norm(block + name, m.head)
    if m.rope_factors:
        w.tensors["rope_freqs.weight"] = np.array(m.rope_factors, np.float32)
    for name in m.biases:
        for block in [""] if name == "output" else blocks:
            w.bias(block + name, VOCABULARY_SIZE if name == "output" else rows[name])
    return w.tensors


def add_keys(out, m):
    out.add_context_length(m.context)
    out.add_embedding_length(m.hidden)
    out.add_block_count(m.layers)
    out.add_feed_forward_length(m.feed_forward)
    out.add_head_count(m.heads)
    out.add_head_count_kv(m.key_value_heads)
    if m.layer_norm:
        out.add_layer_norm_eps(m.epsilon)
    else:
        out.add_layer_norm_rms_eps(m.epsilon)
    if m.head_dimension:
        out.add_key_length(m.head)
        out.add_value_length(m.head)
    out.add_rope_dimension_count(m.rotated or m.head)
    for key, value in m.keys:
        add = {bool: out.add_bool, int: out.add_uint32, float: out.add_float32, str: out.add_string,
               tuple: out.add_array}[type(value)]
        add(f"{m.architecture}.{key}", value)


def write(m, kind, tensors, path):
    with model_file(path, m.architecture, kind) as out:
        add_keys(out, m)
        if m.pre_tokenizer:
            add_byte_level_bpe(out, m.pre_tokenizer)
        else:
            add_sentencepiece(out)
        add_tensors(out, tensors)


if __name__ == "__main__":
    write_files(MODELS, draw, write, arguments_of(__doc__).parse_args().out)
