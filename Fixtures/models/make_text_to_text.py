#!/usr/bin/env python3
"""Writes the tiny random-weight T5 models of this folder.

    pip install gguf numpy
    make_text_to_text.py [--out FOLDER]        # default: the folder of this file

Every file is a function of this folder's scripts alone, as those of make_models.py are.
"""
import dataclasses


from make_models import CONTEXT, Weights
from vocabularies import VOCABULARY_SIZE, add_unigram
from writing import add_tensors, arguments_of, F32, model_file, Q8_0, write_files

BUCKETS = 32


@dataclasses.dataclass(frozen=True)
class Model:
    """One set of weights, written once for each tensor type."""
    name: str
    types: tuple
    seed: int
    gated: bool = True
    tied: bool = False
    bias_in_every_layer: bool = False
    has_decoder: bool = True
    hidden: int = 64
    feed_forward: int = 96
    heads: int = 3
    head_dimension: int = 32  # heads * head_dimension is not the hidden size
    encoder_layers: int = 3
    decoder_layers: int = 2
    epsilon: float = 1e-2

    @property
    def architecture(self):
        return "t5" if self.has_decoder else "t5encoder"


MODELS = (
    Model("t5", (F32, Q8_0), seed=31),
    Model("t5-tied", (F32,), seed=32, gated=False, tied=True, hidden=32, feed_forward=48, heads=2, head_dimension=16),
    Model("t5-every-bias", (F32,), seed=33, bias_in_every_layer=True, hidden=32, feed_forward=48, heads=2,
          head_dimension=16),
    Model("t5-encoder", (F32,), seed=34, has_decoder=False, hidden=32, feed_forward=48, heads=2, head_dimension=16),
)


def draw_attention(w, name, m):
    inner = m.heads * m.head_dimension
    # Scores are not divided by the root of the dimension, so the weights are smaller by it.
    w.matrix(name + "q", inner, m.hidden, 1.4 / m.head_dimension ** 0.5)
    w.matrix(name + "k", inner, m.hidden, 1.4)
    w.matrix(name + "v", inner, m.hidden)
    w.matrix(name + "o", m.hidden, inner)


def draw(m):
    """All tensors of a model in float32, by name."""
    w = Weights(m.seed)
    w.matrix("token_embd", VOCABULARY_SIZE, m.hidden, 2.0 * m.hidden ** 0.5)
    if m.has_decoder and not m.tied:
        w.matrix("output", VOCABULARY_SIZE, m.hidden, 2.0)
    for stage, layers in (("enc", m.encoder_layers), ("dec", m.decoder_layers if m.has_decoder else 0)):
        for layer in range(layers):
            block = f"{stage}.blk.{layer}."
            w.norm(block + "attn_norm", m.hidden)
            draw_attention(w, block + "attn_", m)
            if layer == 0 or m.bias_in_every_layer:
                w.matrix(block + "attn_rel_b", BUCKETS, m.heads, m.heads ** 0.5)
            if stage == "dec":
                w.norm(block + "cross_attn_norm", m.hidden)
                draw_attention(w, block + "cross_attn_", m)
            w.norm(block + "ffn_norm", m.hidden)
            if m.gated:
                w.matrix(block + "ffn_gate", m.feed_forward, m.hidden, 1.4)
            w.matrix(block + "ffn_up", m.feed_forward, m.hidden, 1.4)
            w.matrix(block + "ffn_down", m.hidden, m.feed_forward)
        if layers:
            w.norm(f"{stage}.output_norm", m.hidden)
    # The end comes often enough for searches to end.
    w.tensors["output.weight" if "output.weight" in w.tensors else "token_embd.weight"][1] *= 2.5
    return w.tensors


def write(m, kind, tensors, path):
    with model_file(path, m.architecture, kind) as out:
        out.add_context_length(CONTEXT)
        out.add_embedding_length(m.hidden)
        out.add_block_count(m.encoder_layers)
        if m.has_decoder:
            out.add_decoder_block_count(m.decoder_layers)
            out.add_decoder_start_token_id(0)
        out.add_feed_forward_length(m.feed_forward)
        out.add_head_count(m.heads)
        out.add_key_length(m.head_dimension)
        out.add_value_length(m.head_dimension)
        out.add_layer_norm_rms_eps(m.epsilon)
        out.add_relative_attn_buckets_count(BUCKETS)
        add_unigram(out)
        add_tensors(out, tensors, lambda name, values: F32 if values.ndim < 2 or "attn_rel_b" in name else kind)


if __name__ == "__main__":
    write_files(MODELS, draw, write, arguments_of(__doc__).parse_args().out)
