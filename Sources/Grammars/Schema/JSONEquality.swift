internal import JSON

/// A name or text compared by its code points alone. Swift's `String` takes some different sequences of
/// characters for equal, JSON does not.
struct ExactText: Hashable, Sendable {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    static func == (a: ExactText, b: ExactText) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        hasher.combine(text.utf8.count)
    }
}

/// A value of JSON as schemas compare values: numbers by value (`1`, `1.0` and `10e-1` are equal), objects by
/// their members in any order.
struct Literal: Hashable, Sendable {
    let value: JSONValue
    private let key: [UInt8]

    init(_ value: JSONValue) {
        self.value = value
        var key: [UInt8] = []
        Self.append(value, to: &key)
        self.key = key
    }

    static let null = Literal(.null)
    static let booleans = [Literal(.bool(true)), Literal(.bool(false))]

    static func == (a: Literal, b: Literal) -> Bool { a.key == b.key }

    func hash(into hasher: inout Hasher) { hasher.combine(key) }

    var type: JSONType {
        switch value {
        case .null: .null
        case .bool: .boolean
        case .number: .number
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }

    /// A form of the value that only equal values share.
    private static func append(_ value: JSONValue, to key: inout [UInt8]) {
        switch value {
        case .null, .bool: key += Array(value.text.utf8)
        case .number(let text): key += Array((DecimalNumber(text)?.exactText ?? text).utf8)
        case .string(let text): key += Array(JSONValue.quoted(text).utf8)
        case .array(let items):
            key.append(UInt8(ascii: "["))
            for item in items {
                append(item, to: &key)
                key.append(UInt8(ascii: ","))
            }
            key.append(UInt8(ascii: "]"))
        case .object(let members):
            var last: [ExactText: JSONValue] = [:]
            for member in members { last[ExactText(member.name)] = member.value }
            let sorted = last.sorted { $0.key.text.utf8.lexicographicallyPrecedes($1.key.text.utf8) }
            key.append(UInt8(ascii: "{"))
            for (name, value) in sorted {
                append(.string(name.text), to: &key)
                key.append(UInt8(ascii: ":"))
                append(value, to: &key)
                key.append(UInt8(ascii: ","))
            }
            key.append(UInt8(ascii: "}"))
        }
    }
}

/// The types of JSON values. Whole numbers are numbers.
enum JSONType: Hashable, Sendable, CaseIterable {
    case null, boolean, number, string, array, object
}
