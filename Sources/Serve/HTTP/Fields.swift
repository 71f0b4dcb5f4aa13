import JSON
import Swiftlet

/// The fields of a JSON object in a request. One that is null is as one that is missing; one of another type is an error that
/// names it.
struct Fields: Sendable {
    let json: JSONValue
    /// Where the object is in the request: `messages[2].`
    let place: String

    init(_ json: JSONValue, place: String = "") {
        self.json = json
        self.place = place
    }

    /// Nil for a field that is missing or null.
    subscript(name: String) -> JSONValue? {
        guard let value = json[name], !value.isNull else { return nil }
        return value
    }

    func string(_ name: String) throws(APIError) -> String? { try read(name, "a string") { $0.string } }
    func bool(_ name: String) throws(APIError) -> Bool? { try read(name, "true or false") { $0.bool } }
    func int(_ name: String) throws(APIError) -> Int? { try read(name, "an integer") { $0.int } }
    func array(_ name: String) throws(APIError) -> [JSONValue]? { try read(name, "an array") { $0.items } }

    func float(_ name: String) throws(APIError) -> Float? {
        try read(name, "a number") { value in
            guard let number = value.double, Float(number).isFinite else { return nil }
            return Float(number)
        }
    }

    /// An integer in a range.
    func int(_ name: String, in range: ClosedRange<Int>) throws(APIError) -> Int? {
        guard let value = try int(name) else { return nil }
        guard range.contains(value) else {
            throw .invalid(
                "\(place)\(name) is \(value): use \(range.lowerBound) to \(range.upperBound)", param: place + name)
        }
        return value
    }

    /// An object.
    func object(_ name: String) throws(APIError) -> Fields? {
        guard let value = try read(name, "an object", { $0.members == nil ? nil : $0 }) else { return nil }
        return Fields(value, place: "\(place)\(name).")
    }

    /// Objects.
    func objects(_ name: String) throws(APIError) -> [Fields]? {
        guard let items = try array(name) else { return nil }
        var objects: [Fields] = []
        for (index, item) in items.enumerated() {
            guard item.members != nil else { throw wrong("\(name)[\(index)]", "an object", item) }
            objects.append(Fields(item, place: "\(place)\(name)[\(index)]."))
        }
        return objects
    }

    /// A string, or an array of them.
    func strings(_ name: String) throws(APIError) -> [String]? {
        guard let value = self[name] else { return nil }
        if let text = value.string { return [text] }
        guard let items = value.items else { throw wrong(name, "a string or an array of strings", value) }
        var strings: [String] = []
        for (index, item) in items.enumerated() {
            guard let text = item.string else { throw wrong("\(name)[\(index)]", "a string", item) }
            strings.append(text)
        }
        return strings
    }

    /// What a client must give.
    func required<Value>(_ name: String, _ value: Value?) throws(APIError) -> Value {
        guard let value else { throw .invalid("\(place)\(name) is missing", param: place + name) }
        return value
    }

    private func read<Value>(
        _ name: String, _ expected: String, _ convert: (JSONValue) -> Value?
    ) throws(APIError) -> Value? {
        guard let value = self[name] else { return nil }
        guard let result = convert(value) else { throw wrong(name, expected, value) }
        return result
    }

    func wrong(_ name: String, _ expected: String, _ found: JSONValue) -> APIError {
        .invalid("\(place)\(name) is \(found.kind): it should be \(expected)", param: place + name)
    }
}

extension JSONValue {
    /// An object of members that are there.
    static func members(_ members: [(String, JSONValue?)]) -> JSONValue {
        .object(members.compactMap { name, value in value.map { Member(name, $0) } })
    }

    static func int(_ value: Int) -> JSONValue { .number(String(value)) }

    /// Null for what JSON cannot write.
    static func float(_ value: Double) -> JSONValue { value.isFinite ? .number("\(value)") : .null }
    static func float(_ value: Float) -> JSONValue { value.isFinite ? .number("\(value)") : .null }
}
