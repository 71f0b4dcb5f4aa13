#!/usr/bin/env python3
"""Writes the tiny random-weight encoders of this folder.

    pip install gguf numpy
    make_encoders.py [--out FOLDER]        # default: the folder of this file

As make_models.py: every file is a function of this folder's scripts alone. Matrices are float16, so that a reader that
multiplies them with float32 activations computes what float64 arithmetic on the same weights does.
"""
import dataclasses

import gguf

from make_models import Weights
from vocabularies import add_encoder_bpe, VOCABULARY_SIZE
from writing import add_tensors, arguments_of, F16, F32, model_file, Q8_0

CONTEXT = 64
POOLING = gguf.PoolingType


@dataclasses.dataclass(frozen=True)
class Encoder:
    """One set of weights and what its family and its head make of them."""
    name: str
    architecture: str
    seed: int
    kind: object = F16
    layers: int = 2
    hidden: int = 32
    feed_forward: int = 48
    heads: int = 4
    epsilon: float = 1e-2  # large, so that a reader who ignores the key gets other vectors
    token_types: int = 2
    pooling: object = POOLING.MEAN
    fused: bool = False      # attn_qkv
    biases: bool = True      # of every product
    gate: str = "none"       # "split": ffn_gate; "packed": in ffn_up
    masked: bool = False     # a head for masked tokens
    labels: tuple = ()       # a classifier
    dense: bool = False      # with a layer before it
    query_norms: bool = False
    second_norm: bool = False
    experts: int = 0         # of every second layer
    used: int = 2
    keys: tuple = ()


MODERN = dict(architecture="modern-bert", layers=4, token_types=0, fused=True, biases=False, gate="packed",
              keys=(("rope.freq_base", 160000.0), ("rope.freq_base_swa", 10000.0), ("attention.sliding_window", 8),
                    ("attention.sliding_window_pattern", 3)))
ENCODERS = (
    Encoder("bert", "bert", seed=11, masked=True),
    Encoder("bert-q8_0", "bert", seed=12, kind=Q8_0, hidden=64, feed_forward=32, pooling=POOLING.CLS),
    Encoder("distilbert", "bert", seed=13, token_types=0, epsilon=1e-12, labels=("NEGATIVE", "NEUTRAL", "POSITIVE"),
            dense=True),
    Encoder("roberta-reranker", "bert", seed=14, token_types=1, fused=True, labels=("LABEL_0",), dense=True,
            pooling=POOLING.RANK),
    Encoder("bert-reranker", "bert", seed=21, labels=("LABEL_0",), dense=True, pooling=POOLING.RANK),
    Encoder("bert-tagger", "bert", seed=15, labels=("O", "B-PER", "I-PER"), pooling=POOLING.NONE),
    Encoder("bert-nli", "bert", seed=24, labels=("entailment", "neutral", "contradiction"), dense=True),
    Encoder("nomic-bert", "nomic-bert", seed=16, fused=True, biases=False, gate="split",
            keys=(("rope.freq_base", 1000.0),)),
    # Without ffn_exps.bias, as llama.cpp converts them.
    Encoder("nomic-bert-moe", "nomic-bert-moe", seed=23, layers=4, fused=True, token_types=1, experts=4,
            keys=(("rope.freq_base", 1000.0), ("moe_every_n_layers", 2), ("expert_count", 4), ("expert_used_count", 2))),
    Encoder("modern-bert", **MODERN, seed=17, labels=("no", "yes"), dense=True),
    Encoder("modern-bert-masked", **MODERN, seed=18, masked=True, pooling=POOLING.CLS),
    Encoder("jina-bert-v2", "jina-bert-v2", seed=19, hidden=48, heads=6, feed_forward=32, gate="split"),
    Encoder("jina-bert-v2-code", "jina-bert-v2", seed=20, gate="packed", query_norms=True, second_norm=True),
    Encoder("neo-bert", "neo-bert", seed=22, token_types=0, fused=True, biases=False, gate="packed"),
)


def draw(m):
    w = Weights(m.seed)
    neo = m.architecture == "neo-bert"
    modern = m.architecture == "modern-bert" or neo

    def linear(name, rows, columns, scale=1.0, bias=m.biases):
        w.matrix(name, rows, columns, scale)
        if bias:
            w.bias(name, rows)

    def norm(name):
        w.norm(name, m.hidden, bias=not modern)

    w.matrix("token_embd", VOCABULARY_SIZE, m.hidden, 4.0)
    if m.token_types:
        w.matrix("token_types", m.token_types, m.hidden, 2.0)
    if m.architecture == "bert":
        w.matrix("position_embd", CONTEXT, m.hidden, 2.0)
    if not neo:
        norm("token_embd_norm")
    for layer in range(m.layers):
        block = f"blk.{layer}."
        if m.fused:
            linear(block + "attn_qkv", 3 * m.hidden, m.hidden, 1.4)
        else:
            linear(block + "attn_q", m.hidden, m.hidden, 1.4)
            linear(block + "attn_k", m.hidden, m.hidden, 1.4)
            linear(block + "attn_v", m.hidden, m.hidden)
        if m.query_norms:
            norm(block + "attn_q_norm")
            norm(block + "attn_k_norm")
        linear(block + "attn_output", m.hidden, m.hidden)
        if modern:
            if layer > 0 or neo:
                norm(block + "attn_norm")
            norm(block + "ffn_norm")
        else:
            norm(block + "attn_output_norm")
            norm(block + "layer_output_norm")
        if m.second_norm:
            norm(block + "attn_norm_2")
        if m.gate == "split":
            linear(block + "ffn_gate", m.feed_forward, m.hidden, 1.4, bias=False)
        up = 2 * m.feed_forward if m.gate == "packed" else m.feed_forward
        if m.experts and layer % 2 == 1:
            w.matrix(block + "ffn_gate_inp", m.experts, m.hidden, 2.0)
            w.matrix(block + "ffn_up_exps", (m.experts, m.feed_forward), m.hidden, 1.4)
            w.matrix(block + "ffn_down_exps", (m.experts, m.hidden), m.feed_forward, 2.0)
            continue
        linear(block + "ffn_up", up, m.hidden, 1.4, bias=m.biases and m.gate == "none")
        linear(block + "ffn_down", m.hidden, m.feed_forward)
    if modern:
        norm("enc.output_norm" if neo else "output_norm")
    draw_heads(m, w, linear, modern)
    return w.tensors


def draw_heads(m, w, linear, modern):
    dense, norm = ("cls", "cls.norm") if modern else ("mlm.dense", "mlm.norm")
    if m.masked:
        linear(dense, m.hidden, m.hidden, 2.0)
        w.norm(norm, m.hidden, bias=not modern)
        w.bias("output", VOCABULARY_SIZE)
    if m.labels and m.dense:
        linear("cls", m.hidden, m.hidden, 2.0)
        if modern:
            w.norm("cls.norm", m.hidden)
    if m.labels:
        linear("cls.output", len(m.labels), m.hidden, 2.0, bias=True)


def add_keys(out, m):
    out.add_context_length(CONTEXT)
    out.add_embedding_length(m.hidden)
    out.add_block_count(m.layers)
    out.add_feed_forward_length(m.feed_forward)
    out.add_head_count(m.heads)
    if m.architecture == "neo-bert":
        out.add_layer_norm_rms_eps(m.epsilon)
        out.add_rope_freq_base(10000.0)
    else:
        out.add_layer_norm_eps(m.epsilon)
    out.add_causal_attention(False)
    out.add_pooling_type(m.pooling)
    if m.labels:
        out.add_classifier_output_labels(list(m.labels))
    for key, value in m.keys:
        add = out.add_float32 if isinstance(value, float) else out.add_uint32
        add(f"{m.architecture}.{key}", value)


def stored_type(name, values, kind):
    """Vectors, routers and the tables of positions and token types stay F32, as in the files that llama.cpp writes."""
    tables = ("position_embd.weight", "token_types.weight")
    return F32 if values.ndim < 2 or name in tables or "ffn_gate_inp" in name else kind


def write(m, path):
    with model_file(path, m.architecture, m.kind) as out:
        add_keys(out, m)
        add_encoder_bpe(out, token_types=max(1, m.token_types), is_roberta="roberta" in m.name)
        add_tensors(out, draw(m), lambda name, values: stored_type(name, values, m.kind))


def main():
    folder = arguments_of(__doc__).parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    for m in ENCODERS:
        path = folder / (m.name + ("" if m.kind == Q8_0 else "-f16") + ".gguf")
        write(m, path)
        print(f"{path.name:32} {path.stat().st_size:8,}")


if __name__ == "__main__":
    main()
