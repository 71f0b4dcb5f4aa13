"""The tiny encoders as models of Hugging Face `transformers`: a second oracle, for the families that it has."""
import numpy as np
import torch
import transformers as hf

VOCABULARY, CONTEXT = 288, 64
BERT_LAYER = {"attn_q": "attention.self.query", "attn_k": "attention.self.key", "attn_v": "attention.self.value",
              "attn_output": "attention.output.dense", "attn_output_norm": "attention.output.LayerNorm",
              "ffn_up": "intermediate.dense", "ffn_down": "output.dense", "layer_output_norm": "output.LayerNorm"}
DISTIL_LAYER = {"attn_q": "attention.q_lin", "attn_k": "attention.k_lin", "attn_v": "attention.v_lin",
                "attn_output": "attention.out_lin", "attn_output_norm": "sa_layer_norm", "ffn_up": "ffn.lin1",
                "ffn_down": "ffn.lin2", "layer_output_norm": "output_layer_norm"}
MODERN_LAYER = {"attn_qkv": "attn.Wqkv", "attn_output": "attn.Wo", "attn_norm": "attn_norm", "ffn_norm": "mlp_norm",
                "ffn_up": "mlp.Wi", "ffn_down": "mlp.Wo"}

NOMIC_LAYER = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
               "attn_output": "self_attn.o_proj", "attn_output_norm": "post_attention_layernorm",
               "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
               "layer_output_norm": "post_mlp_layernorm"}


def common(e):
    return dict(vocab_size=VOCABULARY, hidden_size=e.key("embedding_length"), num_hidden_layers=e.key("block_count"),
                num_attention_heads=e.heads, intermediate_size=e.key("feed_forward_length"), layer_norm_eps=e.epsilon,
                attn_implementation="eager")


def bert(e, roberta):
    offset = 2 if roberta else 0
    kind = hf.RobertaConfig if roberta else hf.BertConfig
    config = kind(**common(e), max_position_embeddings=CONTEXT + offset, hidden_act="gelu", pad_token_id=1 if roberta else 0,
                  type_vocab_size=len(e.tensors["token_types.weight"]))
    model = (hf.RobertaModel if roberta else hf.BertModel)(config, add_pooling_layer=False)
    names = {"token_embd": "embeddings.word_embeddings", "position_embd": "embeddings.position_embeddings",
             "token_types": "embeddings.token_type_embeddings", "token_embd_norm": "embeddings.LayerNorm"}
    return model, names, "encoder.layer.", BERT_LAYER


def distilbert(e):
    config = hf.DistilBertConfig(vocab_size=VOCABULARY, dim=e.key("embedding_length"), n_layers=e.key("block_count"),
                                 n_heads=e.heads, hidden_dim=e.key("feed_forward_length"), activation="gelu",
                                 max_position_embeddings=CONTEXT, attn_implementation="eager")
    names = {"token_embd": "embeddings.word_embeddings", "position_embd": "embeddings.position_embeddings",
             "token_embd_norm": "embeddings.LayerNorm"}
    return hf.DistilBertModel(config), names, "transformer.layer.", DISTIL_LAYER


def modern_bert(e):
    config = hf.ModernBertConfig(
        **(common(e) | dict(norm_eps=e.epsilon)), global_attn_every_n_layers=e.key("attention.sliding_window_pattern"),
        local_attention=e.key("attention.sliding_window"), max_position_embeddings=CONTEXT, pad_token_id=0,
        rope_parameters={"full_attention": {"rope_type": "default", "rope_theta": e.key("rope.freq_base")},
                         "sliding_attention": {"rope_type": "default", "rope_theta": e.key("rope.freq_base_swa")}})
    names = {"token_embd": "embeddings.tok_embeddings", "token_embd_norm": "embeddings.norm", "output_norm": "final_norm"}
    return hf.ModernBertModel(config), names, "layers.", MODERN_LAYER


def nomic_bert(e):
    config = hf.NomicBertConfig(
        **common(e), max_position_embeddings=CONTEXT, type_vocab_size=len(e.tensors["token_types.weight"]),
        rope_parameters={"rope_type": "default", "rope_theta": e.key("rope.freq_base")})
    names = {"token_embd": "embeddings.word_embeddings", "token_types": "embeddings.token_type_embeddings",
             "token_embd_norm": "embeddings.LayerNorm"}
    return hf.NomicBertModel(config, add_pooling_layer=False), names, "layers.", NOMIC_LAYER


def states(e, sequences, name):
    """The states of each sequence, or nothing for a family that the package lacks."""
    if e.family == "bert":
        is_distil, is_roberta = "distil" in name, "roberta" in name
        model, names, prefix, layer = distilbert(e) if is_distil else bert(e, is_roberta)
    elif e.family == "modern-bert":
        model, names, prefix, layer = modern_bert(e)
    elif e.family == "nomic-bert":
        model, names, prefix, layer = nomic_bert(e)
    else:
        return None
    own = model.double().eval().state_dict()
    loaded = set()

    def load(key, values):
        if own[key].shape[0] == len(values) + 2:  # RoBERTa's rows of padding, which files leave out
            values = np.concatenate([np.zeros((2, values.shape[1])), values])
        own[key].copy_(torch.from_numpy(np.ascontiguousarray(values)))
        loaded.add(key)

    for key, values in e.tensors.items():
        stem, ending = key.rsplit(".", 1)
        if stem.startswith("blk."):
            _, number, part = stem.split(".")
            if part == "attn_qkv" and part not in layer:
                for place, third in zip(("attn_q", "attn_k", "attn_v"), np.split(values, 3)):
                    load(f"{prefix}{number}.{layer[place]}.{ending}", third)
            else:
                load(f"{prefix}{number}.{layer[part]}.{ending}", values)
        elif stem in names:
            load(f"{names[stem]}.{ending}", values)
    missing = [key for key in own if key not in loaded and "position_ids" not in key and "inv_freq" not in key
               and "token_type_ids" not in key]
    assert not missing, missing
    results = []
    with torch.no_grad():
        for ids, first_segment in sequences:
            inputs = {"input_ids": torch.tensor([ids])}
            if e.has("token_types") and len(e.tensors["token_types.weight"]) > 1 and first_segment is not None:
                inputs["token_type_ids"] = torch.tensor([[int(i >= first_segment) for i in range(len(ids))]])
            if e.family == "bert" and "roberta" in name:  # which else takes an id for the padding
                inputs["position_ids"] = torch.arange(len(ids))[None] + 2
            inputs["attention_mask"] = torch.ones(1, len(ids), dtype=torch.long)
            results.append(model(**inputs).last_hidden_state[0].numpy())
    return results
