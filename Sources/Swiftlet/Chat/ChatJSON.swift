internal import JSON
internal import Templates

/// JSON that a chat template is given: the tools that a model may call, or the calls of one of its messages.
///
/// The template gets it with its members in their order. No string in it can become a control token of the model.
public struct ChatJSON: Sendable, Hashable {
    /// The JSON text.
    public let text: String
    let json: JSONValue
    let value: TemplateValue

    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for a text that is not a JSON array.
    public init(array text: String) throws(SwiftletError) {
        do throws(JSONError) {
            json = try JSONParser.parse(text)
        } catch {
            throw SwiftletError(.invalidArgument, "the JSON's \(error)")
        }
        guard json.items != nil else {
            throw SwiftletError(.invalidArgument, "the JSON's byte 0: an array should begin here")
        }
        value = TemplateValue(json)
        self.text = text
    }

    init(_ json: JSONValue) {
        self.json = json
        value = TemplateValue(json)
        text = json.text
    }

    /// Whether both were made of the same text.
    public static func == (a: ChatJSON, b: ChatJSON) -> Bool { a.text == b.text }

    /// Hashes the text alone.
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension TemplateValue {
    init(_ value: JSONValue) {
        switch value {
        case .null: self = .none
        case .bool(let value): self = .bool(value)
        case .number(let text): self = Int(text).map { .int($0) } ?? .float(Double(text) ?? .nan)
        case .string(let text): self = .string(text)
        case .array(let items): self = .list(items.map { TemplateValue($0) })
        case .object(let members):
            self = .dictionary(members.map { Entry($0.name, TemplateValue($0.value)) })
        }
    }
}
