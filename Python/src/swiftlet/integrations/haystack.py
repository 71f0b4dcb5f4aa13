"""Haystack: components that embed texts and documents, and one that ranks. Needs haystack-ai."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

from haystack import Document, component, default_from_dict, default_to_dict

from ..embedder import Embedder
from ..reranker import Reranker


@component
class SwiftletTextEmbedder:
    """The vector of a query."""

    def __init__(self, model: str, options: Optional[dict[str, Any]] = None) -> None:
        self.model, self.options = model, options or {}
        self._embedder: Optional[Embedder] = None

    def warm_up(self) -> None:
        if self._embedder is None:
            self._embedder = Embedder(self.model, **self.options)

    @component.output_types(embedding=list[float])
    def run(self, text: str) -> dict[str, Any]:
        self.warm_up()
        assert self._embedder is not None
        return {"embedding": self._embedder.encode(text, role="query").tolist()}

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(self, model=self.model, options=self.options)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SwiftletTextEmbedder:
        return default_from_dict(cls, data)


@component
class SwiftletDocumentEmbedder:
    """Documents with their vectors."""

    def __init__(
        self, model: str, options: Optional[dict[str, Any]] = None, meta_fields_to_embed: Optional[list[str]] = None,
        embedding_separator: str = "\n",
    ) -> None:
        self.model, self.options = model, options or {}
        self.meta_fields_to_embed = meta_fields_to_embed or []
        self.embedding_separator = embedding_separator
        self._embedder: Optional[Embedder] = None

    def warm_up(self) -> None:
        if self._embedder is None:
            self._embedder = Embedder(self.model, **self.options)

    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document]) -> dict[str, Any]:
        self.warm_up()
        assert self._embedder is not None
        texts = [
            self.embedding_separator.join([
                *(str(document.meta[key]) for key in self.meta_fields_to_embed if document.meta.get(key) is not None),
                document.content or ""])
            for document in documents]
        vectors = self._embedder.encode(texts, role="passage").tolist()
        return {"documents": [
            replace(document, embedding=vector) for document, vector in zip(documents, vectors)]}

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(
            self, model=self.model, options=self.options, meta_fields_to_embed=self.meta_fields_to_embed,
            embedding_separator=self.embedding_separator)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SwiftletDocumentEmbedder:
        return default_from_dict(cls, data)


@component
class SwiftletRanker:
    """Documents from the best answer to the worst, with their probability as the score."""

    def __init__(self, model: str, top_k: int = 10, options: Optional[dict[str, Any]] = None) -> None:
        self.model, self.top_k, self.options = model, top_k, options or {}
        self._reranker: Optional[Reranker] = None

    def warm_up(self) -> None:
        if self._reranker is None:
            self._reranker = Reranker(self.model, **self.options)

    @component.output_types(documents=list[Document])
    def run(self, query: str, documents: list[Document], top_k: Optional[int] = None) -> dict[str, Any]:
        self.warm_up()
        assert self._reranker is not None
        ranked = self._reranker.rank(
            query, [document.content or "" for document in documents], top_k=top_k or self.top_k)
        return {"documents": [replace(documents[one.corpus_id], score=one.probability) for one in ranked]}

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(
            self, model=self.model, top_k=self.top_k, options=self.options)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SwiftletRanker:
        return default_from_dict(cls, data)
