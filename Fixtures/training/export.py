"""Writes the model as GGUF: matrices as Q8_0, norms as F32, the tokenizer and the chat template in the metadata."""
import gguf

# The text the model was trained on, turn by turn. A system message becomes a line in front.
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] == 'user' %}{{ 'Q: ' + message['content'] + '\\n' }}"
    "{% elif message['role'] == 'assistant' %}{{ 'A: ' + message['content'] + '<|endoftext|>\\n' }}"
    "{% else %}{{ message['content'] + '\\n' }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ 'A:' }}{% endif %}"
)


def write_metadata(writer, config, tokenizer):
    writer.add_name("Swiftlet Chat")
    writer.add_description("A very small chat model that answers questions about Swiftlet, simple facts and small sums.")
    writer.add_license("apache-2.0")
    writer.add_languages(["en"])
    writer.add_context_length(config.context)
    writer.add_embedding_length(config.hidden)
    writer.add_block_count(config.layers)
    writer.add_feed_forward_length(config.feed_forward)
    writer.add_head_count(config.heads)
    writer.add_head_count_kv(config.kv_heads)
    writer.add_rope_dimension_count(config.head_size)
    writer.add_rope_freq_base(config.rope_base)
    writer.add_layer_norm_rms_eps(config.norm_epsilon)
    writer.add_vocab_size(config.vocab)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)

    specials = len(tokenizer.specials)
    plain = len(tokenizer.tokens) - specials
    end = tokenizer.id_of["<|endoftext|>"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokenizer.tokens)
    writer.add_token_types([gguf.TokenType.NORMAL] * plain + [gguf.TokenType.CONTROL] * specials)
    writer.add_token_merges([f"{a} {b}" for a, b in tokenizer.merges])
    writer.add_bos_token_id(end)
    writer.add_eos_token_id(end)
    writer.add_pad_token_id(tokenizer.id_of["<|pad|>"])
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def tensors(model):
    """Name in GGUF, weights."""
    yield "token_embd.weight", model.embedding.weight
    for i, b in enumerate(model.blocks):
        yield f"blk.{i}.attn_norm.weight", b.attention_norm.weight
        yield f"blk.{i}.attn_q.weight", b.attention.q.weight
        yield f"blk.{i}.attn_k.weight", b.attention.k.weight
        yield f"blk.{i}.attn_v.weight", b.attention.v.weight
        yield f"blk.{i}.attn_output.weight", b.attention.output.weight
        yield f"blk.{i}.ffn_norm.weight", b.ffn_norm.weight
        yield f"blk.{i}.ffn_gate.weight", b.ffn.gate.weight
        yield f"blk.{i}.ffn_up.weight", b.ffn.up.weight
        yield f"blk.{i}.ffn_down.weight", b.ffn.down.weight
    yield "output_norm.weight", model.norm.weight


def write_gguf(path, model, tokenizer):
    writer = gguf.GGUFWriter(str(path), "llama")
    write_metadata(writer, model.config, tokenizer)
    for name, weights in tensors(model):
        data = weights.detach().float().contiguous().numpy()
        if data.ndim == 1:
            writer.add_tensor(name, data)
        else:
            q8 = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(name, gguf.quants.quantize(data, q8), raw_dtype=q8)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    import argparse

    from evaluate import load

    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("checkpoint")
    p.add_argument("out")
    a = p.parse_args()
    write_gguf(a.out, *load(a.checkpoint))
