"""What llama.cpp's sampler chain leaves of random logits, and how probable: writes references.json

    pip install llama-cpp-python==0.3.36 numpy==2.4.6
    python make_references.py
"""
import ctypes
import json
from pathlib import Path

import llama_cpp
import numpy as np

VOCABULARY = 48
TEXTS = [[], [3, 3, 7, 11, 3, 40, 7, 1], [int(x) for x in np.random.default_rng(5).integers(0, VOCABULARY, 100)]]


def add(chain, sampler):
    llama_cpp.llama_sampler_chain_add(chain, sampler)


def survivors(logits, text, options):
    """Ids and logits after the chain, the greatest logit first."""
    chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    biases = options.get("logitBias", {})
    if biases:
        array = (llama_cpp.llama_logit_bias * len(biases))()
        for place, (token, bias) in enumerate(biases.items()):
            array[place].token, array[place].bias = int(token), float(bias)
        add(chain, llama_cpp.llama_sampler_init_logit_bias(VOCABULARY, len(biases), array))
    add(chain, llama_cpp.llama_sampler_init_penalties(
        VOCABULARY, options.get("penaltyWindow", 64), options.get("repetitionPenalty", 1.0),
        options.get("frequencyPenalty", 0.0), options.get("presencePenalty", 0.0)))
    add(chain, llama_cpp.llama_sampler_init_top_k(options.get("topK", 0)))
    add(chain, llama_cpp.llama_sampler_init_typical(options.get("typicalP", 1.0), 0))
    add(chain, llama_cpp.llama_sampler_init_top_p(options.get("topP", 1.0), 0))
    add(chain, llama_cpp.llama_sampler_init_min_p(options.get("minP", 0.0), 0))
    add(chain, llama_cpp.llama_sampler_init_temp(options.get("temperature", 1.0)))
    for token in text:
        llama_cpp.llama_sampler_accept(chain, token)
    data = (llama_cpp.llama_token_data * VOCABULARY)()
    for token, logit in enumerate(logits):
        data[token].id, data[token].logit, data[token].p = token, float(logit), 0.0
    array = llama_cpp.llama_token_data_array(
        data=ctypes.cast(data, ctypes.POINTER(llama_cpp.llama_token_data)), size=VOCABULARY, selected=-1, sorted=False)
    llama_cpp.llama_sampler_apply(chain, ctypes.byref(array))
    left = [(array.data[i].id, array.data[i].logit) for i in range(array.size)]
    llama_cpp.llama_sampler_free(chain)
    return sorted((pair for pair in left if pair[1] > -np.inf), key=lambda pair: (-pair[1], pair[0]))


def probabilities(pairs):
    logits = np.array([logit for _, logit in pairs], dtype=np.float64)
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def random_options(random):
    """Each option is left at what changes nothing in two of three cases."""
    options = {}

    def maybe(name, value):
        if random.random() < 0.35:
            options[name] = value

    maybe("repetitionPenalty", round(float(random.uniform(0.7, 2)), 2))
    maybe("frequencyPenalty", round(float(random.uniform(-0.5, 1)), 2))
    maybe("presencePenalty", round(float(random.uniform(-0.5, 1.5)), 2))
    maybe("penaltyWindow", int(random.choice([0, 1, 3, 20, 200])))
    maybe("topK", int(random.choice([1, 2, 5, 20, 47, 100])))
    maybe("typicalP", round(float(random.uniform(0.05, 0.99)), 2))
    maybe("topP", round(float(random.uniform(0.05, 0.99)), 2))
    maybe("minP", round(float(random.choice([0.01, 0.05, 0.2, 0.7, 1])), 2))
    # At temperature 0 llama.cpp takes the greatest logit that typical-p leaves, which need not be the greatest of all.
    maybe("temperature", round(float(random.choice([0.1 if "typicalP" in options else 0, 0.2, 0.8, 1.5, 5])), 2))
    if random.random() < 0.3:
        tokens = random.choice(VOCABULARY, 3, replace=False)
        biases = [round(float(random.uniform(-4, 4)), 2) for _ in tokens]
        # Of a distribution with a 0 in it llama.cpp's entropy is no number, and its typical-p keeps anything.
        if "typicalP" not in options:
            biases[1] = "-inf"
        options["logitBias"] = {str(token): bias for token, bias in zip(tokens, biases)}
    return options


def main():
    random = np.random.default_rng(1)
    rows = [np.round(random.normal(0, scale, VOCABULARY), 3) for scale in (0.3, 2, 5)]
    cases = []
    for number in range(200):
        row, text, options = number % 3, int(random.integers(3)), random_options(random)
        pairs = survivors(rows[row], TEXTS[text], options)
        shares = probabilities(pairs)
        cases.append({"logits": row, "text": text, "options": options, "ids": [pair[0] for pair in pairs],
                      "probabilities": [float(f"{share:.6g}") for share in shares]})
    head = {"logits": [row.tolist() for row in rows], "texts": TEXTS}
    lines = [f'"{name}": {json.dumps(value)}' for name, value in head.items()]
    lines.append('"cases": [\n' + ",\n".join(json.dumps(case) for case in cases) + "\n]")
    Path(__file__).with_name("references.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
