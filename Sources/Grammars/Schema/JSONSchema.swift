package import JSON

extension Grammar {
    /// A grammar whose texts are JSON values that a schema describes (json-schema.org, 2020-12; `items` arrays,
    /// `additionalItems`, `dependencies` and `definitions` of the drafts before too).
    ///
    /// Every text is a value of the schema; not every value can be written. Objects have their listed properties in
    /// the order of the schema, others only where the schema speaks of them or needs them. A schema without `type` is
    /// written as the types that it has keywords of. `format` is kept to for date, time, date-time, duration, uuid,
    /// email, hostname, ipv4, ipv6 and uri, each in a common form; other formats and unknown keywords (`nullable` among
    /// them) are annotations.
    ///
    /// A keyword that cannot be kept to exactly is an error that names it and its place, such as `contains`, `if`,
    /// `unevaluatedProperties`, `uniqueItems` for items without end, and a `oneOf` whose alternatives overlap in what
    /// cannot be told apart. So is a schema without any value.
    ///
    /// - Parameters:
    ///   - text: the schema as JSON.
    ///   - layout: the white space between the tokens of its values.
    package init(jsonSchema text: String, layout: Layout = Layout()) throws(GrammarError) {
        let schema: JSONValue
        do throws(JSONError) { schema = try JSONParser.parse(text) } catch { throw .json(error) }
        try self.init(jsonSchema: schema, layout: layout)
    }

    package init(jsonSchema schema: JSONValue, layout: Layout = Layout()) throws(GrammarError) {
        let document = SchemaDocument(schema)
        var normalizer = SchemaNormalizer(document)
        let root = try normalizer.term(document.root)
        let survey = try SchemaSurvey(normalizer, root: root)
        try self.init(try SchemaWriter(survey, root: root, layout.whitespace).rules)
    }
}
