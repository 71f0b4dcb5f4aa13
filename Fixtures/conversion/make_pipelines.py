#!/usr/bin/env python3
"""Writes what transformers' pipelines make of texts: pipelines.json, and the tiny taggers `bert-ner` and `roberta-ner`.

    pip install torch==2.15.0 transformers==5.24.0 tokenizers==0.23.3 safetensors numpy
    make_pipelines.py [--out FOLDER]        # default: the folder of this file; make_encoders.py comes first

Spans of tokens by every aggregation strategy, labels of one's own (zero-shot) with one and with several that hold, classes
by each kind of problem, masked tokens of ESM.
"""
import argparse
import json
import pathlib

import tokenizers
import torch
import transformers
from tokenizers import decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast, pipeline

from make_encoders import SIZES, bert_pieces, diverse
from make_folders import CORPUS, draw, named

TEXTS = ["The cat sat on 12 mats, didn't it?", "naïve  Café\nÉtat 日本 the-cat", "", "rain 🙂🙂 rain", " Rain? did the cat sat",
         "the  cat did not\tsat!! a mat."]
NAMES = {0: "O", 1: "B-PER", 2: "I-PER", 3: "B-LOC", 4: "I-LOC", 5: "MISC"}
STRATEGIES = ["none", "simple", "first", "average", "max"]


def byte_pairs():
    """RoBERTa's: byte-level BPE whose words have their space in front."""
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=290, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return tokenizer.get_vocab_size(), PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>",
        unk_token="<unk>", pad_token="<pad>", mask_token="<mask>", model_input_names=["input_ids", "attention_mask"])


def save(model, tokenizer, folder):
    model.save_pretrained(folder / model.name)
    tokenizer.save_pretrained(folder / model.name)


def make_taggers(folder):
    t = transformers
    labels = dict(id2label=NAMES, label2id={name: i for i, name in NAMES.items()})
    count, tokenizer = bert_pieces()
    config = t.BertConfig(**SIZES, **labels, vocab_size=count, max_position_embeddings=192)
    model = named("bert-ner", draw(t.BertForTokenClassification, config, 51, torch.float16))
    save(diverse(model, tokenizer), tokenizer, folder)
    count, tokenizer = byte_pairs()
    config = t.RobertaConfig(**SIZES, **labels, vocab_size=count, max_position_embeddings=194, type_vocab_size=1)
    model = named("roberta-ner", draw(t.RobertaForTokenClassification, config, 52, torch.float16))
    save(diverse(model, tokenizer), tokenizer, folder)


def loaded(kind, path):
    """The model in float32, as nothing else would be read of the F16 folders."""
    return kind.from_pretrained(path, dtype=torch.float32), transformers.AutoTokenizer.from_pretrained(path)


def spans(folder, name):
    model, tokenizer = loaded(transformers.AutoModelForTokenClassification, folder / name)
    result = {}
    for strategy in STRATEGIES:
        tagger = pipeline("token-classification", model=model, tokenizer=tokenizer, aggregation_strategy=strategy,
                          ignore_labels=[])
        result[strategy] = [
            [{"label": s.get("entity_group", s.get("entity")), "score": float(f"{s['score']:.7g}"), "start": s["start"],
              "end": s["end"]} for s in tagger(text)] for text in TEXTS]
    return {"model": name, "strategies": result}


def zero_shot(folder, name):
    model, tokenizer = loaded(transformers.AutoModelForSequenceClassification, folder / name)
    classify = pipeline("zero-shot-classification", model=model, tokenizer=tokenizer)
    labels, template = ["cat", "rain", "a mat"], "it is {}."
    entries = []
    for multi in (False, True):
        for chosen in (labels, labels[:1]):
            for text in (TEXTS[0], TEXTS[3]):
                found = classify(text, chosen, hypothesis_template=template, multi_label=multi)
                entries.append({"text": text, "labels": chosen, "template": template, "multiLabel": multi,
                                "found": found["labels"], "scores": [float(f"{s:.7g}") for s in found["scores"]]})
    return {"model": name, "results": entries}


def problems(folder, name):
    model, tokenizer = loaded(transformers.AutoModelForSequenceClassification, folder / name)
    result = {}
    for problem in ("single_label_classification", "multi_label_classification", "regression"):
        model.config.problem_type = problem
        classify = pipeline("text-classification", model=model, tokenizer=tokenizer, top_k=None)
        found = classify(TEXTS[:2])
        result[problem] = [{p["label"]: float(f"{p['score']:.7g}") for p in predictions} for predictions in found]
    return {"model": name, "problems": result}


def masks(folder, name):
    model, tokenizer = loaded(transformers.AutoModelForMaskedLM, folder / name)
    text = "MK<mask>AYI<mask>KQR"
    found = pipeline("fill-mask", model=model, tokenizer=tokenizer, top_k=4)(text)
    return {"model": name, "text": text,
            "masks": [[{"token": p["token"], "text": p["token_str"], "score": float(f"{p['score']:.7g}")} for p in mask]
                      for mask in found]}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent)
    folder = arguments.parse_args().out
    make_taggers(folder)
    expected = {"texts": TEXTS, "taggers": [spans(folder, name) for name in ("bert-ner", "roberta-ner", "deberta-v2")],
                "zeroShot": zero_shot(folder, "deberta-v3-nli"), "problems": problems(folder, "electra-classes"),
                "masks": masks(folder, "esm")}
    (folder / "pipelines.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
