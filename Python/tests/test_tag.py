"""Spans and labels of one's own. Their numbers are compared with those of the Swift API in SwiftletCTests, and these with
transformers' in ConversionTests."""

import json
import pickle
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from conftest import CLASSIFIER, EMBED, NLI, TAGGER

import swiftlet
from swiftlet import Classifier, Tagger, ZeroShotClassifier

TEXTS = ["the owl 🦉 in Köln", "", "a one", "🦉🦉 x"]
LABELS = ["weather", "sport", "money"]


@pytest.mark.parametrize("strategy", ["none", "simple", "first", "average", "max"])
def test_spans_are_those_of_the_command(command: Callable[..., bytes], strategy: str) -> None:
    tagger = Tagger(TAGGER, aggregation_strategy=strategy)
    found = tagger.tag(TEXTS)
    assert len(found) == len(TEXTS) and any(found)
    for text, spans in zip(TEXTS, found):
        if not text:
            continue
        lines = command("tag", "-m", str(TAGGER), "--aggregation", strategy, "--json", "--", text)
        expected = json.loads(lines)["spans"]
        assert [(s.label, s.start, s.end, s.text, s.token) for s in spans] == [
            (e["label"], e["start"], e["end"], e["text"], e.get("token")) for e in expected]
        assert [s.score for s in spans] == pytest.approx([e["score"] for e in expected], rel=1e-6)
        assert all(text[s.start:s.end] == s.text for s in spans)


def test_tagger_takes_any_texts() -> None:
    tagger = Tagger(TAGGER)
    found = tagger(TEXTS)
    assert tagger(TEXTS[0]) == found[0] and tagger.tag(TEXTS[0]) == found[:1]
    for texts in (np.array(TEXTS), pa.array(TEXTS), pa.chunked_array([TEXTS[:1], TEXTS[1:]]), iter(TEXTS)):
        assert tagger.tag(texts) == found
    assert tagger.tag([None, TEXTS[0]]) == [[], found[0]] and tagger.tag([]) == []
    other = pickle.loads(pickle.dumps(Tagger(TAGGER, ignore_labels=[], aggregation_strategy="none", threads=1)))
    assert other.aggregation_strategy == "none" and sum(map(len, other.tag(TEXTS))) > sum(map(len, found))
    with pytest.raises(swiftlet.ArgumentError, match="aggregation_strategy"):
        Tagger(TAGGER, aggregation_strategy="best")
    with pytest.raises(swiftlet.ContextFullError) as error:
        tagger.tag(["a", None, "word " * 10_000])
    assert error.value.index == 1
    assert Tagger(TAGGER, overflow="truncate").tag("word " * 10_000)
    with pytest.raises(swiftlet.ModelError):
        Tagger(EMBED)
    tagger.close()
    with pytest.raises(swiftlet.HandleError):
        tagger.tag(TEXTS)


def test_labels_of_ones_own() -> None:
    chooser = ZeroShotClassifier(NLI)
    rows = chooser.probabilities(TEXTS, LABELS)
    pairs = [(text, f"This example is {label}.") for text in TEXTS for label in LABELS]
    logits = Classifier(NLI).logits([text for text, _ in pairs], [label for _, label in pairs])
    entailments = np.exp(logits[:, 0].astype(np.float64).reshape(len(TEXTS), len(LABELS)))
    assert np.allclose(rows, entailments / entailments.sum(1, keepdims=True), rtol=1e-5)
    several = chooser.probabilities(TEXTS, LABELS, multi_label=True)
    exponentials = np.exp(logits[:, [2, 0]].astype(np.float64))
    expected = (exponentials / exponentials.sum(1, keepdims=True))[:, 1].reshape(len(TEXTS), len(LABELS))
    assert np.allclose(several, expected, rtol=1e-5)
    found = chooser.classify(TEXTS, LABELS)
    for row, labels in zip(rows, found):
        assert [one.label for one in labels] == [LABELS[index] for index in np.argsort(-row, kind="stable")]
    assert chooser(TEXTS[0], "weather, sport,money", multi_label=False) == found[0]
    assert chooser(TEXTS, LABELS, top_k=1) == [labels[:1] for labels in found]
    assert chooser.classify(pa.array([None, TEXTS[0]]), LABELS) == [[], found[0]]
    other = chooser.probabilities(TEXTS, LABELS, hypothesis_template="about {}")
    assert not np.array_equal(other, rows)
    assert np.array_equal(pickle.loads(pickle.dumps(chooser)).probabilities(TEXTS, LABELS), rows)
    with pytest.raises(swiftlet.ArgumentError):
        chooser.classify(TEXTS, [])
    with pytest.raises(swiftlet.ArgumentError):
        chooser.classify(TEXTS, LABELS, hypothesis_template="about")
    with pytest.raises(swiftlet.ModelError, match="entailment"):
        ZeroShotClassifier(CLASSIFIER)
