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

from ..chat import Answer, Chat
from ..embedder import Embedder
from ..model import Model
from ..tools import ToolCall

#: LangChain's words for a call of some tool.
_CHOICES = {"any": "required", "required": "required"}
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
        choice = _CHOICES.get(tool_choice or "auto", tool_choice)
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], tool_choice=choice, **kwargs)

    def _chat(
        self, messages: list[BaseMessage], tools: Optional[list[dict[str, Any]]], tool_choice: Optional[str]
    ) -> Chat:
        chat = Chat(self.model_path, tools=tools, tool_choice=tool_choice, **self.options)
        chat.set_messages([_message(message) for message in messages])
        return chat

    def _options(self, stop: Optional[list[str]], kwargs: dict[str, Any]) -> dict[str, Any]:
        return {**self.generation, **({"stop": stop} if stop else {}), **kwargs}

    def _generate(
        self, messages: list[BaseMessage], stop: Optional[list[str]] = None,
        run_manager: Optional[CallbackManagerForLLMRun] = None, *, tools: Optional[list[dict[str, Any]]] = None,
        tool_choice: Optional[str] = None, **kwargs: Any,
    ) -> ChatResult:
        with self._chat(messages, tools, tool_choice) as chat:
            answer = chat.respond(**self._options(stop, kwargs))
        message = AIMessage(
            content=answer.content.strip(), usage_metadata=_usage(answer),
            response_metadata={"finish_reason": answer.end}, additional_kwargs=_reasoning(answer.reasoning),
            tool_calls=[
                {"type": "tool_call", "id": call.id, "name": call.name, "args": call.arguments}
                for call in answer.tool_calls])
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self, messages: list[BaseMessage], stop: Optional[list[str]] = None,
        run_manager: Optional[CallbackManagerForLLMRun] = None, *, tools: Optional[list[dict[str, Any]]] = None,
        tool_choice: Optional[str] = None, **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with self._chat(messages, tools, tool_choice) as chat, chat.events(**self._options(stop, kwargs)) as stream:
            calls = 0
            for event in stream:
                if event.tool_call is not None:
                    message = _call_chunk(event.tool_call, calls)
                    calls += 1
                elif event.kind == "reasoning":
                    message = AIMessageChunk(content="", additional_kwargs=_reasoning(event.text))
                else:
                    message = AIMessageChunk(content=event.text)
                chunk = ChatGenerationChunk(message=message)
                if run_manager is not None:
                    run_manager.on_llm_new_token(message.text, chunk=chunk)
                yield chunk
            answer = stream.result
            yield ChatGenerationChunk(message=AIMessageChunk(
                content="", usage_metadata=_usage(answer), response_metadata={"finish_reason": answer.end}))


def _call_chunk(call: ToolCall, index: int) -> AIMessageChunk:
    return AIMessageChunk(content="", tool_call_chunks=[
        {"type": "tool_call_chunk", "index": index, "id": call.id, "name": call.name,
         "args": json.dumps(call.arguments)}])


def _reasoning(text: str) -> dict[str, Any]:
    return {"reasoning_content": text} if text else {}


def _message(message: BaseMessage) -> dict[str, Any]:
    """LangChain's message as Chat takes it."""
    if message.type not in _ROLES:
        raise ValueError(f"a message of the type {message.type!r} is not possible: use {', '.join(_ROLES)}")
    found: dict[str, Any] = {"role": _ROLES[message.type], "content": message.text}
    if isinstance(message, AIMessage) and message.tool_calls:
        found["tool_calls"] = [
            {"type": "function", "id": call["id"], "function": {"name": call["name"], "arguments": call["args"]}}
            for call in message.tool_calls]
    if isinstance(message, AIMessage) and message.additional_kwargs.get("reasoning_content"):
        found["reasoning"] = message.additional_kwargs["reasoning_content"]
    if isinstance(message, ToolMessage):
        found["tool_call_id"] = message.tool_call_id
        found["name"] = message.name
    return found


def _usage(answer: Answer) -> Any:
    return {
        "input_tokens": answer.prompt_tokens, "output_tokens": answer.generated_tokens,
        "total_tokens": answer.prompt_tokens + answer.generated_tokens}
