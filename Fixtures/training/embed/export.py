"""Writes the model as GGUF: matrices as Q8_0, the rest as F32, and the tokenizer."""
import gguf

SPECIALS = {"[PAD]": "padding", "[UNK]": "unknown", "[CLS]": "bos", "[SEP]": "eos", "[MASK]": "mask"}


def write_metadata(writer, config, tokenizer):
    writer.add_type("model")
    writer.add_name("swiftlet-embed")
    writer.add_description("A very small sentence embedding model, distilled from MiniLM on package descriptions.")
    writer.add_license("apache-2.0")
    writer.add_languages(["en"])
    writer.add_context_length(config.positions)
    writer.add_embedding_length(config.hidden)
    writer.add_block_count(config.layers)
    writer.add_feed_forward_length(config.feed_forward)
    writer.add_head_count(config.heads)
    writer.add_layer_norm_eps(config.norm_epsilon)
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)

    tokens = [tokenizer.id_to_token(i) for i in range(config.vocab)]
    writer.add_token_type_count(config.types)
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("jina-v2-en")
    writer.add_token_list([t if t in SPECIALS else t[2:] if t.startswith("##") and len(t) > 2 else "\u2581" + t for t in tokens])
    writer.add_token_types([gguf.TokenType.CONTROL if t in SPECIALS else gguf.TokenType.NORMAL for t in tokens])
    ids = {name: tokenizer.token_to_id(token) for token, name in SPECIALS.items()}
    writer.add_bos_token_id(ids["bos"])
    writer.add_eos_token_id(ids["eos"])
    writer.add_unk_token_id(ids["unknown"])
    writer.add_sep_token_id(ids["eos"])
    writer.add_pad_token_id(ids["padding"])
    writer.add_mask_token_id(ids["mask"])
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(True)
    writer.add_add_sep_token(False)
    writer.add_bool("tokenizer.ggml.normalizer.lowercase", True)


def tensors(model):
    """Name in GGUF, module's parameters."""
    yield "token_embd.weight", model.tokens.weight
    yield "position_embd.weight", model.positions.weight
    yield "token_types.weight", model.types.weight
    named = [("token_embd_norm", model.norm)]
    for i, layer in enumerate(model.layers):
        named += [(f"blk.{i}.{name}", module) for name, module in (
            ("attn_q", layer.q), ("attn_k", layer.k), ("attn_v", layer.v), ("attn_output", layer.output),
            ("attn_output_norm", layer.attention_norm), ("ffn_up", layer.up), ("ffn_down", layer.down), ("layer_output_norm", layer.norm))]
    for name, module in named:
        yield name + ".weight", module.weight
        yield name + ".bias", module.bias


def write_gguf(path, model, tokenizer):
    writer = gguf.GGUFWriter(str(path), "bert")
    write_metadata(writer, model.config, tokenizer)
    q8 = gguf.GGMLQuantizationType.Q8_0
    for name, weights in tensors(model):
        data = weights.detach().float().contiguous().numpy()
        if data.ndim == 1 or name.startswith(("position_embd", "token_types")):
            writer.add_tensor(name, data.copy())
        else:
            writer.add_tensor(name, gguf.quants.quantize(data, q8), raw_dtype=q8)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def read_gguf(path):
    """The model of a file, with its weights dequantized, and its tokens' texts as in the file."""
    import torch

    from model import Bert, Config

    reader = gguf.GGUFReader(str(path))
    value = {name: field.contents() for name, field in reader.fields.items()}
    tokens = value["tokenizer.ggml.tokens"]
    model = Bert(Config(len(tokens), value["bert.embedding_length"], value["bert.block_count"], value["bert.attention.head_count"],
                        value["bert.feed_forward_length"], value["bert.context_length"], value["tokenizer.ggml.token_type_count"],
                        value["bert.attention.layer_norm_epsilon"])).eval()
    stored = {t.name: torch.tensor(gguf.quants.dequantize(t.data, t.tensor_type)) for t in reader.tensors}
    with torch.no_grad():
        for name, weights in tensors(model):
            weights.copy_(stored[name].reshape(weights.shape))
    return model, tokens


def tokenizer_of(tokens):
    """Hugging Face's WordPiece with the tokens of a file."""
    from vocabulary import wordpiece

    plain = [t if t in SPECIALS else t[1:] if t.startswith("\u2581") else "##" + t for t in tokens]
    return wordpiece({t: i for i, t in enumerate(plain)})
