internal import JSON

/// A call of a tool, as a model asks for it.
public struct ToolCall: Sendable, Hashable {
    /// Tells it from the other calls of a conversation: the model's own, else nine random letters and digits.
    public var id: String
    /// The tool.
    public var name: String
    /// A JSON object.
    public let arguments: String

    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for arguments that are no JSON object.
    public init(name: String, arguments: String, id: String? = nil) throws(SwiftletError) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONParser.parse(arguments)
        } catch {
            throw SwiftletError(.invalidArgument, "the arguments of a call of \(name) are no JSON, \(error)")
        }
        guard value.members != nil else {
            throw SwiftletError(
                .invalidArgument, "the arguments of a call of \(name) are \(value.kind): give a JSON object")
        }
        self.init(name: name, members: value, id: id)
    }

    /// - Parameter members: an object.
    init(name: String, members: JSONValue, id: String?) {
        self.id = id ?? Self.randomID()
        self.name = name
        arguments = members.text
    }

    /// Templates of Mistral's models accept no other form.
    private static func randomID() -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        return String((0..<9).map { _ in letters.randomElement() ?? "0" })
    }
}

extension ToolCall {
    /// The form that OpenAI's interface gave to templates.
    var json: JSONValue {
        let members = (try? JSONParser.parse(arguments)) ?? .object([])
        return .object([
            .init("type", .string("function")), .init("id", .string(id)),
            .init("function", .object([.init("name", .string(name)), .init("arguments", members)])),
        ])
    }
}

extension ChatJSON {
    /// Calls as most templates want them: `[{"type": "function", "id": ..., "function": {"name": ..., "arguments": {...}}}]`.
    public init(_ calls: [ToolCall]) { self.init(JSONValue.array(calls.map(\.json))) }

    /// The calls in it; nothing for what has another form than ``init(_:)`` gives, or arguments that are no JSON.
    public var toolCalls: [ToolCall] {
        (json.items ?? []).compactMap { JSONCalls.call($0) }
    }
}
