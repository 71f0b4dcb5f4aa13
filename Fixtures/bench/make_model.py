#!/usr/bin/env python3
"""Writes a GGUF of random weights in the shape of a known model: speed does not depend on the weights' values.

    make_model.py --shape llama-1b --type q4_0 --vocab some.gguf out.gguf

Needs: pip install gguf numpy
"""
import argparse

import gguf
import numpy

# name: architecture, layers, hidden size, feed-forward size, heads, key/value heads, elements of a head, RoPE's base
SHAPES = {
    "llama-1b": ("llama", 22, 2048, 5632, 32, 4, 64, 1e4),
    "qwen2-0.5b": ("qwen2", 24, 896, 4864, 14, 2, 64, 1e6),
    "llama-15m": ("llama", 6, 288, 768, 6, 6, 48, 1e4),
    "mixtral-1b": ("llama", 10, 1024, 3584, 16, 4, 64, 1e6),
    "qwen35-0.8b": ("qwen35", 24, 1024, 3584, 8, 2, 256, 1e7),
}
# Experts of a layer, and how many of them a token has.
EXPERTS = {"mixtral-1b": (8, 2)}
# The same of state spaces by heads: architecture, layers, hidden size, heads, channels of a head, numbers of a channel,
# groups, width of the convolution
STATE_SPACES = {"mamba2-1b": ("mamba2", 48, 2048, 64, 64, 128, 1, 4)}
# Of gated delta nets: heads, columns of a head, width of the convolution, layers from one attention to the next.
DELTA_NETS = {"qwen35-0.8b": (16, 128, 4, 4)}
TYPES = {name: gguf.GGMLQuantizationType[name.upper()] for name in ("f16", "q8_0", "q4_0")}


class ModelWriter:
    """Adds tensors of random weights to a file."""

    def __init__(self, path, architecture, kind, seed):
        self.file = gguf.GGUFWriter(path, architecture)
        self.kind = kind
        self.random = numpy.random.default_rng(seed)

    def matrix(self, name, rows, columns, count=None, kind=None):
        """`[rows, columns]`, or `count` of them in one tensor."""
        shape = (rows, columns) if count is None else (count, rows, columns)
        values = self.random.standard_normal(shape, dtype=numpy.float32) * numpy.float32(columns**-0.5)
        if kind == "f32":
            self.file.add_tensor(name + ".weight", values)
        elif self.kind == "f16":
            self.file.add_tensor(name + ".weight", values.astype(numpy.float16))
        else:
            quantized = gguf.quants.quantize(values, TYPES[self.kind])
            self.file.add_tensor(name + ".weight", quantized, raw_dtype=TYPES[self.kind])

    def vector(self, name, count, mean):
        """`[count]`, or of that shape."""
        noise = self.random.standard_normal(count, dtype=numpy.float32) * numpy.float32(0.1)
        self.file.add_tensor(name, noise + numpy.float32(mean))

    def close(self):
        self.file.write_header_to_file()
        self.file.write_kv_data_to_file()
        self.file.write_tensors_to_file()
        self.file.close()


def add_delta_net_keys(file, architecture, heads, size, width, interval):
    file.add_rope_dimension_sections([11, 11, 10, 0])
    file.add_ssm_conv_kernel(width)
    file.add_ssm_state_size(size)
    file.add_ssm_group_count(heads)
    file.add_ssm_time_step_rank(heads)
    file.add_ssm_inner_size(heads * size)
    file.add_uint32(f"{architecture}.full_attention_interval", interval)


def add_delta_net(model, name, hidden, heads, size, width):
    """A gated delta net (arXiv:2412.06464) in the place of attention."""
    inner = heads * size
    for matrix, rows, columns in (
        ("attn_qkv", 3 * inner, hidden), ("attn_gate", inner, hidden), ("ssm_alpha", heads, hidden),
        ("ssm_beta", heads, hidden), ("ssm_out", hidden, inner),
    ):
        model.matrix(name + matrix, rows, columns)
    model.matrix(name + "ssm_conv1d", 3 * inner, width, kind="f32")
    model.vector(name + "ssm_norm.weight", size, 1)
    model.vector(name + "ssm_dt.bias", heads, 0)
    model.vector(name + "ssm_a", heads, -0.5)


def copy_vocabulary(file, path):
    """Copies the tokenizer of another file; returns the number of its tokens."""
    count = 0
    for field in gguf.GGUFReader(path).fields.values():
        if not field.name.startswith("tokenizer."):
            continue
        value = field.contents()
        if field.types[0] == gguf.GGUFValueType.ARRAY:
            file.add_array(field.name, value)
            if field.name == "tokenizer.ggml.tokens":
                count = len(value)
        else:
            file.add_key_value(field.name, value, field.types[0])
    if count == 0:
        raise SystemExit(f"{path} has no tokenizer")
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--shape", choices=[*SHAPES, *STATE_SPACES], required=True)
    parser.add_argument("--type", choices=TYPES, required=True)
    parser.add_argument("--vocab", required=True, help="a GGUF whose tokenizer is copied")
    parser.add_argument("--context", type=int, default=4096)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    architecture, layers, hidden = (SHAPES | STATE_SPACES)[options.shape][:3]
    model = ModelWriter(options.out, architecture, options.type, options.seed)
    model.file.add_name(f"{options.shape}, random weights")
    model.file.add_context_length(options.context)
    model.file.add_embedding_length(hidden)
    model.file.add_block_count(layers)
    model.file.add_layer_norm_rms_eps(1e-5)
    vocabulary = copy_vocabulary(model.file, options.vocab)
    model.file.add_vocab_size(vocabulary)
    model.matrix("token_embd", vocabulary, hidden)
    model.matrix("output", vocabulary, hidden)
    model.vector("output_norm.weight", hidden, 1)
    if options.shape in STATE_SPACES:
        write_state_spaces(model, *STATE_SPACES[options.shape][1:])
    else:
        write_transformer(model, options.shape)
    model.close()


def write_state_spaces(model, layers, hidden, heads, head, state, groups, width):
    inner, convolved = heads * head, heads * head + 2 * groups * state
    file = model.file
    file.add_feed_forward_length(0)
    file.add_head_count(0)
    file.add_ssm_conv_kernel(width)
    file.add_ssm_inner_size(inner)
    file.add_ssm_state_size(state)
    file.add_ssm_time_step_rank(heads)
    file.add_ssm_group_count(groups)
    for layer in range(layers):
        name = f"blk.{layer}."
        model.vector(name + "attn_norm.weight", hidden, 1)
        model.matrix(name + "ssm_in", inner + convolved + heads, hidden)
        model.matrix(name + "ssm_conv1d", convolved, width, kind="f32")
        model.vector(name + "ssm_conv1d.bias", convolved, 0)
        model.vector(name + "ssm_dt.bias", heads, -2)
        model.vector(name + "ssm_a", (heads, 1), -1)
        model.vector(name + "ssm_d", (heads, 1), 1)
        model.vector(name + "ssm_norm.weight", (groups, inner // groups), 1)
        model.matrix(name + "ssm_out", hidden, inner)


def write_transformer(model, shape):
    architecture, layers, hidden, inner, heads, pairs, head, base = SHAPES[shape]
    file = model.file
    file.add_feed_forward_length(inner)
    file.add_head_count(heads)
    file.add_head_count_kv(pairs)
    delta_net = DELTA_NETS.get(shape)
    if delta_net:
        add_delta_net_keys(file, architecture, *delta_net)
        file.add_key_length(head)
        file.add_value_length(head)
    file.add_rope_dimension_count(head // 4 if delta_net else head)
    file.add_rope_freq_base(base)
    experts, used = EXPERTS.get(shape, (0, 0))
    if experts:
        file.add_expert_count(experts)
        file.add_expert_used_count(used)
    for layer in range(layers):
        name = f"blk.{layer}."
        is_linear = bool(delta_net) and (layer + 1) % delta_net[3] != 0
        if is_linear:
            add_delta_net(model, name, hidden, *delta_net[:3])
        elif delta_net:
            for norm in ("attn_q_norm", "attn_k_norm"):
                model.vector(f"{name}{norm}.weight", head, 1)
        for matrix, rows, columns in (
            ("attn_q", (2 if delta_net else 1) * heads * head, hidden), ("attn_k", pairs * head, hidden),
            ("attn_v", pairs * head, hidden),
            ("attn_output", hidden, heads * head), ("ffn_gate", inner, hidden), ("ffn_up", inner, hidden),
            ("ffn_down", hidden, inner),
        ):
            if is_linear and matrix.startswith("attn"):
                continue
            if experts and matrix.startswith("ffn"):
                model.matrix(f"{name}{matrix}_exps", rows, columns, count=experts)
                continue
            model.matrix(name + matrix, rows, columns)
            if architecture == "qwen2" and matrix in ("attn_q", "attn_k", "attn_v"):
                model.vector(f"{name}{matrix}.bias", rows, 0)
        if experts:
            model.matrix(name + "ffn_gate_inp", experts, hidden, kind="f32")
        model.vector(name + "attn_norm.weight", hidden, 1)
        model.vector(name + ("post_attention_norm" if delta_net else "ffn_norm") + ".weight", hidden, 1)


if __name__ == "__main__":
    main()
