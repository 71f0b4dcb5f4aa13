internal import JSON

extension SchemaConverter {
    func convertNumber(_ schema: JSONValue, whole: Bool, at path: String) throws(GrammarError) -> Expression {
        let bounds = try bounds(schema, at: path)
        if let step = schema["multipleOf"] {
            return try convertMultiple(
                of: step, whole: whole, bounded: bounds.low != nil || bounds.high != nil, at: path)
        }
        if bounds.low == nil && bounds.high == nil { return whole ? JSONPrimitives.integer : JSONPrimitives.number }
        var parts: [Expression] = []
        if let integers = IntegerRange.expression(bounds.low.map(ceiling), bounds.high.map(floor)) {
            parts.append(integers)
        }
        if !whole { parts += fractions(bounds) }
        guard !parts.isEmpty else {
            throw .schema(path: path, problem: "no number that is written without an exponent lies within the bounds")
        }
        return parts.count == 1 ? parts[0] : .choice(parts)
    }

    private struct Bound {
        var value: Double
        /// The bound itself is not allowed.
        var excluded: Bool
    }

    private func bounds(_ schema: JSONValue, at path: String) throws(GrammarError) -> (low: Bound?, high: Bound?) {
        var low = try number("minimum", schema, at: path).map { Bound(value: $0, excluded: false) }
        if let value = try number("exclusiveMinimum", schema, at: path), value >= (low?.value ?? -.infinity) {
            low = Bound(value: value, excluded: true)
        }
        var high = try number("maximum", schema, at: path).map { Bound(value: $0, excluded: false) }
        if let value = try number("exclusiveMaximum", schema, at: path), value <= (high?.value ?? .infinity) {
            high = Bound(value: value, excluded: true)
        }
        return (low, high)
    }

    /// The least whole number within a lower bound.
    private func ceiling(_ bound: Bound) -> Int {
        let value = Int(bound.value.rounded(.up))
        return bound.excluded && Double(value) == bound.value ? value + 1 : value
    }

    /// The greatest whole number within an upper bound.
    private func floor(_ bound: Bound) -> Int {
        let value = Int(bound.value.rounded(.down))
        return bound.excluded && Double(value) == bound.value ? value - 1 : value
    }

    /// Numbers with decimals whose whole neighbours both lie within the bounds; where there are none, numbers with as many
    /// decimals as it takes.
    private func fractions(_ bounds: (low: Bound?, high: Bound?)) -> [Expression] {
        let low = bounds.low.map(ceiling), high = bounds.high.map(floor)
        var parts: [Expression] = []
        if let whole = IntegerRange.expression(max(0, low ?? 0), (high ?? IntegerRange.largest) - 1) {
            parts.append(.sequence([whole, JSONPrimitives.fraction]))
        }
        let least = max(0, high.map { -$0 } ?? 0), most = (low.map { -$0 } ?? IntegerRange.largest) - 1
        if let whole = IntegerRange.expression(least, most) {
            parts.append(.sequence([JSONPrimitives.literal("-"), whole, JSONPrimitives.fraction]))
        }
        if parts.isEmpty, let low = bounds.low, let high = bounds.high, let part = narrow(low, high) {
            parts.append(part)
        }
        return parts
    }

    /// Between two bounds with no room for a whole step: numbers of the same whole part, by their decimals.
    private func narrow(_ low: Bound, _ high: Bound) -> Expression? {
        let negative = high.value <= 0
        let least = negative ? -high.value : low.value, most = negative ? -low.value : high.value
        guard least >= 0, most < 1e9 else { return nil }
        let whole = least.rounded(.down)
        var power = 1.0
        for digits in 1...6 {
            power *= 10
            // A margin of one step keeps clear of the bounds themselves and of what rounding makes of them.
            let first = Int(((least - whole) * power).rounded(.up)) + 1
            let last = min(Int(((most - whole) * power).rounded(.down)) - 1, Int(power) - 1)
            guard first <= last else { continue }
            let prefix = (negative ? "-" : "") + String(Int(whole)) + "."
            return .sequence([
                JSONPrimitives.literal(prefix),
                IntegerRange.fixedLength(padded(first, digits), padded(last, digits)),
            ])
        }
        return nil
    }

    private func padded(_ value: Int, _ digits: Int) -> [UInt8] {
        let text = IntegerRange.decimal(value)
        return [UInt8](repeating: 0x30, count: max(0, digits - text.count)) + text
    }

    /// Multiples that the last digits tell.
    private func convertMultiple(
        of step: JSONValue, whole: Bool, bounded: Bool, at path: String
    ) throws(GrammarError) -> Expression {
        guard case .number(let text) = step, !bounded else {
            throw .schema(path: path, problem: "'multipleOf' is not supported beside bounds")
        }
        let digits = Expression.repetition(JSONPrimitives.digit, min: 0, max: 14)
        let sign = Expression.repetition(JSONPrimitives.literal("-"), min: 0, max: 1)
        func ending(_ last: [String]) -> Expression {
            let many = Expression.sequence([
                .character([0x31...0x39]), digits, .choice(last.map(JSONPrimitives.literal)),
            ])
            return .sequence([sign, .choice(last.map(JSONPrimitives.literal) + [many])])
        }
        switch text {
        case "1", "1.0": return JSONPrimitives.integer
        case "2": return ending(["0", "2", "4", "6", "8"])
        case "5": return ending(["0", "5"])
        case "10", "100", "1000", "10000":
            let zeros = String(text.dropFirst())
            let many = Expression.sequence([.character([0x31...0x39]), digits, JSONPrimitives.literal(zeros)])
            return .sequence([sign, .choice([JSONPrimitives.literal("0"), many])])
        default: throw .schema(path: path, problem: "'multipleOf' is supported for 1, 2, 5 and powers of 10")
        }
    }

    // MARK: Strings

    func convertString(_ schema: JSONValue, at path: String) throws(GrammarError) -> Expression {
        let least = try count("minLength", schema, at: path)
        let most = try count("maxLength", schema, at: path)
        if let least, let most, most < least { throw .schema(path: path, problem: "'maxLength' is below 'minLength'") }
        if let pattern = schema["pattern"] {
            guard case .string(let text) = pattern else { throw .schema(path: path, problem: "'pattern' is a string") }
            guard least == nil && most == nil else {
                throw .schema(path: path, problem: "'pattern' is not supported beside 'minLength' and 'maxLength'")
            }
            let content = try PatternParser.parse(text, at: path)
            return .sequence([JSONPrimitives.literal("\""), content, JSONPrimitives.literal("\"")])
        }
        if case .string(let format)? = schema["format"], least == nil, most == nil, let content = Self.format(format) {
            return .sequence([JSONPrimitives.literal("\""), content, JSONPrimitives.literal("\"")])
        }
        return JSONPrimitives.string(atLeast: least ?? 0, atMost: most)
    }

    /// RFC 3339, RFC 9562, RFC 2673. Days stop at 28, so that every month has them.
    private static func format(_ name: String) -> Expression? {
        func range(_ low: Int, _ high: Int, _ digits: Int) -> Expression {
            func padded(_ value: Int) -> [UInt8] {
                let text = IntegerRange.decimal(value)
                return [UInt8](repeating: 0x30, count: digits - text.count) + text
            }
            return IntegerRange.fixedLength(padded(low), padded(high))
        }
        func text(_ value: String) -> Expression { JSONPrimitives.literal(value) }
        let date = Expression.sequence([range(1, 9999, 4), text("-"), range(1, 12, 2), text("-"), range(1, 28, 2)])
        let time = Expression.sequence([
            range(0, 23, 2), text(":"), range(0, 59, 2), text(":"), range(0, 59, 2),
            .choice([text("Z"), .sequence([.choice([text("+"), text("-")]), range(0, 12, 2), text(":00")])]),
        ])
        switch name {
        case "date": return date
        case "time": return time
        case "date-time": return .sequence([date, text("T"), time])
        case "uuid":
            let digit = Expression.character([0x30...0x39, 0x61...0x66])
            let groups = [8, 4, 4, 4, 12].map { Expression.repetition(digit, min: $0, max: $0) }
            return .sequence(Array(groups.map { [$0] }.joined(separator: [text("-")])))
        case "ipv4":
            guard let part = IntegerRange.expression(0, 255) else { return nil }
            return .sequence([part, text("."), part, text("."), part, text("."), part])
        default: return nil
        }
    }
}
