"""MTEB: an encoder for its benchmarks. Needs mteb.

    import mteb
    from swiftlet.integrations.mteb import SwiftletEncoder

    mteb.evaluate(SwiftletEncoder("all-MiniLM-L6-v2.gguf"), mteb.get_tasks(["STSBenchmark"]))
"""

from __future__ import annotations

import os
from typing import Any, Optional

import numpy as np
from mteb.models.model_meta import ModelMeta

from ..embedder import Embedder, Vectors
from .sentence_transformers import normalized


class SwiftletEncoder:
    """MTEB's `EncoderProtocol`. Queries and passages get the `prompts` of their roles, or the sidecar's; others get
    none. Texts with more tokens than the model takes are cut, as by sentence-transformers. `name` is the model's in
    results, "organization/model"; `options` are those of `Embedder`."""

    def __init__(
        self, model_name: str, revision: Optional[str] = None, *, device: Optional[str] = None,
        name: Optional[str] = None, **options: Any,
    ) -> None:
        self.embedder = Embedder(model_name, **{"overflow": "truncate", **options})
        model = self.embedder.model
        stem = os.path.splitext(os.path.basename(model.path))[0]
        self._meta = ModelMeta(
            loader=type(self), loader_kwargs={}, name=name or f"swiftlet/{stem}", revision=revision or "local",
            release_date=None, languages=None, n_parameters=None, memory_usage_mb=model.tensor_bytes / 2**20,
            max_tokens=self.embedder.max_tokens, embed_dim=self.embedder.dimensions, license=None, open_weights=True,
            public_training_code=None, public_training_data=None, framework=["GGUF"], similarity_fn_name="cosine",
            use_instructions=bool(options.get("prompts") or options.get("sidecar")), training_datasets=None)

    @property
    def mteb_model_meta(self) -> ModelMeta:
        return self._meta

    def encode(
        self, inputs: Any, *, task_metadata: Any = None, hf_split: str = "", hf_subset: str = "",
        prompt_type: Any = None, **ignored: Any,
    ) -> Vectors:
        """float32 [texts, dimensions] of a DataLoader's batches, whose texts are in `batch["text"]`."""
        texts = [text for batch in inputs for text in batch["text"]]
        kind = getattr(prompt_type, "value", prompt_type)
        return self.embedder.encode(texts, role={"query": "query", "document": "passage"}.get(kind or ""))

    def similarity(self, embeddings1: Any, embeddings2: Any) -> Vectors:
        """The cosines of all pairs, [rows of one, rows of the other]."""
        found: Vectors = normalized(embeddings1) @ normalized(embeddings2).T
        return found

    def similarity_pairwise(self, embeddings1: Any, embeddings2: Any) -> Vectors:
        """The cosines of rows with the rows of the same number."""
        found: Vectors = np.einsum("ij,ij->i", normalized(embeddings1), normalized(embeddings2))
        return found
