"""LlamaIndex: a `BaseEmbedding`. Needs llama-index-core."""

from __future__ import annotations

import asyncio
from typing import Any, Union

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr

from ..embedder import Embedder
from ..model import Model


class SwiftletEmbedding(BaseEmbedding):
    """Vectors: texts are passages, queries are queries. Takes an Embedder, or what makes one."""

    _embedder: Embedder = PrivateAttr()

    def __init__(self, model: Union[Embedder, Model, str], *, embed_batch_size: int = 256, **options: Any) -> None:
        embedder = model if isinstance(model, Embedder) else Embedder(model, **options)
        super().__init__(model_name=embedder.model.path, embed_batch_size=embed_batch_size)
        self._embedder = embedder

    @classmethod
    def class_name(cls) -> str:
        return "SwiftletEmbedding"

    def _get_query_embedding(self, query: str) -> list[float]:
        found: list[float] = self._embedder.encode(query, role="query").tolist()
        return found

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        found: list[list[float]] = self._embedder.encode(list(texts), role="passage").tolist()
        return found

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return await asyncio.to_thread(self._get_text_embedding, text)

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return await asyncio.to_thread(self._get_text_embeddings, texts)
