import Foundation
import Hummingbird
import JSON
import Swiftlet

/// Answers in the form of OpenAI's Responses API, whole and in events.
struct ResponsesShape: Sendable {
    let request: ChatRequest
    private let id = ResponsesShape.newID("resp_")
    private let created = Int(Date().timeIntervalSince1970)

    init(_ request: ChatRequest) {
        self.request = request
    }

    private static func newID(_ prefix: String) -> String {
        prefix + UUID().uuidString.lowercased().filter { $0 != "-" }
    }

    // MARK: Whole

    func whole(_ run: TextRun) async throws -> Response {
        var reader = ChatAnswers(request)
        try await reader.read(run)
        let answer = reader.answers.first ?? Answer()
        var output: [JSONValue] = []
        if !answer.reasoning.isEmpty {
            output.append(Self.item(.reasoning(answer.reasoning), Self.newID("rs_"), status: "completed"))
        }
        if !answer.content.isEmpty || answer.calls.isEmpty {
            output.append(Self.item(.content(answer.content), Self.newID("msg_"), status: "completed"))
        }
        for call in answer.calls {
            output.append(Self.item(.toolCall(call), Self.newID("fc_"), status: "completed"))
        }
        return Response(json: response(output, reader.ends.first ?? nil))
    }

    private func response(_ output: [JSONValue], _ end: TextEnd?) -> JSONValue {
        let isCut = end?.finishReason == "length"
        return .members([
            ("id", .string(id)), ("object", .string("response")), ("created_at", .int(created)),
            ("status", .string(end == nil ? "in_progress" : isCut ? "incomplete" : "completed")),
            ("error", .null),
            ("incomplete_details", isCut ? .members([("reason", .string("max_output_tokens"))]) : .null),
            ("model", .string(request.model.name)), ("output", .array(output)),
            ("parallel_tool_calls", .bool(true)), ("tool_choice", .string("auto")), ("tools", .array([])),
            ("metadata", .object([])), ("usage", end.map { usage($0) } ?? .null),
        ])
    }

    private func usage(_ end: TextEnd) -> JSONValue {
        .members([
            ("input_tokens", .int(end.promptTokens)),
            ("input_tokens_details", .members([("cached_tokens", .int(end.cachedTokens))])),
            ("output_tokens", .int(end.tokens)),
            ("output_tokens_details", .members([("reasoning_tokens", .int(0))])),
            ("total_tokens", .int(end.promptTokens + end.tokens)),
        ])
    }

    private static func item(_ part: AnswerPart, _ id: String, status: String) -> JSONValue {
        switch part {
        case .content(let text):
            .members([
                ("id", .string(id)), ("type", .string("message")), ("role", .string("assistant")),
                ("status", .string(status)),
                ("content", .array(status == "completed" ? [Self.text(text)] : [])),
            ])
        case .reasoning(let text):
            .members([
                ("id", .string(id)), ("type", .string("reasoning")), ("summary", .array([])),
                (
                    "content",
                    .array([.members([("type", .string("reasoning_text")), ("text", .string(text))])])
                ),
            ])
        case .toolCall(let call):
            .members([
                ("id", .string(id)), ("type", .string("function_call")), ("status", .string(status)),
                ("call_id", .string(call.id)), ("name", .string(call.name)),
                ("arguments", .string(status == "completed" ? call.arguments : "")),
            ])
        }
    }

    private static func text(_ text: String) -> JSONValue {
        .members([("type", .string("output_text")), ("text", .string(text)), ("annotations", .array([]))])
    }

    // MARK: Events

    /// The item of the output that is open, and those that are done.
    private struct Output {
        var items: [JSONValue] = []
        var id = ""
        /// Nil: none is open.
        var open: AnswerPart?
        var number = 0
    }

    func stream(_ run: TextRun, into stream: inout EventStream) async throws {
        var writer = stream
        var output = Output()
        try await send("response.created", [("response", response([], nil))], &output, &writer)
        try await send("response.in_progress", [("response", response([], nil))], &output, &writer)
        var reader = ChatAnswers(request)
        try await reader.read(run) { event in
            switch event {
            case .part(_, let part): try await write(part, &output, &writer)
            case .ping: try await writer.ping()
            case .token, .end: break
            }
        }
        try await close(&output, &writer)
        let end = reader.ends.first ?? nil
        let type = end?.finishReason == "length" ? "response.incomplete" : "response.completed"
        try await send(type, [("response", response(output.items, end))], &output, &writer)
        stream = writer
    }

    private func write(_ part: AnswerPart, _ output: inout Output, _ writer: inout EventStream) async throws {
        switch (part, output.open) {
        case (.content(let text), .content(let before)?):
            output.open = .content(before + text)
            try await delta("response.output_text.delta", text, &output, &writer)
        case (.content(let text), _):
            try await open(.content(""), "msg_", &output, &writer)
            try await send(
                "response.content_part.added", place(output) + [("part", Self.text(""))], &output, &writer)
            try await write(.content(text), &output, &writer)
        case (.reasoning(let text), .reasoning(let before)?):
            output.open = .reasoning(before + text)
            try await delta("response.reasoning_text.delta", text, &output, &writer)
        case (.reasoning(let text), _):
            try await open(.reasoning(""), "rs_", &output, &writer)
            try await write(.reasoning(text), &output, &writer)
        case (.toolCall(let call), _):
            try await open(part, "fc_", &output, &writer)
            try await delta("response.function_call_arguments.delta", call.arguments, &output, &writer)
            try await close(&output, &writer)
        }
    }

    private func open(
        _ part: AnswerPart, _ prefix: String, _ output: inout Output, _ writer: inout EventStream
    ) async throws {
        try await close(&output, &writer)
        output.id = Self.newID(prefix)
        output.open = part
        try await send(
            "response.output_item.added",
            [("output_index", .int(output.items.count)), ("item", Self.item(part, output.id, status: "in_progress"))],
            &output, &writer)
    }

    private func delta(
        _ type: String, _ text: String, _ output: inout Output, _ writer: inout EventStream
    ) async throws {
        try await send(type, place(output) + [("delta", .string(text))], &output, &writer)
    }

    private func close(_ output: inout Output, _ writer: inout EventStream) async throws {
        guard let part = output.open else { return }
        switch part {
        case .content(let text):
            try await send(
                "response.output_text.done", place(output) + [("text", .string(text))], &output, &writer)
            try await send(
                "response.content_part.done", place(output) + [("part", Self.text(text))], &output, &writer)
        case .reasoning(let text):
            try await send(
                "response.reasoning_text.done", place(output) + [("text", .string(text))], &output, &writer)
        case .toolCall(let call):
            try await send(
                "response.function_call_arguments.done",
                place(output) + [("name", .string(call.name)), ("arguments", .string(call.arguments))], &output,
                &writer)
        }
        let item = Self.item(part, output.id, status: "completed")
        try await send(
            "response.output_item.done", [("output_index", .int(output.items.count)), ("item", item)], &output, &writer)
        output.items.append(item)
        output.open = nil
    }

    private func place(_ output: Output) -> [(String, JSONValue?)] {
        [
            ("item_id", .string(output.id)), ("output_index", .int(output.items.count)), ("content_index", .int(0)),
        ]
    }

    private func send(
        _ type: String, _ members: [(String, JSONValue?)], _ output: inout Output, _ writer: inout EventStream
    ) async throws {
        let head: [(String, JSONValue?)] = [("type", .string(type)), ("sequence_number", .int(output.number))]
        output.number += 1
        try await writer.send(.members(head + members), event: type)
    }
}
