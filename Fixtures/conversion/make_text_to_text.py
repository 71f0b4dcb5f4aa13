#!/usr/bin/env python3
"""Writes the tiny text-to-text models of this folder as transformers saves them, and what they must compute.

    pip install torch transformers tokenizers safetensors sentencepiece numpy
    make_text_to_text.py [--out FOLDER]        # default: the folder of this file

Each has a folder and a NAME.json, as those of make_folders.py have.
"""
import argparse
import io
import json
import pathlib

import sentencepiece
import tokenizers
import torch
import transformers
from tokenizers import decoders, models, pre_tokenizers, processors, trainers

from make_folders import CORPUS, draw, named, save, unigram


def text_to_text_tokenizer():
    """T5's: a Unigram with the padding, the end and the unknown piece first, and <extra_id_N> behind the pieces."""
    special = ["<pad>", "</s>", "<unk>"]
    pieces = [(token, 0.0) for token in special] + [("▁", -2.0), ("▁the", -2.5), ("▁cat", -3.0), ("at", -3.5)]
    pieces += [(chr(ord("a") + i), -4.0 - i / 8) for i in range(26)]
    tokenizer = tokenizers.Tokenizer(models.Unigram(pieces, unk_id=2))
    tokenizer.add_special_tokens(special)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    extra = [f"<extra_id_{i}>" for i in range(4)]
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="</s>", unk_token="<unk>", pad_token="<pad>", extra_special_tokens=extra)


def bart_tokenizer():
    """BART's: byte-level BPE with `<s>`, `<pad>`, `</s>` behind the bytes."""
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=285, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 285), ("</s>", 287)])
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>")


def marian_tokenizer(folder):
    """Marian's: a SentencePiece model for each side, and ids of the pieces of both."""
    pieces = []
    for name, corpus in (("source", CORPUS), ("target", [line[::-1] for line in CORPUS])):
        file = io.BytesIO()  # a name would become part of the file
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(corpus), model_writer=file, vocab_size=32, model_type="unigram",
            hard_vocab_limit=False, bos_id=-1, eos_id=1, minloglevel=2)
        (folder / f"{name}.spm").write_bytes(file.getvalue())
        model = sentencepiece.SentencePieceProcessor(model_proto=file.getvalue())
        pieces += [model.id_to_piece(i) for i in range(len(model)) if i > 1]
    tokens = ["</s>", "<unk>", *dict.fromkeys(pieces), "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}, ensure_ascii=False))
    return transformers.MarianTokenizer(
        source_spm=str(folder / "source.spm"), target_spm=str(folder / "target.spm"), vocab=str(folder / "vocab.json"))


def save_text_to_text(model, tokenizer, folder, texts=("the cat", " a fat  cat sat", "<extra_id_1> the")):
    """Ids of some texts with the tokens around them, what the decoder gives for a target in float64, and what becomes of the
    texts by the generation settings that are saved."""
    save(model, tokenizer, folder, keeps_generation=True)
    ids = [tokenizer(text)["input_ids"] for text in texts]
    target = [getattr(model.config, "decoder_start_token_id", None) or 0, 5, 9, 4, 12]
    with torch.no_grad():
        model64 = type(model).from_pretrained(folder / model.name, dtype=torch.float64)
        logits = model64(input_ids=torch.tensor(ids[:1]), decoder_input_ids=torch.tensor([target])).logits[0]
        generated = [model64.generate(torch.tensor([row]))[0].tolist()[1:] for row in ids]
    rows = [[float(f"{x:.7g}") for x in row] for row in logits[-2:].tolist()]
    expected = {"texts": texts, "ids": ids, "target": target, "logits": rows, "generated": generated}
    (folder / f"{model.name}.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n", encoding="utf-8")


def save_transformers_of_2017(folder):
    """BART, mBART, Marian, M2M100 and Pegasus."""
    t = transformers
    form = dict(d_model=32, encoder_layers=2, decoder_layers=1, encoder_attention_heads=4, decoder_attention_heads=2,
                encoder_ffn_dim=48, decoder_ffn_dim=64, max_position_embeddings=40)
    unigram_ids = dict(bos_token_id=0, pad_token_id=1, eos_token_id=2, decoder_start_token_id=2, forced_eos_token_id=2)
    bart = t.BartConfig(**form, vocab_size=288, bos_token_id=285, pad_token_id=286, eos_token_id=287,
                        decoder_start_token_id=287, forced_eos_token_id=287)
    made = [(named("bart", draw(t.BartForConditionalGeneration, bart, 15)), bart_tokenizer())]
    for name, kind, config, seed, activation in (
            ("mbart", t.MBartForConditionalGeneration, t.MBartConfig, 16, "gelu"),
            ("m2m100", t.M2M100ForConditionalGeneration, t.M2M100Config, 17, "relu"),
            ("pegasus", t.PegasusForConditionalGeneration, t.PegasusConfig, 18, "gelu_new")):
        config = config(**form, **unigram_ids, vocab_size=36, scale_embedding=name != "mbart",
                        activation_function=activation)
        made.append((named(name, draw(kind, config, seed)), unigram()))
    (folder / "marian").mkdir(exist_ok=True)
    tokenizer = marian_tokenizer(folder / "marian")
    count = len(tokenizer.get_vocab())
    marian = t.MarianConfig(**form, vocab_size=count, pad_token_id=count - 1, decoder_start_token_id=count - 1,
                            eos_token_id=0, forced_eos_token_id=0, scale_embedding=True, activation_function="swish")
    made.append((named("marian", draw(t.MarianMTModel, marian, 19)), tokenizer))
    for model, tokenizer in made:
        with torch.no_grad():
            if hasattr(model, "final_logits_bias"):
                model.final_logits_bias.copy_(torch.randn(model.final_logits_bias.shape) * 0.3)
            for stage in (model.model.encoder, model.model.decoder):
                if hasattr(stage.embed_positions, "create_weight"):  # drawn over, but not saved
                    stage.embed_positions.weight.copy_(stage.embed_positions.create_weight())
        model.generation_config.update(max_length=14, num_beams=4, no_repeat_ngram_size=3)
        # Padding within a target moves M2M100's positions.
        model.generation_config.bad_words_ids = [[model.config.pad_token_id]]
        save_text_to_text(model, tokenizer, folder, texts=("the cat", "the dog sat on the mat"))


def save_t5s(folder):
    t = transformers
    t5 = dict(vocab_size=40, d_model=32, d_kv=12, d_ff=48, num_layers=2, num_heads=3, n_positions=64)
    v1 = named("t5", draw(t.T5ForConditionalGeneration, t.T5Config(**t5, num_decoder_layers=1), 13, torch.float16))
    v1.generation_config.update(max_length=12, eos_token_id=1, pad_token_id=0, decoder_start_token_id=0)
    save_text_to_text(v1, text_to_text_tokenizer(), folder)
    gated = t.UMT5Config(**t5, feed_forward_proj="gated-gelu", tie_word_embeddings=False)
    gated.tie_word_embeddings = False  # the constructor ties whatever it is told
    gated = named("umt5", draw(t.UMT5ForConditionalGeneration, gated, 14))
    gated.encoder.embed_tokens.weight = gated.decoder.embed_tokens.weight = gated.shared.weight
    gated.generation_config.update(max_length=12, num_beams=3, length_penalty=0.5, early_stopping=True)
    save_text_to_text(gated, text_to_text_tokenizer(), folder)

def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent)
    folder = arguments.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    save_t5s(folder)
    save_transformers_of_2017(folder)


if __name__ == "__main__":
    main()
