internal import Grammars
internal import JSON
internal import Tokenizers

extension ChatTemplate {
    /// Gives the options a grammar of calls: at once where the choice is a call, else behind the token that begins calls, if the
    /// format has one.
    ///
    /// - Parameters:
    ///   - tools: that the model is told of.
    ///   - opensReasoning: whether the prompt ends within reasoning.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for a choice without such a tool, beside another grammar or
    ///   drafting, and for a schema that is not supported where a call is required.
    package func constrain(
        _ options: inout GenerationOptions, to tools: ChatJSON?, _ choice: ToolChoice, opensReasoning: Bool
    ) throws(SwiftletError) {
        let list = ToolList(tools)
        switch choice {
        case .none: return
        case .auto:
            guard options.grammar == nil, options.drafting == nil, !list.isEmpty else { return }
            options.triggered = triggeredGrammar(list.tools)
        case .required, .function:
            guard options.grammar == nil, options.drafting == nil else {
                throw SwiftletError(
                    .invalidArgument, "a call is required: leave the grammar, the JSON schema and drafting out")
            }
            var chosen = list.tools
            if case .function(let name) = choice { chosen = chosen.filter { $0.name == name } }
            guard !chosen.isEmpty else {
                let names = list.tools.map(\.name).joined(separator: ", ")
                throw SwiftletError(
                    .invalidArgument,
                    "a call of a tool is required that is not given: \(names.isEmpty ? "give tools" : "use one of \(names)")"
                )
            }
            let isOne = if case .function = choice { true } else { false }
            options.grammar = OutputGrammar(
                try toolGrammar(chosen).answer(opensReasoning: opensReasoning, max: isOne ? 1 : nil))
        }
    }

    /// Nil where calls do not begin with a token, or a schema is not supported.
    private func triggeredGrammar(_ tools: [ToolList.Tool]) -> TriggeredGrammar? {
        guard !format.isHarmony, let calls = format.preferredCalls, let token = tokenizer.id(of: calls.start),
            let grammar = try? toolGrammar(tools).calls(after: calls)
        else { return nil }
        return TriggeredGrammar(token: token, grammar: OutputGrammar(grammar))
    }

    private func toolGrammar(_ tools: [ToolList.Tool]) -> ToolGrammar {
        let texts = texts()
        return ToolGrammar(format, tools) { [tokenizer] in texts.pattern($0, tokenizer) }
    }
}
