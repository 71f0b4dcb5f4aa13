/// The marks of the families that are known. The first of each list is taken where a model shows none of them.
///
/// - Source: the chat templates and model cards of the families; vLLM's documentation of its tool parsers.
extension ChatFormat {
    static let knownReasoning = [
        Reasoning(start: "<think>", end: "</think>"),
        Reasoning(start: "<thought>", end: "</thought>"),  // EXAONE Deep
        Reasoning(start: "<seed:think>", end: "</seed:think>"),
        Reasoning(start: "[THINK]", end: "[/THINK]", isAnywhere: true),  // Magistral, Ministral 3
        Reasoning(start: "<|START_THINKING|>", end: "<|END_THINKING|>", isAnywhere: true),  // Command R7B, Command A
        Reasoning(start: "<|channel>thought", end: "<channel|>", isAnywhere: true),  // Gemma 4
    ]

    static let knownCalls = [
        // Hermes, Qwen 2.5 to 3.5, GLM-4.5, Granite 4, SmolLM 3, EXAONE 4
        Calls(start: "<tool_call>", end: "</tool_call>", syntax: .tagged),
        // Granite 3, Phi-4-mini
        Calls(start: "<|tool_call|>", end: "<|/tool_call|>", syntax: .json),
        // Phi-4-mini
        Calls(start: "functools[", end: nil, syntax: .openedArray, evidence: "<|tool|>"),
        // Granite 3.0
        Calls(start: "<function_call>", end: "</function_call>", syntax: .json),
        Calls(start: "[TOOL_CALLS]", end: nil, syntax: .mistral, inner: ["[ARGS]", "[CALL_ID]"]),
        // Llama 3
        Calls(start: "<|python_tag|>", end: nil, syntax: .pythonTag),
        // Llama 4
        Calls(start: "<|python_start|>", end: "<|python_end|>", syntax: .pythonTag),
        // DeepSeek V3, R1, V3.1
        Calls(
            start: "<｜tool▁calls▁begin｜>", end: "<｜tool▁calls▁end｜>", syntax: .deepSeek,
            inner: ["<｜tool▁call▁begin｜>", "<｜tool▁sep｜>", "<｜tool▁call▁end｜>"]),
        // DeepSeek V3.2
        Calls(
            start: "<｜DSML｜function_calls>", end: "</｜DSML｜function_calls>", syntax: .invoke(prefix: "｜DSML｜"),
            inner: ["｜DSML｜"]),
        Calls(
            start: "<|tool_calls_section_begin|>", end: "<|tool_calls_section_end|>", syntax: .kimi,
            inner: ["<|tool_call_begin|>", "<|tool_call_argument_begin|>", "<|tool_call_end|>"]),
        // Gemma 4
        Calls(start: "<|tool_call>", end: "<tool_call|>", syntax: .gemma(quote: "<|\"|>"), inner: ["<|\"|>"]),
        // FunctionGemma
        Calls(
            start: "<start_function_call>", end: "<end_function_call>", syntax: .gemma(quote: "<escape>"),
            inner: ["<escape>"]),
        // Gemma 3
        Calls(start: "```tool_code", end: "```", syntax: .python),
        // Command R7B, Command A
        Calls(start: "<|START_ACTION|>", end: "<|END_ACTION|>", syntax: .json),
        // LFM2
        Calls(start: "<|tool_call_start|>", end: "<|tool_call_end|>", syntax: .python),
        // OLMo 3
        Calls(start: "<function_calls>", end: "</function_calls>", syntax: .python),
        // Jamba
        Calls(start: "<tool_calls>", end: "</tool_calls>", syntax: .json),
        // Nemotron Nano 2
        Calls(start: "<TOOLCALL>", end: "</TOOLCALL>", syntax: .json),
        // InternLM 2
        Calls(start: "<|action_start|><|plugin|>", end: "<|action_end|>", syntax: .json, inner: ["<|plugin|>"]),
        Calls(start: "<minimax:tool_call>", end: "</minimax:tool_call>", syntax: .invoke(prefix: "")),
        Calls(start: "<seed:tool_call>", end: "</seed:tool_call>", syntax: .tagged),
    ]

    static let knownIgnored = [
        "<response>", "</response>",  // Granite 3.3
        "<|START_RESPONSE|>", "<|END_RESPONSE|>", "<|START_TEXT|>", "<|END_TEXT|>",  // Command R7B, Command A
        "<|channel>", "<channel|>",  // Gemma 4: a channel without reasoning
    ]

    /// Every mark of these formats once.
    static let allMarks: [String] = {
        let reasoning = knownReasoning.flatMap { [$0.start, $0.end] }
        let calls = knownCalls.flatMap { [$0.start, $0.end ?? $0.start] + $0.inner }
        return Set(reasoning + calls + knownIgnored + HarmonyParser.marks).sorted()
    }()
}
