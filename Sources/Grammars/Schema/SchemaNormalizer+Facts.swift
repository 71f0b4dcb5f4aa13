internal import JSON

/// Reads schemas one by one, each once.
extension SchemaNormalizer {
    mutating func facts(_ node: Int) throws(GrammarError) -> SchemaFacts {
        if let known = knownFacts[node] { return known }
        let facts: SchemaFacts
        switch nodes[node] {
        case .not(let term, let path): facts = SchemaFacts(negations: [(term, path)])
        case .schema(let place): facts = try read(place)
        }
        knownFacts[node] = facts
        return facts
    }

    private mutating func read(_ place: SchemaDocument.Place) throws(GrammarError) -> SchemaFacts {
        try spend(1, at: place.path)
        languages.path = place.path
        let reader = KeywordReader(schema: place.schema, path: place.path)
        try reader.refuseUnsupported()
        var facts = SchemaFacts(hints: reader.hints())
        func add(_ kind: SchemaFacts.Constraint.Kind, _ keyword: String) {
            facts.constraints.append(.init(kind: kind, keyword: keyword, path: place.path))
        }
        if let (types, wholeOnly) = try reader.types() { add(.types(types, wholeOnly: wholeOnly), "type") }
        for keyword in ["const", "enum"] {
            if let literals = try reader.literals(keyword) { add(.literals(literals), keyword) }
        }
        for keyword in ["minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf"] {
            if let range = try reader.numbers(keyword) { add(.numbers(range), keyword) }
        }
        for (keyword, shape) in try texts(reader) { add(.texts(shape), keyword) }
        for (keyword, shape) in try arrays(reader, place) { add(.arrays(shape), keyword) }
        for (keyword, shape) in try objects(reader, place) { add(.objects(shape), keyword) }
        try readCombinations(reader, place, &facts)
        return facts
    }

    private mutating func readCombinations(
        _ reader: KeywordReader, _ place: SchemaDocument.Place, _ facts: inout SchemaFacts
    ) throws(GrammarError) {
        if let reference = try reader.string("$ref") {
            facts.conjunctions.append(try term(document.find(reference, from: place)))
        }
        for (index, item) in try reader.schemas("allOf").enumerated() {
            facts.conjunctions.append(try term(document.child(item, of: place, "allOf", String(index))))
        }
        for keyword in ["anyOf", "oneOf"] where place.schema[keyword] != nil {
            var alternatives: [SchemaTerm] = []
            for (index, item) in try reader.schemas(keyword).enumerated() {
                alternatives.append(try term(document.child(item, of: place, keyword, String(index))))
            }
            facts.groups.append(
                .init(
                    alternatives: alternatives, isExclusive: keyword == "oneOf", keyword: keyword, path: place.path))
        }
        if let schema = place.schema["not"] {
            facts.negations.append((try term(document.child(schema, of: place, "not")), place.path))
        }
        for keyword in ["dependentRequired", "dependentSchemas", "dependencies"] {
            for member in try reader.members(keyword) {
                facts.groups.append(try dependency(member, keyword, reader, place))
            }
        }
    }

    /// A dependency: the object lacks a member, or it has it and the constraint holds.
    private mutating func dependency(
        _ member: JSONValue.Member, _ keyword: String, _ reader: KeywordReader, _ place: SchemaDocument.Place
    ) throws(GrammarError) -> SchemaFacts.Group {
        func written(_ schema: JSONValue, _ name: String) -> SchemaDocument.Place {
            // A name with a line break: no path of the document is the same.
            document.child(schema, of: place, keyword, member.name, "\n" + name)
        }
        let absent = JSONValue.object([.init("properties", .object([.init(member.name, .bool(false))]))])
        var names = [JSONValue.string(member.name)], other = SchemaTerm.all
        if keyword != "dependentSchemas", case .array(let items) = member.value {
            guard KeywordReader.names(member.value) != nil else {
                throw reader.failure("'\(keyword)' must have an array of names for each name")
            }
            names += items
        } else if keyword != "dependentRequired" {
            other = try term(document.child(member.value, of: place, keyword, member.name))
        } else {
            throw reader.failure("'\(keyword)' must have an array of names for each name")
        }
        let present = try term(written(.object([.init("required", .array(names))]), "present"))
        return .init(
            alternatives: [
                try term(written(absent, "absent")), try conjunction(present, other, at: place.path),
            ], keyword: keyword, path: place.path)
    }

    // MARK: Types

    private mutating func texts(_ reader: KeywordReader) throws(GrammarError) -> [(String, TextShape)] {
        var shapes: [(String, TextShape)] = []
        if let count = try reader.count("minLength"), count > 0 {
            shapes.append(("minLength", TextShape(minLength: count)))
        }
        if let count = try reader.count("maxLength") { shapes.append(("maxLength", TextShape(maxLength: count))) }
        if let pattern = try reader.string("pattern") {
            let language = try languages.pattern(pattern, at: reader.path)
            shapes.append(("pattern", TextShape(inner: language, outer: language)))
        }
        if case .string(let format)? = reader.schema["format"], var language = languages.format(format) {
            if !shapes.isEmpty, let (pattern, maxLength) = FormatBounds.simple(format) {
                let simple = try languages.pattern(pattern, at: reader.path)
                language = try languages.intersection(simple, languages.lengths(0, maxLength))
            }
            let outer = try FormatBounds.pattern(format).map { text throws(GrammarError) in
                try languages.pattern(text, at: reader.path)
            }
            shapes.append(("format", TextShape(inner: language, outer: outer ?? TextLanguages.all)))
        }
        return shapes
    }

    private mutating func arrays(
        _ reader: KeywordReader, _ place: SchemaDocument.Place
    ) throws(GrammarError) -> [(String, ArrayShape)] {
        var shapes: [(String, ArrayShape)] = []
        if let count = try reader.count("minItems"), count > 0 {
            shapes.append(("minItems", ArrayShape(minCount: count)))
        }
        if let count = try reader.count("maxItems") { shapes.append(("maxItems", ArrayShape(maxCount: count))) }
        if try reader.flag("uniqueItems") { shapes.append(("uniqueItems", ArrayShape(isUnique: true))) }

        // In drafts before 2020-12 the first items are an array in `items`, and those after them in `additionalItems`.
        var listed = "prefixItems", others = "items"
        if case .array? = place.schema["items"] { (listed, others) = ("items", "additionalItems") }
        guard place.schema[listed] != nil || place.schema[others] != nil else { return shapes }
        guard listed == "prefixItems" || place.schema["prefixItems"] == nil else {
            throw reader.failure("'items' must be a schema beside 'prefixItems'")
        }
        var shape = ArrayShape()
        let items = place.schema[listed] == .array([]) ? [] : try reader.schemas(listed)
        guard items.count <= Self.tupleLimit else {
            throw reader.failure("more than \(Self.tupleLimit) schemas in '\(listed)'")
        }
        for (index, item) in items.enumerated() {
            shape.prefix.append(try term(document.child(item, of: place, listed, String(index))))
        }
        if let rest = place.schema[others] { shape.rest = try term(document.child(rest, of: place, others)) }
        shapes.append((place.schema[listed] == nil ? others : listed, shape))
        return shapes
    }

    private mutating func objects(
        _ reader: KeywordReader, _ place: SchemaDocument.Place
    ) throws(GrammarError) -> [(String, ObjectShape)] {
        var shapes: [(String, ObjectShape)] = []
        let properties = try members(reader, place)
        if place.schema["properties"] != nil || place.schema["patternProperties"] != nil
            || place.schema["additionalProperties"] != nil
        {
            let keyword = ["additionalProperties", "properties"].first { place.schema[$0] != nil }
            shapes.append((keyword ?? "patternProperties", properties))
        }
        if let schema = place.schema["propertyNames"] {
            let names = try term(document.child(schema, of: place, "propertyNames"))
            let allowed = try namesLanguage(names, at: place.path)
            let others = try languages.complement(allowed)
            shapes.append(
                ("propertyNames", ObjectShape(classes: [.init(names: allowed), .init(names: others, value: .none)])))
        }
        let required = try reader.names("required")
        if !required.isEmpty { shapes.append(("required", ObjectShape(required: required))) }
        if let count = try reader.count("minProperties"), count > 0 {
            shapes.append(("minProperties", ObjectShape(minCount: count)))
        }
        if let count = try reader.count("maxProperties") {
            shapes.append(("maxProperties", ObjectShape(maxCount: count)))
        }
        return shapes
    }

    /// `properties`, `patternProperties` and `additionalProperties`.
    private mutating func members(
        _ reader: KeywordReader, _ place: SchemaDocument.Place
    ) throws(GrammarError) -> ObjectShape {
        var matched: [ObjectShape.NameClass] = []
        var unmatched = TextLanguages.all
        for member in try reader.members("patternProperties") {
            let value = try term(document.child(member.value, of: place, "patternProperties", member.name))
            let pattern = try languages.pattern(member.name, at: place.path)
            let others = try languages.complement(pattern)
            var classes: [ObjectShape.NameClass] = []
            for known in matched {
                let both = try conjunction(known.value, value, at: place.path)
                classes.append(
                    .init(names: try languages.intersection(known.names, pattern), value: both, isAsked: true))
                classes.append(
                    .init(names: try languages.intersection(known.names, others), value: known.value, isAsked: true))
            }
            classes.append(.init(names: try languages.intersection(unmatched, pattern), value: value, isAsked: true))
            unmatched = try languages.intersection(unmatched, others)
            matched = classes.filter { !languages.isEmpty($0.names) }
            try spend(matched.count, at: place.path)
        }
        var shape = ObjectShape(classes: matched)
        if !languages.isEmpty(unmatched) {
            let schema = place.schema["additionalProperties"]
            let value = try schema.map { schema throws(GrammarError) in
                try term(document.child(schema, of: place, "additionalProperties"))
            }
            shape.classes.append(.init(names: unmatched, value: value ?? .all, isAsked: schema != nil))
        }
        for member in try reader.members("properties") {
            var value = try term(document.child(member.value, of: place, "properties", member.name))
            for known in matched where languages.contains(member.name, known.names) {
                value = try conjunction(value, known.value, at: place.path)
            }
            shape.properties.append(.init(name: ExactText(member.name), value: value))
        }
        return shape
    }

    /// The strings that a schema has, as a language.
    private mutating func namesLanguage(_ term: SchemaTerm, at path: String) throws(GrammarError) -> Int {
        if term == .all { return TextLanguages.all }
        guard let branches = try branches(of: term, at: path) else {
            throw .schema(path: path, problem: "'propertyNames' leads to itself")
        }
        var language = try languages.complement(TextLanguages.all)
        for branch in branches {
            for shape in branch.set.texts {
                guard shape.inner == shape.outer else {
                    throw .schema(
                        path: path, problem: "'format' within 'propertyNames' is not supported; use 'pattern'")
                }
                language = try languages.union(language, languages.inner(shape))
            }
            let texts = branch.set.literals.compactMap { $0.value.string }
            if !texts.isEmpty { language = try languages.union(language, languages.texts(texts)) }
        }
        return language
    }
}
