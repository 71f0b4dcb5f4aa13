"""Calls of tools in a model's text."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

_TAGGED = re.compile(r"<tool_call>\s*(.*?)\s*(?:</tool_call>|\Z)", re.DOTALL)


@dataclass(frozen=True)
class ToolCall:
    name: str
    arguments: dict[str, Any]
    id: str = field(default_factory=lambda: f"call_{uuid.uuid4().hex[:24]}")


def parse_tool_calls(text: str) -> tuple[str, list[ToolCall]]:
    """The text around calls, and the calls: JSON between <tool_call> tags, as Qwen and Hermes write, or a whole text
    that is JSON of a call or a list of calls, as Llama 3 and Mistral write. What cannot be read stays text."""
    tagged = _TAGGED.findall(text)
    if tagged:
        calls = [call for body in tagged for call in _calls(body)]
        return (_TAGGED.sub("", text).strip(), calls) if calls else (text, [])
    calls = _calls(text.strip().removeprefix("[TOOL_CALLS]").removeprefix("<|python_tag|>"))
    return ("", calls) if calls else (text, [])


def _calls(text: str) -> list[ToolCall]:
    """All calls of a JSON text; none unless the whole text is calls."""
    try:
        found = json.loads(text)
    except ValueError:
        return []
    calls = []
    for value in found if isinstance(found, list) else [found]:
        if not isinstance(value, dict) or not isinstance(value.get("name"), str):
            return []
        arguments = value.get("arguments", value.get("parameters", {}))
        if isinstance(arguments, str):
            try:
                arguments = json.loads(arguments)
            except ValueError:
                return []
        if not isinstance(arguments, dict):
            return []
        calls.append(ToolCall(value["name"], arguments))
    return calls
