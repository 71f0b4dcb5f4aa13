"""Sets the residual stream of a trace (`./dev trace`) beside a Hugging Face model's, layer by layer.

Usage: compare_layers.py FOLDER TRACE [--tolerance 1e-4]

The token ids are the trace's. The model runs in float32 with eager attention; hooks on its layers keep what each gives, as
`output_hidden_states` has the norm behind the last layer in it. The first layer beyond the tolerance is marked, and the exit
code is then 1. Of an encoder-decoder the encoder is compared.
"""

import argparse
import json
import os

import numpy
import torch
import transformers


def load(folder):
    """The model without its head, in float32."""
    options = dict(dtype=torch.float32, attn_implementation="eager")
    try:
        model = transformers.AutoModel.from_pretrained(folder, **options)
    except ValueError:
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, **options)
    if model.config.is_encoder_decoder:
        model = model.get_encoder()
    return model.eval()


def layers_of(model):
    """The longest list of modules of one class that is no part of another such list: the layers."""
    best = None
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.ModuleList) and len(module) > 0:
            depth = name.count(".")
            if best is None or depth < best[0]:
                best = (depth, module)
    if best is None:
        raise SystemExit("the model has no list of layers")
    return best[1]


def hidden_states(model, ids):
    """What the first layer reads, then what each gives."""
    states = []

    def before(_, args, kwargs):
        states.append((args[0] if args else kwargs["hidden_states"])[0].detach().numpy().copy())

    def behind(_, __, output):
        value = output[0] if isinstance(output, tuple) else output
        states.append(value.reshape(-1, value.shape[-1]).detach().numpy().copy())

    layers = layers_of(model)
    layers[0].register_forward_pre_hook(before, with_kwargs=True)
    for layer in layers:
        layer.register_forward_hook(behind)
    with torch.no_grad():
        model(input_ids=torch.tensor([ids]))
    return states


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("trace")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="greatest relative distance of a row")
    options = parser.parse_args()
    with open(os.path.join(options.trace, "index.json")) as file:
        index = json.load(file)
    nodes = [n for n in index["nodes"] if "layer" in n and n["stage"] in ("main", "encoder")]
    nodes.sort(key=lambda n: n["layer"])
    theirs = hidden_states(load(options.folder), index["tokens"])
    if len(theirs) != len(nodes):
        print(f"{len(nodes) - 1} layers were traced, the model has {len(theirs) - 1}")
    print("after layer   largest   relative   node")
    parted = None
    for node, other in zip(nodes, theirs):
        own = numpy.load(os.path.join(options.trace, node["file"]))
        name = "embedding" if node["layer"] == 0 else str(node["layer"] - 1)
        if own.shape != other.shape:
            print(f"{name:>11}   shapes {own.shape} and {other.shape}")
            parted = parted or name
            continue
        difference = numpy.abs(own - other)
        relative = (numpy.linalg.norm(own - other, axis=1) / numpy.maximum(numpy.linalg.norm(other, axis=1), 1e-30)).max()
        mark = ""
        if not relative <= options.tolerance and parted is None:
            parted, mark = name, "   <- the first that parts"
        print(f"{name:>11}  {difference.max():8.2e}   {relative:8.2e}   {node['node']} {node['operation'][:60]}{mark}")
    if parted is None and len(theirs) == len(nodes):
        print(f"all layers agree to {options.tolerance:g}")
    raise SystemExit(0 if parted is None and len(theirs) == len(nodes) else 1)


if __name__ == "__main__":
    main()
