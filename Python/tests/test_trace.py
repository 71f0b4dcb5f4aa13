"""Traces: what is kept, beside the command line's arrays, which are compared with transformers' in ConversionTests."""

from pathlib import Path

import numpy as np
import pytest
from conftest import CHAT, CLASSIFIER, EMBED, FIXTURES, SPEECH, TRANSLATE

import swiftlet
from swiftlet import Model, Trace

TEXT = "the cat sat on the mat and the cat sat on"
QWEN = FIXTURES / "models" / "qwen2-f32.gguf"
IDS = [1, 2, 3, 1, 2]


def test_arrays_are_those_of_the_command_line(command, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    command("look", "-m", QWEN, "--ids", "1,2,3,1,2", "--no-lens", "--npz", "-o", path)
    exact = np.load(path)
    trace = Model(QWEN).trace(IDS)
    layers, heads = trace.layer_count, trace.attention.shape[1]
    assert trace.attention.shape == (layers, heads, 5, 5) and trace.attention.dtype == np.float32
    for layer in range(layers):
        assert np.array_equal(trace.attention[layer], exact[f"self.L{layer}"])
    assert np.allclose(trace.attention.sum(-1), 1, atol=1e-5) and np.triu(trace.attention[0, 0], 1).max() == 0
    assert np.array_equal(trace.hidden_states, exact["main.hidden_states"])
    assert trace.hidden_states.shape == (layers + 1, 5, trace.model.hidden_size)
    assert np.array_equal(trace.logits, exact["logits"]) and trace.tokens.tolist() == IDS
    assert np.array_equal(trace.rollout, exact["rollout"]) and np.array_equal(trace.flow, exact["flow"])


def test_predictions() -> None:
    trace = Model(CHAT).trace(TEXT)
    lens = trace.lens(top=3)
    count = len(trace.tokens)
    assert lens.tokens.shape == lens.log_probabilities.shape == (trace.layer_count + 1, count, 3)
    assert lens.layers == list(range(trace.layer_count + 1)) and lens.entropy.shape == (trace.layer_count + 1, count)
    assert (np.diff(lens.log_probabilities) <= 0).all() and (lens.entropy > 0).all()
    assert np.abs(lens.divergence[-1]).max() < 1e-6 and lens.divergence[0].min() > 0
    last = trace.logits.astype(np.float64)
    exact = last - last.max() - np.log(np.exp(last - last.max()).sum())
    assert lens.tokens[-1, -1, 0] == exact.argmax()
    assert lens.log_probabilities[-1, -1] == pytest.approx(np.sort(exact)[::-1][:3], abs=1e-4)
    surprisal = trace.surprisal
    assert np.isnan(surprisal[0]) and (surprisal[1:] > 0).all() and surprisal.shape == (count,)
    # The probability of the last token is that of a run that ends before it.
    before = Model(CHAT).trace(trace.tokens[:-1]).logits.astype(np.float64)
    expected = np.log(np.exp(before - before.max()).sum()) + before.max() - before[trace.tokens[-1]]
    assert surprisal[-1] == pytest.approx(expected, abs=2e-3)
    part = trace.lens(top=3, layers=[trace.layer_count])
    assert np.array_equal(part.tokens[0], lens.tokens[-1])
    for wrong in (dict(top=0), dict(layers=[99]), dict(layers=[-1])):
        with pytest.raises(swiftlet.ArgumentError):
            trace.lens(**wrong)


def test_measures() -> None:
    trace = Trace(CHAT, TEXT)
    measures = trace.head_measures
    heads = trace.attention.shape[1]
    assert [(one.layer, one.head) for one in measures] == [
        (layer, head) for layer in range(trace.layer_count) for head in range(heads)]
    for one in measures:
        weights = trace.attention[one.layer, one.head].astype(np.float64)
        entropy = -(weights * np.log(np.where(weights > 0, weights, 1))).sum() / len(weights)
        assert one.entropy == pytest.approx(entropy, abs=1e-5)
        assert one.first == pytest.approx(weights[1:, 0].mean(), abs=1e-5)
        assert one.previous == pytest.approx(np.diag(weights, -1).mean(), abs=1e-5)
        assert one.induction is not None and 0 <= one.induction <= 1
    assert Model(QWEN).trace([1, 2, 3]).head_measures[0].induction is None


def test_choices_and_ablation() -> None:
    model = Model(QWEN)
    whole = model.trace(IDS)
    part = model.trace(np.array(IDS), layers=[1], heads=[2, 0])
    assert np.array_equal(part.attention, whole.attention[1:, [0, 2]])
    (one,) = part.attentions()
    assert (one.kind, one.layer, one.heads, one.is_causal, one.has_sinks) == ("self", 1, [0, 2], True, False)
    with pytest.raises(swiftlet.NotFoundError, match="rollout"):
        part.rollout
    with pytest.raises(swiftlet.ArgumentError, match="all layers"):
        part.flow
    without = model.trace(IDS, ablate="L0H1,L1", attention=False)
    assert np.array_equal(without.hidden_states[2], without.hidden_states[1])
    assert not np.allclose(without.logits, whole.logits) and without.attentions() == []
    with pytest.raises(swiftlet.NotFoundError):
        without.attention
    for wrong in (
        dict(ablate="H3"), dict(ablate="L9"), dict(layers=[-1]), dict(max_attention_bytes=10), dict(target="a"),
        dict(source_language="de"), dict(instruction_set="z80"),
    ):
        with pytest.raises(swiftlet.ArgumentError):
            model.trace(IDS, **wrong)
    for tokens in ([], [10**6]):
        with pytest.raises(swiftlet.ArgumentError):
            model.trace(tokens)


def test_encoders() -> None:
    trace = Trace(EMBED, TEXT)
    assert trace.attention.shape[2:] == (len(trace.tokens),) * 2
    assert np.allclose(trace.rollout.sum(1), 1, atol=1e-5) and (trace.flow <= 1.00001).all()
    assert (trace.flow + 1e-6 >= trace.rollout).all()  # all that multiplies can flow
    with pytest.raises(swiftlet.NotFoundError):
        trace.logits
    with pytest.raises(swiftlet.ModelError):
        trace.surprisal
    with pytest.raises(swiftlet.NotFoundError):
        trace.encoder_attention
    masked = Trace(FIXTURES / "models" / "modern-bert-masked-f16.gguf", [1, 2, 3])
    assert (masked.surprisal > 0).all() and masked.surprisal.shape == (3,)
    long = Trace(EMBED, "cat " * 200)
    with pytest.raises(swiftlet.ArgumentError, match="takes too long"):
        long.flow


def test_two_stages() -> None:
    model = Model(TRANSLATE)
    trace = model.trace([1, 2, 3], target=[0, 4, 5, 6])
    layers, heads = trace.layer_count, trace.attention.shape[1]
    assert trace.attention.shape == (layers, heads, 4, 4) and trace.cross_attention.shape == (layers, heads, 4, 3)
    assert trace.encoder_attention.shape[1:] == (heads, 3, 3)
    assert trace.encoder_tokens.tolist() == [1, 2, 3] and trace.tokens.tolist() == [0, 4, 5, 6]
    assert trace.encoder_hidden_states.shape[1:] == (3, model.hidden_size)
    assert [one.kind for one in trace.attentions()] == ["self", "cross"] * layers
    assert trace.surprisal.shape == (4,)
    with pytest.raises(swiftlet.ArgumentError, match="target_tokens"):
        model.trace([1, 2, 3])
    written = Trace(FIXTURES / "translate.gguf", "Good morning.")
    assert len(written.tokens) > 1 and written.cross_attention.shape[3] == len(written.encoder_tokens)


def test_ends() -> None:
    with pytest.raises(swiftlet.ModelError):
        Trace(SPEECH, "a")
    with pytest.raises(swiftlet.ContextFullError):
        Trace(CLASSIFIER, "word " * 10_000)
    trace = Trace(QWEN, IDS)
    trace.close()
    with pytest.raises(swiftlet.HandleError):
        trace.attention
