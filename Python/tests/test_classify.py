"""Classes of texts, pairs and tokens. Their numbers are compared with those of the Swift API in SwiftletCTests, and
these with transformers' in GoldenTests."""

import pickle

import numpy as np
import pyarrow as pa
import pytest
from conftest import CLASSIFIER, RERANK, TAGGER, EMBED

import swiftlet
from swiftlet import Classifier, Reranker

TEXTS = ["the one", "", "🦉", "another"]


def test_classify() -> None:
    classifier = Classifier(CLASSIFIER)
    assert classifier.labels == ["NEGATIVE", "NEUTRAL", "POSITIVE"]
    logits = classifier.logits(TEXTS)
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    expected = shifted / shifted.sum(axis=1, keepdims=True)
    probabilities = classifier.probabilities(TEXTS)
    assert probabilities.dtype == np.float32 and np.allclose(probabilities, expected, rtol=1e-6)
    for texts in (np.array(TEXTS), pa.array(TEXTS), pa.chunked_array([TEXTS[:1], TEXTS[1:]]), iter(TEXTS)):
        assert np.array_equal(classifier.logits(texts), logits)
    for row, labels in zip(expected, classifier.classify(TEXTS)):
        assert [label.label for label in labels] == [classifier.labels[index] for index in np.argsort(-row)]
    assert classifier.classify("the one", top_k=1) == [classifier.classify(TEXTS)[0][:1]]
    assert np.array_equal(pickle.loads(pickle.dumps(classifier)).logits(TEXTS), logits)


def test_nulls_and_ends() -> None:
    classifier = Classifier(CLASSIFIER)
    rows = classifier.logits(["the one", None])
    assert np.array_equal(rows[0], classifier.logits("the one")[0]) and np.isnan(rows[1]).all()
    assert classifier.classify([None]) == [[]] and classifier.logits([]).shape == (0, 3)
    with pytest.raises(swiftlet.ContextFullError) as error:
        classifier.logits(["a", "word " * 10_000])
    assert error.value.index == 1
    assert Classifier(CLASSIFIER, overflow="truncate").logits("word " * 10_000).shape == (1, 3)
    with pytest.raises(swiftlet.ModelError):
        Classifier(EMBED)
    with pytest.raises(swiftlet.ArgumentError, match="seconds"):
        classifier.logits(["a", "b"], ["c"])
    classifier.close()
    with pytest.raises(swiftlet.HandleError):
        classifier.logits([])


def test_pairs() -> None:
    """A reranker's scores are the logits of pairs."""
    documents = ["cats eat fish", "the weather", "a cat"]
    scores = Reranker(RERANK).score("what do cats eat?", documents)
    classifier = Classifier(RERANK)
    found = classifier.logits(["what do cats eat?"] * 4, [*documents, None])
    assert np.array_equal(found[:3, 0], scores) and np.isnan(found[3]).all()
    assert np.allclose(classifier.probabilities(["what do cats eat?"], documents[:1])[0], 1 / (1 + np.exp(-scores[0])))


def test_tokens() -> None:
    classifier = Classifier(TAGGER)
    found = classifier.classify_tokens("the one")
    assert [one.token for one in found] == classifier.model.tokenize("the one")
    assert (found[0].text, found[-1].text) == ("[CLS]", "[SEP]")
    for one in found:
        assert sorted(label.label for label in one.labels) == sorted(classifier.labels)
        assert sum(label.score for label in one.labels) == pytest.approx(1, abs=1e-6)
    assert len(classifier.classify_tokens("")) == 2
