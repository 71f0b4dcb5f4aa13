internal import JSON

/// Ranges of numbers as sets, with subtraction.
extension NumberRange: Hashable {
    init() {}

    static let all = NumberRange()

    package static func == (a: NumberRange, b: NumberRange) -> Bool {
        a.low == b.low && a.high == b.high && a.step == b.step && a.wholeOnly == b.wholeOnly
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(low)
        hasher.combine(high)
        hasher.combine(step)
        hasher.combine(wholeOnly)
    }

    /// The range of one keyword.
    init(_ keyword: String, _ text: String, at path: String) throws(GrammarError) {
        switch keyword {
        case "minimum": try self.init(minimum: text, at: path)
        case "exclusiveMinimum": try self.init(exclusiveMinimum: text, at: path)
        case "maximum": try self.init(maximum: text, at: path)
        case "exclusiveMaximum": try self.init(exclusiveMaximum: text, at: path)
        default: try self.init(multipleOf: text, at: path)
        }
    }

    func contains(_ value: Literal) -> Bool {
        if case .number(let text) = value.value { contains(text) } else { false }
    }

    /// The numbers of both; nil if there are none.
    func common(_ other: NumberRange, at path: String) throws(GrammarError) -> NumberRange? {
        let both = try intersection(other, at: path)
        return both.isEmpty ? nil : both
    }

    /// The numbers that are not of another range.
    ///
    /// - Returns: nil where these are not ranges: what is no multiple, or not whole, cannot be written.
    func subtracting(_ other: NumberRange, at path: String) throws(GrammarError) -> [NumberRange]? {
        guard try common(other, at: path) != nil else { return [self] }
        if let theirs = other.step ?? (other.wholeOnly ? NumberStep.one : nil) {
            guard let step = step ?? (wholeOnly ? .one : nil), step.common(with: theirs) == step else { return nil }
        }
        var parts: [NumberRange] = []
        if let low = other.low {
            let text = low.value.exactText
            let below =
                try low.isExcluded
                ? NumberRange(maximum: text, at: path) : NumberRange(exclusiveMaximum: text, at: path)
            if let part = try common(below, at: path) { parts.append(part) }
        }
        if let high = other.high {
            let text = high.value.exactText
            let above =
                try high.isExcluded
                ? NumberRange(minimum: text, at: path) : NumberRange(exclusiveMinimum: text, at: path)
            if let part = try common(above, at: path) { parts.append(part) }
        }
        return parts
    }

    /// The numbers but one.
    func removing(_ value: Literal, at path: String) throws(GrammarError) -> [NumberRange] {
        guard case .number(let text) = value.value, contains(text) else { return [self] }
        var parts: [NumberRange] = []
        for part in [
            try NumberRange(exclusiveMaximum: text, at: path), try NumberRange(exclusiveMinimum: text, at: path),
        ] {
            if let both = try common(part, at: path) { parts.append(both) }
        }
        return parts
    }

    /// All its numbers, if they are whole and no more than `max`.
    func wholeNumbers(max: Int) -> [Literal]? {
        guard wholeOnly || step?.fractionDigits == 0 else { return nil }
        let bounds = bounds(fractionDigits: 0)
        guard let low = bounds.low?.int, let high = bounds.high?.int else { return nil }
        let (distance, isFar) = high.subtractingReportingOverflow(low)
        guard !isFar, distance < max else { return nil }
        guard low <= high else { return [] }
        return (low...high).map { Literal(.number(String($0))) }.filter { contains($0) }
    }
}

extension DecimalNumber {
    /// As a number of JSON, short for great exponents too.
    var exactText: String {
        guard !isZero else { return "0" }
        return (isNegative ? "-" : "") + digits.map { String($0) }.joined() + "e" + String(point - digits.count)
    }
}
