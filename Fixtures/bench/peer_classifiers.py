#!/usr/bin/env python3
"""One measurement of a peer for compare_classifiers.py: classifies or embeds texts of token ids, prints texts a second as
JSON.

    peer_classifiers.py transformers|onnx-f32|onnx-int8 --model FOLDER --ids FILE --threads 2 --out rows.npy

FILE has the ids of a text on each line. Texts are sorted by length, then batched and padded; the batch size is the fastest of
a few. What is prepared once (an export) is kept in FOLDER and is not counted.

Needs: torch transformers numpy; for ONNX Runtime onnx onnxscript onnxruntime.
"""
import argparse
import json
import os
import pathlib
import time

import numpy

BATCHES = (1, 4, 8, 16, 32)


def batch_of(texts, padding):
    """Ids and mask: [texts, longest]."""
    longest = max(map(len, texts))
    ids = numpy.full((len(texts), longest), padding, numpy.int64)
    mask = numpy.zeros_like(ids)
    for row, text in enumerate(texts):
        ids[row, :len(text)] = text
        mask[row, :len(text)] = 1
    return ids, mask


def pooled(rows, mask):
    """Logits as they are; the mean of states over a text's tokens, of length 1."""
    if rows.ndim == 2:
        return rows
    mean = (rows * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
    return mean / numpy.linalg.norm(mean, axis=-1, keepdims=True)


def opened(folder):
    """The model: logits of classes, or the last states."""
    import torch
    import transformers
    config = transformers.AutoConfig.from_pretrained(folder)
    is_classifier = config.architectures[0].endswith("Classification")
    kind = transformers.AutoModelForSequenceClassification if is_classifier else transformers.AutoModel
    inner = kind.from_pretrained(folder).eval()

    class First(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = inner

        def forward(self, ids, mask):
            return self.inner(input_ids=ids, attention_mask=mask)[0]
    return First(), config.pad_token_id


def with_transformers(options):
    import torch
    torch.set_num_threads(options.threads)
    model, padding = opened(options.model)

    def run(texts):
        ids, mask = batch_of(texts, padding)
        with torch.no_grad():
            return pooled(model(torch.from_numpy(ids), torch.from_numpy(mask)).numpy(), mask)
    return run


def exported(folder, is_int8):
    plain = folder / "model.onnx"
    if not plain.exists():
        import torch
        example = torch.ones(2, 16, dtype=torch.long)
        axes = {0: "texts", 1: "tokens"}
        torch.onnx.export(
            opened(folder)[0], (example, example), str(plain), input_names=["ids", "mask"], output_names=["rows"],
            dynamic_axes={"ids": axes, "mask": axes, "rows": {0: "texts"}}, opset_version=17, dynamo=False)
    small = folder / "model-int8.onnx"
    if is_int8 and not small.exists():
        from onnxruntime.quantization import QuantType, quantize_dynamic
        quantize_dynamic(str(plain), str(small), weight_type=QuantType.QInt8)
    return small if is_int8 else plain


def with_onnx(options, is_int8):
    import onnxruntime
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    settings.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(exported(options.model, is_int8)), settings, providers=["CPUExecutionProvider"])
    padding = json.loads((options.model / "config.json").read_text())["pad_token_id"]

    def run(texts):
        ids, mask = batch_of(texts, padding)
        return pooled(session.run(None, {"ids": ids, "mask": mask})[0], mask)
    return run


SYSTEMS = {
    "transformers": with_transformers,
    "onnx-f32": lambda options: with_onnx(options, False),
    "onnx-int8": lambda options: with_onnx(options, True),
}


def timed(run, texts, size):
    """Seconds, and the rows in the order of the texts."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    rows = [None] * len(texts)
    start = time.perf_counter()
    for first in range(0, len(order), size):
        part = order[first:first + size]
        for index, row in zip(part, run([texts[i] for i in part])):
            rows[index] = row
    return time.perf_counter() - start, numpy.stack(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("system", choices=SYSTEMS)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--ids", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--batch", type=int, help="texts side by side (default: the fastest)")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    texts = [[int(token) for token in line.split(",")] for line in options.ids.read_text().splitlines()]
    run = SYSTEMS[options.system](options)
    run(texts[:2])  # threads, first allocations
    size = options.batch or min(BATCHES, key=lambda size: timed(run, texts[:64], size)[0])
    seconds, rows = timed(run, texts, size)
    numpy.save(options.out, rows.astype(numpy.float32))
    print(json.dumps({"rate": len(texts) / seconds, "batch": size}))


if __name__ == "__main__":
    main()
