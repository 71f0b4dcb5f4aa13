internal import Grammars
internal import JSON

/// The grammar of a format's calls, with the tools' names and the JSON schemas of their arguments.
struct ToolGrammar {
    private let format: ChatFormat
    private let tools: [ToolList.Tool]
    /// How a mark is written: by its token, where the vocabulary has one that no text spells.
    private let mark: (String) -> TextPattern

    init(_ format: ChatFormat, _ tools: [ToolList.Tool], mark: @escaping (String) -> TextPattern) {
        self.format = format
        self.tools = tools
        self.mark = mark
    }

    /// An answer that is calls, after what the model reasons.
    ///
    /// - Parameters:
    ///   - opensReasoning: whether the prompt ends within reasoning.
    ///   - max: calls at most; nil: any number.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for a schema that is not supported.
    func answer(opensReasoning: Bool, max: Int?) throws(SwiftletError) -> Grammar {
        if format.isHarmony { return try grammar(harmony) }
        let end = reasoningEnds
        let reasoned =
            opensReasoning
            ? end : .optional(.choice(format.reasoning.map { .sequence([mark($0.start), until($0.end), Self.space]) }))
        return try grammar(.sequence([reasoned, section(max: max)]))
    }

    /// What follows a mark that begins calls, up to the mark that ends them.
    func calls(after start: ChatFormat.Calls) throws(SwiftletError) -> Grammar {
        try grammar(.sequence([inner(start, max: nil), end(of: start)]))
    }

    private func grammar(_ pattern: TextPattern) throws(SwiftletError) -> Grammar {
        do throws(GrammarError) {
            return try Grammar(pattern, rules: GemmaPattern.rules(quote: mark(gemmaQuote)))
        } catch {
            throw SwiftletError(.invalidArgument, "the parameters of a tool, \(error)")
        }
    }

    private static let space = TextPattern.repeated(
        .character(["\n"..."\n", " "..." "]), min: 0, max: 4)

    private var reasoningEnds: TextPattern {
        .choice(format.reasoning.map { .sequence([until($0.end), Self.space]) })
    }

    private func until(_ end: String) -> TextPattern {
        if case .bytes(let bytes) = mark(end) { .untilBytes(bytes) } else { .until(end: end) }
    }

    private func end(of calls: ChatFormat.Calls) -> TextPattern {
        calls.end.map { calls.writesEnd ? mark($0) : .sequence([]) } ?? .sequence([])
    }

    // MARK: Formats

    /// The calls with their marks.
    private func section(max: Int?) -> TextPattern {
        guard let calls = format.preferredCalls else { return unmarked(max: max) }
        let isRepeated = calls.syntax.isRepeated(format.style)
        let one = TextPattern.sequence([
            mark(calls.start), inner(calls, max: isRepeated ? 1 : max), end(of: calls),
        ])
        guard isRepeated, max != 1 else { return one }
        return .sequence([one, .repeated(.sequence([Self.space, one]), min: 0, max: max.map { $0 - 1 })])
    }

    /// What stands between the marks.
    private func inner(_ calls: ChatFormat.Calls, max: Int?) -> TextPattern {
        switch calls.syntax {
        case .tagged: tagged
        case .json: array(max: max)
        case .openedArray: .sequence([list(objects(), max: max), .text("]")])
        case .mistral: format.style.hasArguments ? mistral : array(max: max)
        case .deepSeek: some(deepSeek, max: max)
        case .kimi: some(kimi, max: max)
        case .gemma: each { .sequence([.text("call:\($0.name)"), .rule(GemmaPattern.members)]) }
        case .python, .pythonTag: python(calls.syntax == .pythonTag, max: max)
        case .invoke(let prefix): .sequence([Self.space, some(.sequence([invoke(prefix), Self.space]), max: max)])
        }
    }

    private func each(_ pattern: (ToolList.Tool) -> TextPattern) -> TextPattern { .choice(tools.map(pattern)) }

    private func some(_ pattern: TextPattern, max: Int?) -> TextPattern { .repeated(pattern, min: 1, max: max) }

    private func list(_ pattern: TextPattern, max: Int?) -> TextPattern {
        max == 1
            ? pattern
            : .sequence([
                pattern, .repeated(.sequence([.text(","), Self.space, pattern]), min: 0, max: max.map { $0 - 1 }),
            ])
    }

    private func array(max: Int?) -> TextPattern {
        .sequence([.text("["), Self.space, list(objects(), max: max), Self.space, .text("]")])
    }

    /// Calls as JSON objects; the members come in either order.
    private func objects(name: String = "name", arguments: String = "arguments") -> TextPattern {
        each { tool in
            let first = TextPattern.sequence([.text("\"\(name)\": "), .text(JSONValue.quoted(tool.name))])
            let second = TextPattern.sequence([.text("\"\(arguments)\": "), .json(schema: tool.schema)])
            return .sequence([
                .text("{"),
                .choice([.sequence([first, .text(", "), second]), .sequence([second, .text(", "), first])]), .text("}"),
            ])
        }
    }

    private func unmarked(max: Int?) -> TextPattern {
        let object = objects(arguments: "parameters")
        return max == 1 ? object : .sequence([object, .repeated(.sequence([.text("; "), object]), min: 0, max: nil)])
    }

    private var tagged: TextPattern {
        switch format.style.tags {
        case .json: .sequence([Self.space, objects(), Self.space])
        case .functions:
            each { tool in
                .sequence([
                    .text("\n<function=\(tool.name)>\n"),
                    parameters(tool) { name, isText, schema in
                        let value =
                            isText
                            ? TextPattern.until(end: "\n</parameter>\n")
                            : .sequence([.json(schema: schema), .text("\n</parameter>\n")])
                        return .sequence([.text("<parameter=\(name)>\n"), value])
                    }, .text("</function>\n"),
                ])
            }
        case .keysAndValues:
            each { tool in
                .sequence([
                    .text("\(tool.name)\n"),
                    parameters(tool) { name, isText, schema in
                        let value =
                            isText
                            ? TextPattern.until(end: "</arg_value>")
                            : .sequence([.json(schema: schema), .text("</arg_value>")])
                        return .sequence([.text("<arg_key>\(name)</arg_key>\n<arg_value>"), value, .text("\n")])
                    },
                ])
            }
        }
    }

    private var mistral: TextPattern { each { .sequence([.text($0.name), mark("[ARGS]"), .json(schema: $0.schema)]) } }

    private var deepSeek: TextPattern {
        let (start, middle, end) = (mark("<｜tool▁call▁begin｜>"), mark("<｜tool▁sep｜>"), mark("<｜tool▁call▁end｜>"))
        return each { tool in
            let call: [TextPattern] =
                format.style.hasFence
                ? [
                    .text("function"), middle, .text("\(tool.name)\n```json\n"), .json(schema: tool.schema),
                    .text("\n```"),
                ]
                : [.text(tool.name), middle, .json(schema: tool.schema)]
            return .sequence([start] + call + [end, .optional(.text("\n"))])
        }
    }

    private var kimi: TextPattern {
        each { tool in
            .sequence([
                mark("<|tool_call_begin|>"), .text("functions.\(tool.name):"),
                .repeated(.character(["0"..."9"]), min: 1, max: 3),
                mark("<|tool_call_argument_begin|>"), .json(schema: tool.schema), mark("<|tool_call_end|>"),
            ])
        }
    }

    private func invoke(_ prefix: String) -> TextPattern {
        each { tool in
            .sequence([
                .text("<\(prefix)invoke name=\"\(tool.name)\">\n"),
                parameters(tool) { name, isText, schema in
                    let end = "</\(prefix)parameter>"
                    let kind = prefix.isEmpty ? "" : " string=\"\(isText)\""
                    let value = isText ? TextPattern.until(end: end) : .sequence([.json(schema: schema), .text(end)])
                    return .sequence([.text("<\(prefix)parameter name=\"\(name)\"\(kind)>"), value, .text("\n")])
                }, .text("</\(prefix)invoke>"),
            ])
        }
    }

    /// Llama's tag takes JSON; others Python calls in brackets.
    private func python(_ isTag: Bool, max: Int?) -> TextPattern {
        if isTag { return unmarked(max: max) }
        let call = each { tool in
            .sequence([
                .text("\(tool.name)("),
                parameters(tool, separator: .text(", ")) { name, _, schema in
                    .sequence([.text("\(name)="), .json(schema: schema)])
                },
                .text(")"),
            ])
        }
        return .sequence([.text("["), list(call, max: max), .text("]")])
    }

    /// GPT-OSS: reasoning and words before a call, then the call.
    private var harmony: TextPattern {
        let before = TextPattern.sequence([
            mark("<|channel|>"), .choice([.text("analysis"), .text("commentary")]), mark("<|message|>"),
            until("<|end|>"),
            mark("<|start|>"), .text("assistant"),
        ])
        let call = each { tool in
            .sequence([
                mark("<|channel|>"), .text("commentary to=functions.\(tool.name) "), .optional(mark("<|constrain|>")),
                .text("json"), mark("<|message|>"), .json(schema: tool.schema),
            ])
        }
        return .sequence([.repeated(before, min: 0, max: 2), call])
    }

    /// The arguments of a tool in its schema's order; those that it does not require may be left out.
    private func parameters(
        _ tool: ToolList.Tool, separator: TextPattern? = nil,
        _ pattern: (_ name: String, _ isText: Bool, _ schema: JSONValue) -> TextPattern
    ) -> TextPattern {
        let required = Set((tool.parameters?["required"]?.items ?? []).compactMap(\.string))
        let all = tool.parameters?["properties"]?.members ?? []
        let patterns = all.map { member in
            (
                required.contains(member.name),
                pattern(member.name, ToolList.isText(member.value), tool.schema(of: member.value))
            )
        }
        guard let separator else {
            return .sequence(patterns.map { $0.0 ? $0.1 : .optional($0.1) })
        }
        // From the last one on: what may follow with a separator before it.
        var after = TextPattern.sequence([])
        var starts: [TextPattern] = []
        for (isRequired, one) in patterns.reversed() {
            if isRequired { starts = [] }
            starts.append(.sequence([one, after]))
            let next = TextPattern.sequence([separator, one, after])
            after = isRequired ? next : .choice([next, after])
        }
        if !patterns.contains(where: \.0) { starts.append(.sequence([])) }
        return .choice(starts)
    }

    private var gemmaQuote: String {
        for calls in format.calls { if case .gemma(let quote) = calls.syntax { return quote } }
        return "\""
    }
}

/// Gemma's objects: any, as its schemas tell no more than JSON's do.
private enum GemmaPattern {
    static let members = "members"

    static func rules(quote: TextPattern) -> [String: TextPattern] {
        let name = TextPattern.repeated(
            .character(["a"..."z", "A"..."Z", "0"..."9", "_"..."_", "-"..."-", "."..."."]), min: 1, max: nil)
        let text: TextPattern =
            if case .bytes(let bytes) = quote { .untilBytes(bytes) } else if case .text(let end) = quote {
                .until(end: end)
            } else { .sequence([]) }
        let scalar = JSONValue.object([
            .init("type", .array(["number", "boolean", "null"].map { .string($0) }))
        ])
        let value = TextPattern.choice([
            .sequence([quote, text]), .rule("members"), .rule("items"), .json(schema: scalar),
        ])
        func list(_ item: TextPattern) -> TextPattern {
            .optional(.sequence([item, .repeated(.sequence([.text(","), item]), min: 0, max: nil)]))
        }
        return [
            "value": value,
            "members": .sequence([.text("{"), list(.sequence([name, .text(":"), .rule("value")])), .text("}")]),
            "items": .sequence([.text("["), list(.rule("value")), .text("]")]),
        ]
    }
}

extension ToolList.Tool {
    /// Of the arguments: an object.
    var schema: JSONValue {
        guard let parameters, parameters["type"]?.string == "object" else {
            return .object([.init("type", .string("object"))])
        }
        return parameters
    }

    /// Of one argument, with what the whole schema refers to.
    func schema(of property: JSONValue) -> JSONValue {
        let shared = ["$defs", "definitions"].compactMap { name in
            parameters?[name].map { JSONValue.Member(name, $0) }
        }
        guard !shared.isEmpty, let members = property.members else { return property }
        return .object(members + shared)
    }
}
