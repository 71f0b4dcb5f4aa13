"""LangChain: `Embeddings` and a `BaseChatModel` with tools and streaming. Needs langchain-core."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Optional, Union

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict, Field

from ..chat import Chat
from ..embedder import Embedder
from ..generation import Completion
from ..model import Model
from ..tools import parse_tool_calls

_ROLES = {"human": "user", "ai": "assistant", "system": "system", "tool": "tool"}


class SwiftletEmbeddings(Embeddings):
    """Vectors: documents are passages, queries are queries. Takes an Embedder, or what makes one."""

    def __init__(self, model: Union[Embedder, Model, str], **options: Any) -> None:
        self.embedder = model if isinstance(model, Embedder) else Embedder(model, **options)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        found: list[list[float]] = self.embedder.encode(list(texts), role="passage").tolist()
        return found

    def embed_query(self, text: str) -> list[float]:
        found: list[float] = self.embedder.encode(text, role="query").tolist()
        return found


class ChatSwiftlet(BaseChatModel):
    """A chat model. `options` are those of `Chat`, `generation` those of `Chat.respond`."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    model_path: str
    options: dict[str, Any] = Field(default_factory=dict)
    generation: dict[str, Any] = Field(default_factory=dict)

    @property
    def _llm_type(self) -> str:
        return "swiftlet"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_path": self.model_path, **self.options, **self.generation}

    def bind_tools(
        self, tools: Sequence[Union[dict[str, Any], type, Callable[..., Any], BaseTool]], *,
        tool_choice: Optional[str] = None, **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        if tool_choice not in (None, "auto"):
            raise ValueError(f"tool_choice is {tool_choice!r}: the model chooses by itself; use None or auto")
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _chat(self, messages: list[BaseMessage], tools: Optional[list[dict[str, Any]]]) -> Chat:
        chat = Chat(self.model_path, tools=tools, **self.options)
        chat.set_messages([_message(message) for message in messages])
        return chat

    def _options(self, stop: Optional[list[str]], kwargs: dict[str, Any]) -> dict[str, Any]:
        return {**self.generation, **({"stop": stop} if stop else {}), **kwargs}

    def _generate(
        self, messages: list[BaseMessage], stop: Optional[list[str]] = None,
        run_manager: Optional[CallbackManagerForLLMRun] = None, *, tools: Optional[list[dict[str, Any]]] = None,
        **kwargs: Any,
    ) -> ChatResult:
        with self._chat(messages, tools) as chat:
            answer = chat.respond(**self._options(stop, kwargs))
        text, calls = parse_tool_calls(answer.text) if tools else (answer.text, [])
        message = AIMessage(
            content=text.strip(), usage_metadata=_usage(answer), response_metadata={"finish_reason": answer.end},
            tool_calls=[
                {"type": "tool_call", "id": call.id, "name": call.name, "args": call.arguments} for call in calls])
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self, messages: list[BaseMessage], stop: Optional[list[str]] = None,
        run_manager: Optional[CallbackManagerForLLMRun] = None, *, tools: Optional[list[dict[str, Any]]] = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        if tools:  # calls are known once the text is whole
            whole = self._generate(messages, stop, run_manager, tools=tools, **kwargs).generations[0].message
            assert isinstance(whole, AIMessage)
            yield ChatGenerationChunk(message=AIMessageChunk(
                content=whole.content, usage_metadata=whole.usage_metadata, response_metadata=whole.response_metadata,
                tool_call_chunks=[
                    {"type": "tool_call_chunk", "index": index, "id": call["id"], "name": call["name"],
                     "args": json.dumps(call["args"])} for index, call in enumerate(whole.tool_calls)]))
            return
        with self._chat(messages, None) as chat, chat.stream(**self._options(stop, kwargs)) as stream:
            is_first = True
            for piece in stream:
                piece = piece.lstrip() if is_first else piece
                is_first = False
                chunk = ChatGenerationChunk(message=AIMessageChunk(content=piece))
                if run_manager is not None:
                    run_manager.on_llm_new_token(piece, chunk=chunk)
                yield chunk
            answer = stream.result
            yield ChatGenerationChunk(message=AIMessageChunk(
                content="", usage_metadata=_usage(answer), response_metadata={"finish_reason": answer.end}))


def _message(message: BaseMessage) -> dict[str, Any]:
    """LangChain's message as Chat takes it."""
    if message.type not in _ROLES:
        raise ValueError(f"a message of the type {message.type!r} is not possible: use {', '.join(_ROLES)}")
    found: dict[str, Any] = {"role": _ROLES[message.type], "content": message.text}
    if isinstance(message, AIMessage) and message.tool_calls:
        found["tool_calls"] = [
            {"type": "function", "id": call["id"], "function": {"name": call["name"], "arguments": call["args"]}}
            for call in message.tool_calls]
    if isinstance(message, ToolMessage):
        found["tool_call_id"] = message.tool_call_id
        found["name"] = message.name
    return found


def _usage(answer: Completion) -> Any:
    return {
        "input_tokens": answer.prompt_tokens, "output_tokens": answer.generated_tokens,
        "total_tokens": answer.prompt_tokens + answer.generated_tokens}
