#!/usr/bin/env python3
"""Writes the tiny random-weight GGUF models of this folder that are mixtures of experts or have latent attention.

    pip install gguf numpy
    make_mixtures.py [--out FOLDER]        # default: the folder of this file

As make_models.py, whose draws these are: one entry for each set of weights, with what differs from Llama.
"""
import dataclasses


from make_models import CONTEXT, Weights, WINDOW_CONTEXT
from vocabularies import add_byte_level_bpe, VOCABULARY_SIZE
from writing import add_hyperparameters, add_tensors, arguments_of, F32, model_file, MXFP4, Q8_0, write_files


@dataclasses.dataclass(frozen=True)
class Latent:
    """Ranks of the vectors that queries and keys come from, and columns of a head: plain, rotated, of its value."""
    query: int = 32
    rank: int = 32
    plain: int = 32
    rotated: int = 8
    value: int = 32
    is_expanded: bool = False


@dataclasses.dataclass(frozen=True)
class Mixture:
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
    experts: int = 4
    used: int = 2
    size: int = 32
    shared: int = 0
    dense: int = 0
    step: int = 1
    router_scale: float = 2.0
    latent: Latent | None = None
    head_norms: str | None = None
    second_norm: str = "ffn_norm"
    has_biases: bool = False  # of query, key and value
    has_output_bias: bool = False
    has_expert_biases: bool = False
    has_sinks: bool = False
    has_selection_bias: bool = False
    tied: bool = False
    drafts: int = 0
    pre: str = "qwen2"
    factors: tuple = ()
    keys: tuple = ()  # beside those of all

    @property
    def context(self):
        return WINDOW_CONTEXT if any(name == "attention.sliding_window" for name, _ in self.keys) else CONTEXT


YARN = (("rope.scaling.type", "yarn"), ("rope.scaling.factor", 4.0), ("rope.scaling.original_context_length", 32))
SIZES = (("expert_feed_forward_length", 32),)
MODELS = (
    # A rotary base so small that the ramp of YaRN covers all pairs: llama.cpp rounds its ends, the model does not.
    Mixture("gpt-oss", "gpt-oss", seed=31, types=(F32, MXFP4), layers=3, router_scale=8.0, hidden=64, heads=4,
            key_value_heads=2, has_biases=True, has_output_bias=True, has_expert_biases=True, has_sinks=True,
            second_norm="post_attention_norm", pre="gpt-4o",
            keys=(*SIZES, ("attention.sliding_window", 8), ("rope.freq_base", 2.0), *YARN)),
    Mixture("deepseek2", "deepseek2", seed=32, experts=8, shared=32, dense=1, latent=Latent(),
            has_selection_bias=True, pre="deepseek-v3",
            keys=(*SIZES, *YARN, ("rope.scaling.yarn_log_multiplier", 0.0707), ("expert_shared_count", 1),
                  ("expert_gating_func", 2), ("expert_weights_norm", True), ("expert_weights_scale", 2.5),
                  ("expert_group_count", 4), ("expert_group_used_count", 2))),
    # Quantized, with every expert used: no rounding chooses others.
    Mixture("deepseek2-all-experts", "deepseek2", seed=44, types=(Q8_0,), experts=2, shared=32, dense=1, latent=Latent(),
            pre="deepseek-v3", keys=(*SIZES, ("expert_shared_count", 1))),
    Mixture("deepseek2-expanded", "deepseek2", seed=33, shared=64, dense=1, pre="deepseek-llm",
            latent=Latent(query=12, rank=20, plain=12, rotated=4, value=8, is_expanded=True),
            keys=(*SIZES, ("expert_shared_count", 2), ("expert_weights_scale", 1.5))),
    Mixture("minicpm3", "minicpm3", seed=34, experts=0,
            latent=Latent(query=12, rank=20, plain=12, rotated=8, value=16, is_expanded=True),
            factors=(1.0, 1.5, 2.0, 4.0), keys=(("rope.scaling.original_context_length", 32),)),
    Mixture("deepseek", "deepseek", seed=35, shared=64, dense=1, pre="deepseek-llm",
            keys=(*SIZES, ("expert_shared_count", 2), ("expert_weights_scale", 1.5))),
    Mixture("olmoe", "olmoe", seed=36, size=48, key_value_heads=2, head_norms="all"),
    Mixture("granitemoe", "granitemoe", seed=37, size=48, shared=40, tied=True,
            keys=(("expert_shared_feed_forward_length", 40), ("embedding_scale", 0.5), ("residual_scale", 0.8),
                  ("attention.scale", 0.3), ("logit_scale", 0.5))),
    Mixture("glm4moe", "glm4moe", seed=38, layers=4, shared=32, dense=1, drafts=1, has_biases=True, head_norms="each",
            has_selection_bias=True, second_norm="post_attention_norm", pre="glm4",
            keys=(*SIZES, ("expert_shared_count", 1), ("expert_weights_norm", True), ("expert_weights_scale", 1.5),
                  ("rope.dimension_count", 8))),
    # llama.cpp loads experts in every layer behind the dense ones, whatever the step.
    Mixture("ernie4_5-moe", "ernie4_5-moe", seed=39, shared=40, dense=1, has_selection_bias=True,
            keys=(*SIZES, ("expert_shared_feed_forward_length", 40), ("interleave_moe_layer_step", 1))),
    Mixture("hunyuan-moe", "hunyuan-moe", seed=40, size=48, shared=40, head_norms="each", tied=True, pre="hunyuan",
            keys=(("expert_feed_forward_length", 48), ("expert_shared_feed_forward_length", 40))),
    Mixture("dots1", "dots1", seed=41, key_value_heads=2, shared=64, dense=1, has_selection_bias=True,
            head_norms="each", keys=(*SIZES, ("expert_shared_count", 2), ("expert_gating_func", 2), ("expert_weights_norm", True),
                  ("expert_weights_scale", 2.5))),
    Mixture("bailingmoe", "bailingmoe", seed=42, shared=64, pre="bailingmoe",
            keys=(*SIZES, ("expert_shared_count", 2), ("expert_weights_norm", True))),
    Mixture("llama4", "llama4", seed=43, layers=5, used=1, shared=32, step=2, pre="llama4",
            keys=(*SIZES, ("interleave_moe_layer_step", 2))),
)


def draw(m):
    w = Weights(m.seed)
    w.matrix("token_embd", VOCABULARY_SIZE, m.hidden, 2.0)
    w.norm("output_norm", m.hidden)
    if not m.tied:
        w.matrix("output", VOCABULARY_SIZE, m.hidden, 2.0)
    for layer in range(m.layers):
        block = f"blk.{layer}."
        w.norm(block + "attn_norm", m.hidden)
        if m.latent:
            draw_latent(w, block, m, m.latent)
        else:
            draw_attention(w, block, m)
        w.norm(block + m.second_norm, m.hidden)
        if m.experts and layer >= m.dense and (layer + 1) % m.step == 0:
            draw_experts(w, block, m)
        else:
            draw_feed_forward(w, block, "", m.feed_forward, m)
        if layer >= m.layers - m.drafts:
            w.matrix(block + "nextn.eh_proj", m.hidden, 2 * m.hidden)
            w.norm(block + "nextn.enorm", m.hidden)
            w.norm(block + "nextn.hnorm", m.hidden)
    if m.factors:
        for name in ("long", "short"):
            w.vector(f"rope_factors_{name}.weight", len(m.factors), m.factors, 0.0)
    return w.tensors


def draw_attention(w, block, m):
    query, key_value = m.heads * m.head_dimension, m.key_value_heads * m.head_dimension
    w.matrix(block + "attn_q", query, m.hidden, 1.4)
    w.matrix(block + "attn_k", key_value, m.hidden, 1.4)
    w.matrix(block + "attn_v", key_value, m.hidden)
    w.matrix(block + "attn_output", m.hidden, query)
    if m.head_norms:
        is_whole = m.head_norms == "all"
        w.norm(block + "attn_q_norm", query if is_whole else m.head_dimension)
        w.norm(block + "attn_k_norm", key_value if is_whole else m.head_dimension)
    if m.has_biases:
        for name, size in (("q", query), ("k", key_value), ("v", key_value)):
            w.bias(block + "attn_" + name, size)
    if m.has_output_bias:
        w.bias(block + "attn_output", m.hidden)
    if m.has_sinks:
        w.vector(block + "attn_sinks.weight", m.heads, 0.0, 1.0)


def draw_latent(w, block, m, latent):
    w.matrix(block + "attn_q_a", latent.query, m.hidden)
    w.norm(block + "attn_q_a_norm", latent.query)
    w.matrix(block + "attn_q_b", m.heads * (latent.plain + latent.rotated), latent.query, 1.4)
    w.matrix(block + "attn_kv_a_mqa", latent.rank + latent.rotated, m.hidden, 1.4)
    w.norm(block + "attn_kv_a_norm", latent.rank)
    if latent.is_expanded:
        w.matrix(block + "attn_kv_b", m.heads * (latent.plain + latent.value), latent.rank)
    else:
        w.matrix(block + "attn_k_b", (m.heads, latent.rank), latent.plain)
        w.matrix(block + "attn_v_b", (m.heads, latent.value), latent.rank)
    w.matrix(block + "attn_output", m.hidden, m.heads * latent.value)


def draw_feed_forward(w, block, suffix, size, m):
    w.matrix(block + "ffn_gate" + suffix, size, m.hidden, 1.4)
    w.matrix(block + "ffn_up" + suffix, size, m.hidden, 1.4)
    w.matrix(block + "ffn_down" + suffix, m.hidden, size)


def draw_experts(w, block, m):
    w.matrix(block + "ffn_gate_inp", m.experts, m.hidden, m.router_scale)
    w.matrix(block + "ffn_gate_exps", (m.experts, m.size), m.hidden, 1.4)
    w.matrix(block + "ffn_up_exps", (m.experts, m.size), m.hidden, 1.4)
    w.matrix(block + "ffn_down_exps", (m.experts, m.hidden), m.size)
    if m.has_expert_biases:
        w.bias(block + "ffn_gate_inp", m.experts)
        w.bias(block + "ffn_gate_exps", (m.experts, m.size))
        w.bias(block + "ffn_up_exps", (m.experts, m.size))
        w.bias(block + "ffn_down_exps", (m.experts, m.hidden))
    if m.has_selection_bias:
        w.bias(block + "exp_probs_b", m.experts)
    if m.shared:
        draw_feed_forward(w, block, "_shexp", m.shared, m)


def hyperparameters(m):
    """Keys below the architecture's name."""
    keys = {"context_length": m.context, "embedding_length": m.hidden, "block_count": m.layers,
            "feed_forward_length": m.feed_forward, "attention.head_count": m.heads,
            "attention.head_count_kv": m.key_value_heads, "attention.layer_norm_rms_epsilon": 1e-3,
            "attention.key_length": m.head_dimension, "attention.value_length": m.head_dimension,
            "rope.dimension_count": m.head_dimension, "vocab_size": VOCABULARY_SIZE}
    if m.experts:
        keys |= {"expert_count": m.experts, "expert_used_count": m.used}
    if m.dense:
        keys["leading_dense_block_count"] = m.dense
    if m.drafts:
        keys["nextn_predict_layers"] = m.drafts
    if m.latent:
        keys |= latent_hyperparameters(m, m.latent)
    return keys | dict(m.keys)


def latent_hyperparameters(m, latent):
    key = latent.plain + latent.rotated
    keys = {"attention.q_lora_rank": latent.query, "attention.kv_lora_rank": latent.rank,
            "rope.dimension_count": latent.rotated}
    if latent.is_expanded:
        return keys | {"attention.head_count_kv": m.heads, "attention.key_length": key,
                       "attention.value_length": latent.value}
    return keys | {"attention.key_length": latent.rank + latent.rotated, "attention.value_length": latent.rank,
                   "attention.key_length_mla": key, "attention.value_length_mla": latent.value}


def stored_type(name, values, kind):
    """Vectors and routers stay F32; so do rows that no whole number of blocks fills, and of MXFP4 all but experts."""
    stays = values.ndim < 2 or name.endswith(("ffn_gate_inp.weight", ".bias")) or values.shape[-1] % 32
    return F32 if stays or (kind == MXFP4 and "_exps" not in name) else kind


def write(m, kind, tensors, path):
    with model_file(path, m.architecture, kind) as out:
        add_hyperparameters(out, m.architecture, hyperparameters(m))
        add_byte_level_bpe(out, m.pre)
        add_tensors(out, tensors, lambda name, values: stored_type(name, values, kind))


if __name__ == "__main__":
    write_files(MODELS, draw, write, arguments_of(__doc__).parse_args().out)
