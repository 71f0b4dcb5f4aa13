/// The bodies of requests, and of failures, as JSON schemas.
enum OpenAPISchemas {
    static let text = #"""
        {
          "Error": {
            "type": "object",
            "properties": {
              "error": {
                "type": "object",
                "properties": {
                  "message": {"type": "string"}, "type": {"type": "string"},
                  "param": {"type": ["string", "null"]}, "code": {"type": ["string", "null"]}
                },
                "required": ["message", "type"]
              }
            },
            "required": ["error"]
          },
          "Message": {
            "type": "object",
            "properties": {
              "role": {"enum": ["system", "developer", "user", "assistant", "tool"]},
              "content": {
                "oneOf": [
                  {"type": "string"},
                  {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {"type": {"type": "string"}, "text": {"type": "string"}},
                      "required": ["type"]
                    }
                  },
                  {"type": "null"}
                ]
              },
              "name": {"type": "string"}, "tool_call_id": {"type": "string"},
              "tool_calls": {
                "type": "array",
                "items": {
                  "type": "object",
                  "properties": {
                    "id": {"type": "string"}, "type": {"type": "string"},
                    "function": {
                      "type": "object",
                      "properties": {"name": {"type": "string"}, "arguments": {"type": "string"}},
                      "required": ["name"]
                    }
                  },
                  "required": ["function"]
                }
              }
            },
            "required": ["role"]
          },
          "AdapterScales": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {"id": {"type": "integer", "minimum": 0}, "scale": {"type": "number"}},
              "required": ["id", "scale"]
            }
          },
          "ChatRequest": {
            "type": "object",
            "properties": {
              "model": {"type": "string"}, "temperature": {"type": "number", "minimum": 0},
              "top_p": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
              "top_k": {"type": "integer", "minimum": -1},
              "min_p": {"type": "number", "minimum": 0, "maximum": 1},
              "frequency_penalty": {"type": "number"}, "presence_penalty": {"type": "number"},
              "repeat_penalty": {"type": "number", "exclusiveMinimum": 0}, "seed": {"type": "integer"},
              "stop": {
                "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "maxItems": 64}]
              },
              "logit_bias": {"type": "object", "additionalProperties": {"type": "number"}},
              "n": {"type": "integer", "minimum": 1}, "stream": {"type": "boolean"},
              "stream_options": {"type": "object", "properties": {"include_usage": {"type": "boolean"}}},
              "ignore_eos": {"type": "boolean"}, "min_tokens": {"type": "integer", "minimum": 0},
              "grammar": {"type": "string"}, "lora": {"$ref": "#/components/schemas/AdapterScales"},
              "messages": {"type": "array", "items": {"$ref": "#/components/schemas/Message"}, "minItems": 1},
              "max_completion_tokens": {"type": "integer", "minimum": 0}, "max_tokens": {"type": "integer"},
              "logprobs": {"type": "boolean"},
              "top_logprobs": {"type": "integer", "minimum": 0, "maximum": 20},
              "response_format": {
                "type": "object",
                "properties": {
                  "type": {"enum": ["text", "json_object", "json_schema"]},
                  "json_schema": {
                    "type": "object",
                    "properties": {
                      "name": {"type": "string"}, "schema": {"type": "object"}, "strict": {"type": "boolean"}
                    }
                  }
                },
                "required": ["type"]
              },
              "tools": {
                "type": "array",
                "items": {
                  "type": "object",
                  "properties": {
                    "type": {"type": "string"},
                    "function": {
                      "type": "object",
                      "properties": {
                        "name": {"type": "string"}, "description": {"type": "string"},
                        "parameters": {"type": "object"}
                      },
                      "required": ["name"]
                    }
                  },
                  "required": ["type", "function"]
                }
              },
              "tool_choice": {}
            },
            "required": ["messages"]
          },
          "CompletionRequest": {
            "type": "object",
            "properties": {
              "model": {"type": "string"}, "temperature": {"type": "number", "minimum": 0},
              "top_p": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
              "top_k": {"type": "integer", "minimum": -1},
              "min_p": {"type": "number", "minimum": 0, "maximum": 1},
              "frequency_penalty": {"type": "number"}, "presence_penalty": {"type": "number"},
              "repeat_penalty": {"type": "number", "exclusiveMinimum": 0}, "seed": {"type": "integer"},
              "stop": {
                "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "maxItems": 64}]
              },
              "logit_bias": {"type": "object", "additionalProperties": {"type": "number"}},
              "n": {"type": "integer", "minimum": 1}, "stream": {"type": "boolean"},
              "stream_options": {"type": "object", "properties": {"include_usage": {"type": "boolean"}}},
              "ignore_eos": {"type": "boolean"}, "min_tokens": {"type": "integer", "minimum": 0},
              "grammar": {"type": "string"}, "lora": {"$ref": "#/components/schemas/AdapterScales"},
              "prompt": {
                "oneOf": [
                  {"type": "string"}, {"type": "array", "items": {"type": "string"}},
                  {"type": "array", "items": {"type": "integer"}},
                  {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}
                ]
              },
              "max_tokens": {"type": "integer"}, "echo": {"type": "boolean"},
              "logprobs": {"type": "integer", "minimum": 0, "maximum": 20}
            },
            "required": ["prompt"]
          },
          "EmbeddingRequest": {
            "type": "object",
            "properties": {
              "model": {"type": "string"},
              "input": {
                "oneOf": [
                  {"type": "string"},
                  {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2048}
                ]
              },
              "encoding_format": {"enum": ["float", "base64"]},
              "dimensions": {"type": "integer", "minimum": 1}, "truncate": {"type": "boolean"},
              "prompt_name": {"type": "string"}
            },
            "required": ["input"]
          },
          "RerankRequest": {
            "type": "object",
            "properties": {
              "model": {"type": "string"}, "query": {"type": "string"},
              "documents": {
                "type": "array",
                "items": {
                  "oneOf": [
                    {"type": "string"},
                    {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
                  ]
                }
              },
              "texts": {"type": "array", "items": {"type": "string"}},
              "top_n": {"type": "integer", "minimum": 1}, "return_documents": {"type": "boolean"},
              "return_text": {"type": "boolean"}, "raw_scores": {"type": "boolean"}
            },
            "required": ["query"]
          },
          "TranscriptionRequest": {
            "type": "object",
            "properties": {
              "file": {"type": "string", "format": "binary"}, "model": {"type": "string"},
              "language": {"type": "string"}, "prompt": {"type": "string"},
              "response_format": {"enum": ["json", "text", "srt", "verbose_json", "vtt"]},
              "temperature": {"type": "number", "minimum": 0, "maximum": 1},
              "timestamp_granularities[]": {"type": "array", "items": {"enum": ["word", "segment"]}},
              "stream": {"type": "boolean"}
            },
            "required": ["file"]
          },
          "TranslateRequest": {
            "type": "object",
            "properties": {
              "model": {"type": "string"},
              "input": {
                "oneOf": [
                  {"type": "string"},
                  {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 1024}
                ]
              },
              "source": {"type": "string"}, "target": {"type": "string"},
              "task": {"enum": ["translation", "summary", "plain"]},
              "beams": {"type": "integer", "minimum": 1, "maximum": 16}
            },
            "required": ["input"]
          },
          "ResponsesRequest": {
            "type": "object",
            "properties": {
              "model": {"type": "string"},
              "input": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}]},
              "instructions": {"type": "string"}, "max_output_tokens": {"type": "integer"},
              "temperature": {"type": "number", "minimum": 0}, "stream": {"type": "boolean"},
              "tools": {"type": "array", "items": {"type": "object"}},
              "lora": {"$ref": "#/components/schemas/AdapterScales"}
            },
            "required": ["input"]
          },
          "MessagesRequest": {
            "type": "object",
            "properties": {
              "model": {"type": "string"},
              "messages": {"type": "array", "items": {"type": "object"}, "minItems": 1}, "system": {},
              "max_tokens": {"type": "integer", "minimum": 1},
              "temperature": {"type": "number", "minimum": 0},
              "stop_sequences": {"type": "array", "items": {"type": "string"}}, "stream": {"type": "boolean"},
              "tools": {"type": "array", "items": {"type": "object"}},
              "lora": {"$ref": "#/components/schemas/AdapterScales"}
            },
            "required": ["messages", "max_tokens"]
          },
          "LookRequest": {
            "type": "object",
            "properties": {
              "model": {"type": "string"}, "input": {"type": "string"},
              "max_tokens": {"type": "integer", "minimum": 0, "maximum": 512},
              "layers": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1},
              "heads": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1},
              "ablate": {"type": "string"}, "target": {"type": "string"}, "source_language": {"type": "string"},
              "target_language": {"type": "string"}
            },
            "required": ["input"]
          },
          "TokenizeRequest": {
            "type": "object",
            "properties": {
              "model": {"type": "string"}, "content": {"type": "string"}, "add_special": {"type": "boolean"},
              "parse_special": {"type": "boolean"}, "with_pieces": {"type": "boolean"}
            },
            "required": ["content"]
          },
          "DetokenizeRequest": {
            "type": "object",
            "properties": {"model": {"type": "string"}, "tokens": {"type": "array", "items": {"type": "integer"}}},
            "required": ["tokens"]
          }
        }
        """#
}
