internal import JSON

extension SchemaConverter {
    func convertNumber(_ schema: JSONValue, whole: Bool, at path: String) throws(GrammarError) -> Expression {
        func text(_ keyword: String) throws(GrammarError) -> String? {
            guard let value = schema[keyword] else { return nil }
            guard case .number(let text) = value else {
                throw .schema(path: path, problem: "'\(keyword)' must be a number")
            }
            return text
        }
        let range = try NumberRange(
            minimum: text("minimum"), exclusiveMinimum: text("exclusiveMinimum"), maximum: text("maximum"),
            exclusiveMaximum: text("exclusiveMaximum"), multipleOf: text("multipleOf"), wholeOnly: whole, at: path)
        return try range.expression(at: path)
    }

    func convertString(_ schema: JSONValue, at path: String) throws(GrammarError) -> Expression {
        let least = try count("minLength", schema, at: path)
        let most = try count("maxLength", schema, at: path)
        if let least, let most, most < least { throw .schema(path: path, problem: "'maxLength' is below 'minLength'") }
        var texts = TextLanguage(minLength: least ?? 0, maxLength: most)
        if let pattern = schema["pattern"] {
            guard case .string(let text) = pattern else { throw .schema(path: path, problem: "'pattern' is a string") }
            texts = try texts.intersection(TextLanguage(pattern: text, at: path))
        }
        if case .string(let name)? = schema["format"], let format = TextLanguage(format: name) {
            texts = try texts.intersection(format)
        }
        return try texts.jsonString(at: path)
    }
}
