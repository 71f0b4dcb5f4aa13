#!/usr/bin/env python3
"""Translates lines with another runtime and prints its seconds as JSON; compare_translation.py calls it.

    peer_translation.py ctranslate2|transformers --model FOLDER --texts FILE --tokens N --beam N --threads N [--single]

Every translation has the same number of tokens. Lines are sorted by length; --single translates one at a time.
"""
import argparse
import json
import time


def ctranslate2_runner(options):
    import ctranslate2

    translator = ctranslate2.Translator(
        options.model, device="cpu", compute_type="int8", inter_threads=1, intra_threads=options.threads)

    def run(lines):
        translator.translate_batch(
            [["▁" + word for word in line] + ["</s>"] for line in lines], beam_size=options.beam,
            max_batch_size=1 if options.single else 2048, batch_type="examples" if options.single else "tokens",
            min_decoding_length=options.tokens, max_decoding_length=options.tokens)
    return run


def transformers_runner(options):
    import torch
    import transformers

    torch.set_num_threads(options.threads)
    tokenizer = transformers.AutoTokenizer.from_pretrained(options.model)
    model = transformers.MarianMTModel.from_pretrained(options.model).eval()

    def run(lines):
        batch = tokenizer([" ".join(line) for line in lines], return_tensors="pt", padding=True)
        with torch.no_grad():
            model.generate(
                input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], num_beams=options.beam,
                do_sample=False, min_new_tokens=options.tokens, max_new_tokens=options.tokens)
    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("system", choices=("ctranslate2", "transformers"))
    parser.add_argument("--model", required=True)
    parser.add_argument("--texts", required=True)
    parser.add_argument("--tokens", type=int, required=True)
    parser.add_argument("--beam", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--single", action="store_true")
    options = parser.parse_args()
    with open(options.texts, encoding="utf-8") as file:
        lines = sorted((line.split() for line in file), key=len, reverse=True)
    is_own_batch = options.system == "ctranslate2" and not options.single
    size = len(lines) if is_own_batch else 1 if options.single else 32
    run = {"ctranslate2": ctranslate2_runner, "transformers": transformers_runner}[options.system](options)
    run(lines[-1:])  # threads, first allocations
    start = time.perf_counter()
    for first in range(0, len(lines), size):
        run(lines[first:first + size])
    print(json.dumps({"lines": len(lines), "seconds": time.perf_counter() - start}))


if __name__ == "__main__":
    main()
