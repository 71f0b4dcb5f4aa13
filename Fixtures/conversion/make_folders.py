#!/usr/bin/env python3
"""Writes the tiny models of this folder as transformers saves them, and what they must compute.

    pip install torch transformers tokenizers safetensors numpy
    make_folders.py [--out FOLDER]        # default: the folder of this file

Each model has a folder `NAME/` with config.json, safetensors and a tokenizer, all written by transformers itself.
Decoders have `NAME.json` beside it: token ids of a few texts by Hugging Face's tokenizers, and the logits that
transformers computes of the first in float64. Weights are random: torch's generator gives the same on every machine for
the same version.
"""
import argparse
import json
import pathlib

import tokenizers
import torch
import transformers
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

TEXTS = ["The cat sat on 12345 mats, didn't it?", "  spaces\n\nand lines ", "naïve café 日本 🙂", "<|end|>x"]
CORPUS = ["the cat sat on the mat and the dog ran after the cat", "it did not rain on the mat in the end"] * 4
LLAMA_3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
           r"|\s+(?!\S)|\s+")
QWEN_2 = LLAMA_3.replace(r"\p{N}{1,3}", r"\p{N}")
VOCABULARY = 288
COMMON = dict(vocab_size=VOCABULARY, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
              num_key_value_heads=2, max_position_embeddings=64, bos_token_id=None, eos_token_id=VOCABULARY - 1)
SPEECH = dict(vocab_size=382, d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2,
              decoder_attention_heads=4, encoder_ffn_dim=48, decoder_ffn_dim=80, num_mel_bins=24, max_source_positions=100,
              max_target_positions=64, decoder_start_token_id=271, bos_token_id=270, eos_token_id=270, pad_token_id=270,
              suppress_tokens=None, begin_suppress_tokens=None)
ENCODER = dict(vocab_size=160, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
               max_position_embeddings=24)


def byte_level(splitter):
    """Byte-level BPE of 287 tokens and one that ends a text."""
    tokenizer = tokenizers.Tokenizer(models.BPE())
    steps = [pre_tokenizers.Split(tokenizers.Regex(splitter), "isolated")] if splitter else []
    bytes_only = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=not splitter)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps + [bytes_only]) if steps else bytes_only
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=VOCABULARY - 1, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    tokenizer.add_special_tokens(["<|end|>"])
    assert tokenizer.get_vocab_size() == VOCABULARY
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|end|>")


def gemma_pieces():
    """SentencePiece's BPE as Gemma's tokenizer.json has it: bytes for what has no piece, and no space in front."""
    special = ["<pad>", "<eos>", "<bos>", "<unk>"]
    merges = [("t", "h"), ("th", "e"), ("▁", "the"), ("a", "t"), ("▁", "c"), ("o", "n"), ("▁", "s"), ("i", "n"),
              ("s", "at"), ("m", "at"), ("▁", "mat"), ("▁c", "at")]
    pieces = special + [f"<0x{byte:02X}>" for byte in range(256)] + list("▁theacsodinrmgl") + [a + b for a, b in merges]
    pieces += ["x"] * (len(pieces) < VOCABULARY)
    assert len(pieces) == len(set(pieces)) == VOCABULARY
    tokenizer = tokenizers.Tokenizer(models.BPE(
        vocab={piece: i for i, piece in enumerate(pieces)}, merges=merges, unk_token="<unk>", byte_fallback=True,
        fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens(special)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<eos>", bos_token="<bos>", unk_token="<unk>")


def word_piece():
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)]
    pieces = special + letters + ["##" + letter for letter in letters]
    pieces += [".", ",", "!", "?", "the", "cat", "##at", "mat"]
    tokenizer = tokenizers.Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.add_special_tokens(special)
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return transformers.BertTokenizerFast(tokenizer_object=tokenizer)


def unigram():
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    pieces = [(token, 0.0) for token in special] + [("▁", -2.0), ("▁the", -2.5), ("▁cat", -3.0), ("at", -3.5)]
    pieces += [(chr(ord("a") + i), -4.0 - i / 8) for i in range(26)]
    tokenizer = tokenizers.Tokenizer(models.Unigram(pieces, unk_id=3))
    tokenizer.add_special_tokens(special)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>",
        unk_token="<unk>", pad_token="<pad>", mask_token="<mask>")


def draw(kind, config, seed, dtype=torch.float32):
    """A model of the class with random weights, every one of them other than at its start."""
    torch.manual_seed(seed)
    model = kind(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape)
            if parameter.ndim > 1:
                parameter.copy_(noise * (2 if "emb" in name or "wte" in name else 1.4) / parameter.shape[-1] ** 0.5)
            else:
                parameter.copy_(noise * 0.1 + (1 if "norm" in name.lower() or ".ln_" in name else 0))
    return model.to(dtype).eval()


def save(model, tokenizer, folder, shard=None, keeps_generation=False):
    options = {"max_shard_size": shard} if shard else {}
    model.save_pretrained(folder / model.name, **options)
    tokenizer.save_pretrained(folder / model.name)
    if not keeps_generation:
        (folder / model.name / "generation_config.json").unlink(missing_ok=True)


def save_decoder(model, tokenizer, folder, shard=None):
    save(model, tokenizer, folder, shard)
    ids = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in TEXTS]
    with torch.no_grad():
        # Read again: turning the model itself into 16 bits has rounded its rotation frequencies too.
        # Experts one after the other: their grouped products know no float64.
        model64 = type(model).from_pretrained(
            folder / model.name, dtype=torch.float64, experts_implementation="eager")
        logits = model64(torch.tensor(ids[:1])).logits[0]
    rows = [[float(f"{x:.7g}") for x in row] for row in logits[-2:].tolist()]
    expected = {"texts": TEXTS, "ids": ids, "logits": rows}
    (folder / f"{model.name}.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n", encoding="utf-8")


def named(name, model):
    model.name = name
    return model


def speech_tokenizer():
    """Whisper's vocabulary with few tokens of text, three languages, and times up to two seconds."""
    inner = tokenizers.Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=270, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    learned = json.loads(inner.to_str())["model"]
    tasks = ["translate", "transcribe", "startoflm", "startofprev", "nocaptions", "notimestamps"]
    times = [f"{i * 0.02:.2f}" for i in range(SPEECH["max_source_positions"] + 1)]
    special = [f"<|{name}|>" for name in ["endoftext", "startoftranscript", "en", "zh", "de", *tasks]]
    tokenizer = transformers.WhisperTokenizer(
        vocab=learned["vocab"], merges=[tuple(pair) for pair in learned["merges"]],
        additional_special_tokens=special[1:])
    tokenizer.add_tokens([tokenizers.AddedToken(f"<|{time}|>", special=False) for time in times])
    assert tokenizer.convert_tokens_to_ids("<|notimestamps|>") == 280 and len(tokenizer) == SPEECH["vocab_size"]
    return tokenizer


def save_speech(model, tokenizer, folder):
    """A Whisper: what the encoder gives for a spectrogram of a simple formula, and greedy tokens after a prompt."""
    config = model.generation_config
    config.alignment_heads, config.suppress_tokens = [[0, 1], [1, 0]], [3, 7, 270]
    config.begin_suppress_tokens = None
    save(model, tokenizer, folder, shard="100KB", keeps_generation=True)
    extractor = transformers.WhisperFeatureExtractor(feature_size=SPEECH["num_mel_bins"], chunk_length=2)
    extractor.save_pretrained(folder / model.name)
    bands, frames = SPEECH["num_mel_bins"], 2 * SPEECH["max_source_positions"]
    mel = torch.tensor([[(band * 37 + frame * 11 + band * frame) % 64 / 32 - 1 for frame in range(frames)]
                        for band in range(bands)], dtype=torch.float64)
    tokens = tokenizer.convert_tokens_to_ids(["<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>"])
    prompt = len(tokens)
    with torch.no_grad():
        model64 = type(model).from_pretrained(folder / model.name, dtype=torch.float64)
        encoded = model64.model.encoder(mel[None]).last_hidden_state
        for _ in range(20):
            logits = model64(encoder_outputs=(encoded,), decoder_input_ids=torch.tensor([tokens])).logits[0]
            tokens.append(int(logits[-1].argmax()))

    def rounded(rows):
        return [[float(f"{x:.7g}") for x in row] for row in rows.tolist()]
    filters = torch.from_numpy(extractor.mel_filters.T.copy())
    expected = {"texts": TEXTS[:3], "ids": [tokenizer(text, add_special_tokens=False)["input_ids"] for text in TEXTS[:3]],
                "prompt": tokens[:prompt], "greedy": tokens[prompt:], "encoded": rounded(encoded[0, [0, 1, 50, 99]]),
                "positions": [0, 1, 50, 99], "logits": rounded(logits[[prompt - 1, -1]]),
                "filterSums": rounded(filters.sum(1)[None])[0]}
    (folder / f"{model.name}.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n", encoding="utf-8")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent)
    folder = arguments.parse_args().out
    t = transformers
    scaling = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                   original_max_position_embeddings=16)
    llama = t.LlamaConfig(**COMMON, rope_theta=100.0, rope_scaling=scaling, attention_bias=True, rms_norm_eps=1e-5)
    llama = named("llama", draw(t.LlamaForCausalLM, llama, 1, torch.bfloat16))
    save_decoder(llama, byte_level(LLAMA_3), folder, shard="40KB")
    qwen2 = t.Qwen2Config(**COMMON, rope_theta=1e6, tie_word_embeddings=True)
    save_decoder(named("qwen2", draw(t.Qwen2ForCausalLM, qwen2, 2, torch.float16)), byte_level(QWEN_2), folder)
    qwen3 = t.Qwen3Config(**COMMON, head_dim=16, rope_theta=1e6, tie_word_embeddings=True)
    save_decoder(named("qwen3", draw(t.Qwen3ForCausalLM, qwen3, 3, torch.float16)), byte_level(QWEN_2), folder)
    save_mixtures(folder)
    save_gemmas(folder)
    save_relatives(folder)
    gpt2 = t.GPT2Config(vocab_size=VOCABULARY, n_positions=64, n_embd=32, n_layer=2, n_head=4, bos_token_id=287,
                        eos_token_id=287)
    save_decoder(named("gpt2", draw(t.GPT2LMHeadModel, gpt2, 4, torch.float16)), byte_level(None), folder)
    state_space = dict(vocab_size=VOCABULARY, hidden_size=32, state_size=8, num_hidden_layers=2, use_cache=False,
                       bos_token_id=287, eos_token_id=287, pad_token_id=287)
    mamba = t.MambaConfig(**state_space, use_bias=True, layer_norm_epsilon=1e-5)
    save_decoder(named("mamba", draw(t.MambaForCausalLM, mamba, 11, torch.float16)), byte_level(None), folder)
    falcon = t.FalconMambaConfig(**state_space, time_step_rank=6, mixer_rms_eps=1e-3, tie_word_embeddings=False)
    save_decoder(named("falcon-mamba", draw(t.FalconMambaForCausalLM, falcon, 12)), byte_level(None), folder)

    bert = t.BertConfig(**ENCODER)
    save(named("bert", draw(t.BertForMaskedLM, bert, 5)), word_piece(), folder)
    roberta = t.XLMRobertaConfig(**(ENCODER | dict(max_position_embeddings=26)), type_vocab_size=1, num_labels=3,
                                 layer_norm_eps=1e-5)
    save(named("roberta", draw(t.XLMRobertaForSequenceClassification, roberta, 6)), unigram(), folder)
    distilbert = t.DistilBertConfig(vocab_size=160, dim=32, hidden_dim=48, n_layers=2, n_heads=4,
                                    max_position_embeddings=24)
    save(named("distilbert", draw(t.DistilBertModel, distilbert, 7)), word_piece(), folder)
    add_sidecar(folder / "distilbert")
    whisper = draw(t.WhisperForConditionalGeneration, t.WhisperConfig(**SPEECH), 10, torch.float16)
    save_speech(named("whisper", whisper), speech_tokenizer(), folder)


def save_mixtures(folder):
    t = transformers
    mixtral = t.MixtralConfig(**COMMON, num_local_experts=3, num_experts_per_tok=2, rope_theta=1e4)
    save_decoder(named("mixtral", draw(t.MixtralForCausalLM, mixtral, 11, torch.float16)), byte_level(LLAMA_3), folder)
    experts = dict(num_experts_per_tok=2, moe_intermediate_size=24)
    qwen2 = t.Qwen2MoeConfig(**COMMON, **experts, num_experts=3, shared_expert_intermediate_size=40)
    save_decoder(named("qwen2moe", draw(t.Qwen2MoeForCausalLM, qwen2, 12, torch.float16)), byte_level(QWEN_2), folder)
    qwen3 = t.Qwen3MoeConfig(**COMMON, **experts, num_experts=3, head_dim=16, norm_topk_prob=True)
    save_decoder(named("qwen3moe", draw(t.Qwen3MoeForCausalLM, qwen3, 13, torch.float16)), byte_level(QWEN_2), folder)


def save_relatives(folder):
    """Decoders that differ from Llama in little."""
    t = transformers
    mistral = t.MistralConfig(**COMMON, sliding_window=8)
    save_decoder(named("mistral", draw(t.MistralForCausalLM, mistral, 17, torch.float16)), byte_level(LLAMA_3), folder)
    common = COMMON | dict(pad_token_id=0)
    longrope = dict(rope_type="longrope", short_factor=[1.0, 1.1, 1.2], long_factor=[1.5, 2.0, 4.0], rope_theta=1e4,
                    partial_rotary_factor=0.75, original_max_position_embeddings=4)
    phi3 = t.Phi3Config(**common, rope_parameters=longrope, original_max_position_embeddings=4)
    save_decoder(named("phi3", draw(t.Phi3ForCausalLM, phi3, 18, torch.float16)), byte_level(LLAMA_3), folder)
    yarn = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=16, rope_theta=1e3)
    olmo3 = t.Olmo3Config(**(common | dict(num_hidden_layers=3)), sliding_window=8,
                          layer_types=["sliding_attention", "full_attention", "sliding_attention"],
                          rope_parameters=dict(full_attention=yarn, sliding_attention=dict(
                              rope_type="default", rope_theta=1e3)))
    save_decoder(named("olmo3", draw(t.Olmo3ForCausalLM, olmo3, 19, torch.float16)), byte_level(LLAMA_3), folder)
    granite = t.GraniteConfig(**common, embedding_multiplier=0.5, residual_multiplier=0.8, attention_multiplier=0.3,
                              logits_scaling=0.5, tie_word_embeddings=True)
    save_decoder(named("granite", draw(t.GraniteForCausalLM, granite, 20, torch.float16)), byte_level(LLAMA_3), folder)
    smollm3 = t.SmolLM3Config(**(common | dict(num_hidden_layers=5, intermediate_size=32)))
    save_decoder(named("smollm3", draw(t.SmolLM3ForCausalLM, smollm3, 21, torch.float16)), byte_level(LLAMA_3), folder)
    starcoder2 = t.Starcoder2Config(**common)
    save_decoder(named("starcoder2", draw(t.Starcoder2ForCausalLM, starcoder2, 22, torch.float16)), byte_level(LLAMA_3),
                 folder)


def save_gemmas(folder):
    t = transformers
    ids = dict(bos_token_id=2, eos_token_id=1, pad_token_id=0, head_dim=16)
    common = COMMON | ids
    gemma = t.GemmaConfig(**common)
    save_decoder(named("gemma", draw(t.GemmaForCausalLM, gemma, 14, torch.float16)), gemma_pieces(), folder)
    windows = common | dict(num_hidden_layers=3, sliding_window=8, query_pre_attn_scalar=16)
    gemma2 = t.Gemma2Config(**windows, attn_logit_softcapping=2.0, final_logit_softcapping=4.0)
    save_decoder(named("gemma2", draw(t.Gemma2ForCausalLM, gemma2, 15, torch.float16)), gemma_pieces(), folder)
    linear = dict(rope_type="linear", factor=4.0, rope_theta=1000.0)
    gemma3 = t.Gemma3TextConfig(
        **windows, layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        rope_parameters=dict(full_attention=linear, sliding_attention=dict(rope_type="default", rope_theta=100.0)))
    save_decoder(named("gemma3", draw(t.Gemma3ForCausalLM, gemma3, 16, torch.float16)), gemma_pieces(), folder)


def add_sidecar(folder):
    """What sentence-transformers puts beside a model, and the head of a model card."""
    module = "sentence_transformers.models."
    modules = [{"idx": 0, "name": "0", "path": "", "type": module + "Transformer"},
               {"idx": 1, "name": "1", "path": "1_Pooling", "type": module + "Pooling"}]
    (folder / "modules.json").write_text(json.dumps(modules) + "\n")
    (folder / "1_Pooling").mkdir(exist_ok=True)
    pooling = {"word_embedding_dimension": 32, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling) + "\n")
    card = ["---", "license: mit", "language: [en, de]", "tags:", "- tiny", "- 'made up'", "---", "# Tiny", ""]
    (folder / "README.md").write_text("\n".join(card))


if __name__ == "__main__":
    main()
