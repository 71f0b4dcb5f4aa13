internal import JSON

/// A schema and all that it refers to: one JSON document.
///
/// `$id` within a document begins a resource of its own: `#` means its root from there on. A reference to another
/// resource names that one's `$id`.
struct SchemaDocument {
    /// A schema at its place.
    struct Place {
        var schema: JSONValue
        /// A JSON pointer, with `#` before it.
        var path: String
        /// The index of the resource that references are relative to.
        var resource: Int
    }

    private struct Resource {
        var id: String
        var root: Place
        var anchors: [String: Place] = [:]
    }

    /// The role of a JSON value: a schema, schemas by name, or a value of `const` or `enum`.
    private enum Role { case schema, schemas, data }

    private var resources: [Resource] = []
    /// All objects and truth values by their paths.
    private var places: [ExactText: Place] = [:]

    var root: Place { resources[0].root }

    init(_ document: JSONValue) {
        let root = Place(schema: document, path: "#", resource: 0)
        resources = [Resource(id: "", root: root)]
        collect(document, "#", 0, .schema)
    }

    /// Finds all places, and `$id` and `$anchor` where schemas may be.
    private mutating func collect(_ value: JSONValue, _ path: String, _ resource: Int, _ role: Role) {
        switch value {
        case .bool: places[ExactText(path)] = Place(schema: value, path: path, resource: resource)
        case .array(let items):
            for (index, item) in items.enumerated() { collect(item, "\(path)/\(index)", resource, role) }
        case .object(let members):
            let resource = role == .schema ? collectNames(value, path, resource) : resource
            places[ExactText(path)] = Place(schema: value, path: path, resource: resource)
            for member in members {
                let inner: Role =
                    switch (role, member.name) {
                    case (.data, _), (.schema, "const"), (.schema, "enum"), (.schema, "default"), (.schema, "examples"):
                        .data
                    case (.schema, let name) where Self.schemasByName.contains(name): .schemas
                    default: .schema
                    }
                collect(member.value, path + "/" + Self.escaped(member.name), resource, inner)
            }
        default: break
        }
    }

    private static let schemasByName: Set<String> = [
        "$defs", "definitions", "properties", "patternProperties", "dependentSchemas", "dependencies",
    ]

    /// The names that a schema gives itself. Returns the resource that it is in.
    private mutating func collectNames(_ schema: JSONValue, _ path: String, _ resource: Int) -> Int {
        var resource = resource
        if let id = Self.resourceName(schema) {
            if path == "#" {
                resources[0].id = id
            } else {
                resource = resources.count
                resources.append(Resource(id: id, root: Place(schema: schema, path: path, resource: resource)))
            }
        }
        let place = Place(schema: schema, path: path, resource: resource)
        for keyword in ["$anchor", "$dynamicAnchor"] {
            if case .string(let name)? = schema[keyword] { resources[resource].anchors[name] = place }
        }
        // In drafts 4 to 7 an anchor is an id that is a fragment.
        for keyword in ["$id", "id"] {
            if case .string(let name)? = schema[keyword], name.hasPrefix("#") {
                resources[resource].anchors[String(name.dropFirst())] = place
            }
        }
        return resource
    }

    /// The `$id` that begins a resource.
    private static func resourceName(_ schema: JSONValue) -> String? {
        guard case .string(let id)? = schema["$id"], !id.hasPrefix("#") else { return nil }
        return id.hasSuffix("#") ? String(id.dropLast()) : id
    }

    /// A schema that stands within another one.
    func child(_ schema: JSONValue, of place: Place, _ steps: String...) -> Place {
        let path = steps.reduce(place.path) { $0 + "/" + Self.escaped($1) }
        return places[ExactText(path)] ?? Place(schema: schema, path: path, resource: place.resource)
    }

    /// Where a schema is that only refers to another one: what stands beside the reference are annotations.
    func target(of place: Place) throws(GrammarError) -> Place? {
        guard case .object(let members) = place.schema else { return nil }
        var reference: String?
        var inner: Place?
        for member in members where !Self.annotations.contains(member.name) {
            switch (member.name, member.value) {
            case ("$ref", .string(let text)) where inner == nil: reference = text
            case ("allOf", .array(let items)) where items.count == 1 && reference == nil:
                inner = child(items[0], of: place, "allOf", "0")
            default: return nil
            }
        }
        return try reference.map { text throws(GrammarError) in try find(text, from: place) } ?? inner
    }

    /// Keywords that say nothing of values, or say it elsewhere.
    private static let annotations: Set<String> = [
        "$comment", "$defs", "$schema", "default", "definitions", "deprecated", "description", "examples", "readOnly",
        "title", "writeOnly",
    ]

    /// What `$ref` names.
    ///
    /// - Throws: ``GrammarError/schema(path:problem:)`` for a place that is not in the document.
    func find(_ reference: String, from place: Place) throws(GrammarError) -> Place {
        var name = Substring(reference), fragment = Substring("")
        if let mark = reference.firstIndex(of: "#") {
            name = reference[..<mark]
            fragment = reference[reference.index(after: mark)...]
        }
        guard let resource = name.isEmpty ? place.resource : resources.firstIndex(where: { $0.id == name }) else {
            throw .schema(
                path: place.path,
                problem: "'$ref' to '\(reference)': only places in the same document are supported; copy it to '$defs'")
        }
        guard let pointer = Self.percentDecoded(fragment) else {
            throw .schema(path: place.path, problem: "'$ref' to '\(reference)': its percent encoding is wrong")
        }
        let missing = GrammarError.schema(
            path: place.path, problem: "'$ref' to '\(reference)', which the document does not have")
        if !pointer.isEmpty, !pointer.hasPrefix("/") {
            guard let found = resources[resource].anchors[pointer] else { throw missing }
            return found
        }
        // As paths are written here: other spellings of the same steps are not told apart.
        let steps = pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        let path = steps.reduce(resources[resource].root.path) { $0 + "/" + Self.escaped(Self.unescaped($1)) }
        guard let found = places[ExactText(path)] else { throw missing }
        return found
    }

    // MARK: Pointers

    static func escaped(_ step: String) -> String {
        guard step.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return step }
        var result = ""
        for scalar in step.unicodeScalars {
            switch scalar {
            case "~": result += "~0"
            case "/": result += "~1"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A part of a JSON pointer with `~1` as "/" and `~0` as "~"; other tildes stay.
    private static func unescaped(_ part: Substring) -> String {
        var name = String.UnicodeScalarView()
        var isEscape = false
        for scalar in part.unicodeScalars {
            switch scalar {
            case "1" where isEscape: name.append("/")
            case "0" where isEscape: name.append("~")
            default:
                if isEscape { name.append("~") }
                if scalar != "~" { name.append(scalar) }
            }
            isEscape = scalar == "~"
        }
        if isEscape { name.append("~") }
        return String(name)
    }

    /// - Returns: nil where a percent sign is not followed by two digits, or the result is not UTF-8.
    private static func percentDecoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexadecimal), let low = rest.popFirst().flatMap(hexadecimal) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
    }
}
