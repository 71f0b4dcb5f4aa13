"""What transformers computes inside the models of ../conversion: traces.json, for the tests of traces.

    pip install torch==2.13.0 transformers numpy
    python make_traces.py

Everything is float32, eager attention. Of each model: token ids, every attention's weights, the stream behind every layer
(by hooks, so that the norm behind the last layer is not in it), the last token's logits, and those without a head (the
columns of it zeroed in front of the output projection) and without a layer (the results of its attention and feed-forward
zeroed). The sound for Whisper is a formula, `mel[band, frame] = sin(0.1 band + 0.37 frame)`.
"""

import json
import os

import numpy
import torch
import transformers as t

HERE = os.path.dirname(os.path.abspath(__file__))
IDS = [5, 17, 31, 8, 17, 31, 19, 5]
TARGET = [0, 23, 37, 23, 12]


def numbers(tensor):
    return [float(f"{value:.7g}") for value in tensor.detach().double().flatten().tolist()]


def load(kind, name):
    folder = os.path.join(HERE, "..", "conversion", name)
    return kind.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def stream(layers, run):
    """Runs the model; gives its result, and what the first layer reads and each layer gives."""
    kept = []

    def before(_, args, kwargs):
        kept.append((args[0] if args else kwargs["hidden_states"])[0])

    def behind(_, __, output):
        value = output[0] if isinstance(output, tuple) else output
        kept.append(value.reshape(-1, value.shape[-1]))

    hooks = [layers[0].register_forward_pre_hook(before, with_kwargs=True)]
    hooks += [layer.register_forward_hook(behind) for layer in layers]
    with torch.no_grad():
        result = run()
    for hook in hooks:
        hook.remove()
    return result, kept


def without_head(projection, head, size, run):
    def zero(_, args):
        x = args[0].clone()
        x[..., head * size:(head + 1) * size] = 0
        return (x,) + args[1:]

    hook = projection.register_forward_pre_hook(zero)
    with torch.no_grad():
        result = run()
    hook.remove()
    return result


def without_layer(modules, run):
    def zero(_, __, output):
        return tuple(torch.zeros_like(o) if i == 0 else o for i, o in enumerate(output)) if isinstance(output, tuple) \
            else torch.zeros_like(output)

    hooks = [module.register_forward_hook(zero) for module in modules]
    with torch.no_grad():
        result = run()
    for hook in hooks:
        hook.remove()
    return result


def attention(weights):
    return [numbers(layer[0]) for layer in weights]


def decoder(name, layers, projection, parts):
    model = load(t.AutoModelForCausalLM, name)
    ids = torch.tensor([IDS])
    run = lambda: model(ids, output_attentions=True, use_cache=False)
    result, states = stream(layers(model), run)
    size = model.config.hidden_size // model.config.num_attention_heads
    return dict(
        ids=IDS, heads=model.config.num_attention_heads, attention=attention(result.attentions),
        states=[numbers(s) for s in states], logits=numbers(result.logits[0]),
        without_head=numbers(without_head(projection(layers(model)[1]), 1, size, run).logits[0, -1]),
        without_layer=numbers(without_layer(parts(layers(model)[1]), run).logits[0, -1]))


def bert():
    model = load(t.BertModel, "bert")
    ids = torch.tensor([IDS])
    run = lambda: model(ids, output_attentions=True)
    layers = model.encoder.layer
    result, states = stream(layers, run)
    size = model.config.hidden_size // model.config.num_attention_heads
    return dict(
        ids=IDS, heads=model.config.num_attention_heads, attention=attention(result.attentions),
        states=[numbers(s) for s in states],
        without_head=numbers(without_head(layers[1].attention.output.dense, 1, size, run).last_hidden_state[0]),
        without_layer=numbers(
            without_layer([layers[1].attention.output.dense, layers[1].output.dense], run).last_hidden_state[0]))


def both(model, run, encoder_layers, decoder_layers):
    (result, decoder_states), encoder_states = stream(
        encoder_layers, lambda: stream(decoder_layers, run))
    return dict(
        heads=model.config.num_attention_heads, encoder_attention=attention(result.encoder_attentions),
        attention=attention(result.decoder_attentions), cross=attention(result.cross_attentions),
        encoder_states=[numbers(s) for s in encoder_states], states=[numbers(s) for s in decoder_states],
        logits=numbers(result.logits[0]))


def t5():
    model = load(t.T5ForConditionalGeneration, "t5")
    run = lambda: model(
        input_ids=torch.tensor([IDS]), decoder_input_ids=torch.tensor([TARGET]), output_attentions=True, use_cache=False)
    return dict(ids=IDS, target=TARGET) | both(model, run, model.encoder.block, model.decoder.block)


def whisper():
    model = load(t.WhisperForConditionalGeneration, "whisper")
    frames, bands = 2 * model.config.max_source_positions, model.config.num_mel_bins
    mel = numpy.sin(0.1 * numpy.arange(bands)[:, None] + 0.37 * numpy.arange(frames)[None, :]).astype(numpy.float32)
    target = [3, 11, 29, 7]
    run = lambda: model(
        input_features=torch.tensor(mel)[None], decoder_input_ids=torch.tensor([target]), output_attentions=True,
        use_cache=False)
    found = both(model, run, model.model.encoder.layers, model.model.decoder.layers)
    # The encoder's attention has 40,000 weights; its result alone is kept.
    found["encoder_attention"], found["encoder_states"] = [], found["encoder_states"][-1:]
    return dict(ids=[], target=target) | found


def main():
    found = {
        "bert": bert(),
        "gpt2": decoder("gpt2", lambda m: m.transformer.h, lambda l: l.attn.c_proj, lambda l: [l.attn, l.mlp]),
        "qwen2": decoder("qwen2", lambda m: m.model.layers, lambda l: l.self_attn.o_proj, lambda l: [l.self_attn, l.mlp]),
        "t5": t5(),
        "whisper": whisper(),
    }
    with open(os.path.join(HERE, "traces.json"), "w") as file:
        json.dump(found, file)


if __name__ == "__main__":
    main()
