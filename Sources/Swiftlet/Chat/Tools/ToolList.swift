internal import JSON

/// The tools that a model may call: `[{"type": "function", "function": {"name": ..., "parameters": {...}}}]`, or the same
/// without the outer object.
struct ToolList: Sendable {
    struct Tool: Sendable {
        let name: String
        /// A JSON schema of the arguments.
        let parameters: JSONValue?
    }

    let tools: [Tool]

    init(_ json: ChatJSON?) {
        tools = (json?.json.items ?? []).compactMap { item in
            let function = item["function"] ?? item
            guard let name = function["name"]?.string else { return nil }
            return Tool(name: name, parameters: function["parameters"] ?? function["input_schema"])
        }
    }

    var isEmpty: Bool { tools.isEmpty }

    func contains(_ name: String) -> Bool { tools.contains { $0.name == name } }

    subscript(name: String) -> Tool? { tools.first { $0.name == name } }

    /// The value of an argument that is written without quotes: JSON, unless the tool's schema wants a string.
    func value(of text: String, for parameter: String, of name: String) -> JSONValue {
        let schema = self[name]?.parameters?["properties"]?[parameter]
        if Self.isText(schema) { return .string(text) }
        let types = Self.types(schema)
        guard let value = try? JSONParser.parse(text) else { return .string(text) }
        // Where the schema also takes a string, JSON is what the schema names beside it.
        if types.contains("string"), !types.contains(Self.type(of: value)) { return .string(text) }
        return value
    }

    /// Whether only strings are values of a schema.
    static func isText(_ schema: JSONValue?) -> Bool { types(schema) == ["string"] }

    /// What `type` says, directly or in alternatives; empty where it says nothing.
    private static func types(_ schema: JSONValue?) -> Set<String> {
        guard let schema else { return [] }
        if let type = schema["type"]?.string { return [type] }
        if let types = schema["type"]?.items { return Set(types.compactMap(\.string)) }
        if let values = schema["enum"]?.items { return Set(values.map { type(of: $0) }) }
        return (schema["anyOf"]?.items ?? schema["oneOf"]?.items ?? []).reduce(into: []) { $0.formUnion(types($1)) }
    }

    private static func type(of value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .number: value.int == nil ? "number" : "integer"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
