/// The numbers between two bounds, all or those that are multiples of a step. Exact: in decimals, not in `Double`.
package struct NumberRange: Sendable {
    struct Bound: Sendable, Hashable {
        var value: DecimalNumber
        /// The bound itself is not allowed.
        var isExcluded: Bool
    }

    var low: Bound?
    var high: Bound?
    var step: NumberStep?
    /// Only whole numbers, written without a fraction.
    private(set) var wholeOnly = false

    /// Bounds and step as JSON writes numbers.
    ///
    /// - Throws: ``GrammarError/schema(path:problem:)`` for a text that is no number, or a step that is not supported.
    package init(
        minimum: String? = nil, exclusiveMinimum: String? = nil, maximum: String? = nil,
        exclusiveMaximum: String? = nil, multipleOf: String? = nil, wholeOnly: Bool = false, at path: String
    ) throws(GrammarError) {
        func number(_ text: String, _ keyword: String) throws(GrammarError) -> DecimalNumber {
            guard let value = DecimalNumber(text) else {
                throw .schema(path: path, problem: "'\(keyword)' must be a number")
            }
            return value
        }
        if let text = minimum { raise(Bound(value: try number(text, "minimum"), isExcluded: false)) }
        if let text = exclusiveMinimum { raise(Bound(value: try number(text, "exclusiveMinimum"), isExcluded: true)) }
        if let text = maximum { lower(Bound(value: try number(text, "maximum"), isExcluded: false)) }
        if let text = exclusiveMaximum { lower(Bound(value: try number(text, "exclusiveMaximum"), isExcluded: true)) }
        if let text = multipleOf {
            let value = try number(text, "multipleOf")
            guard !value.isZero, !value.isNegative else {
                throw .schema(path: path, problem: "'multipleOf' must be above 0")
            }
            guard let step = NumberStep(value) else {
                throw .schema(path: path, problem: "'multipleOf' has too many digits")
            }
            self.step = step
        }
        if wholeOnly { try restrictToWhole(at: path) }
    }

    mutating func raise(_ bound: Bound) {
        guard let low else { return self.low = bound }
        if bound.value > low.value || (bound.value == low.value && bound.isExcluded) { self.low = bound }
    }

    mutating func lower(_ bound: Bound) {
        guard let high else { return self.high = bound }
        if bound.value < high.value || (bound.value == high.value && bound.isExcluded) { self.high = bound }
    }

    private mutating func restrictToWhole(at path: String) throws(GrammarError) {
        wholeOnly = true
        guard let step else { return }
        guard let common = step.common(with: .one) else {
            throw .schema(path: path, problem: "'multipleOf' has too many digits")
        }
        self.step = common
    }

    /// - Throws: ``GrammarError/schema(path:problem:)`` for steps whose least common multiple is too large.
    package func intersection(_ other: NumberRange, at path: String) throws(GrammarError) -> NumberRange {
        var result = self
        if let low = other.low { result.raise(low) }
        if let high = other.high { result.lower(high) }
        if let theirs = other.step {
            guard let common = step.map({ $0.common(with: theirs) }) ?? theirs else {
                throw .schema(path: path, problem: "the common multiple of two 'multipleOf' is too large")
            }
            result.step = common
        }
        if wholeOnly || other.wholeOnly { try result.restrictToWhole(at: path) }
        return result
    }

    /// - Parameter text: a number of JSON; its value counts, so that 1.0 is a whole number.
    package func contains(_ text: String) -> Bool {
        guard let value = DecimalNumber(text) else { return false }
        if let low, value < low.value || (low.isExcluded && value == low.value) { return false }
        if let high, value > high.value || (high.isExcluded && value == high.value) { return false }
        return (!wholeOnly || value.isWhole) && step?.divides(value) ?? true
    }

    /// Whether there is no such number. With steps of very many digits it may say no where there is none.
    package var isEmpty: Bool {
        guard let low, let high else { return false }
        if low.value > high.value { return true }
        if low.value == high.value, low.isExcluded || high.isExcluded { return true }
        guard let step = step ?? (wholeOnly ? .one : nil) else { return false }
        let bounds = bounds(fractionDigits: step.fractionDigits)
        guard let first = bounds.low, let last = bounds.high else { return false }
        if first > last { return true }
        guard let from = first.scaled(by: step.fractionDigits).int, let to = last.scaled(by: step.fractionDigits).int
        else { return false }
        // From one multiple to the next it is a step; where there are fewer numbers than that, one of them must be.
        let remainder = from % step.units
        let missing = remainder == 0 ? 0 : remainder < 0 ? -remainder : step.units - remainder
        let (distance, isFar) = to.subtractingReportingOverflow(from)
        return !isFar && distance < missing
    }

    /// Bounds that are allowed themselves, for numbers with that number of digits after the point.
    func bounds(fractionDigits: Int) -> (low: DecimalNumber?, high: DecimalNumber?) {
        let low = low.map { bound in
            let value = bound.value.rounded(up: true, fractionDigits: fractionDigits)
            let isTouched = bound.isExcluded && value == bound.value
            return isTouched ? value.next(up: true, fractionDigits: fractionDigits) : value
        }
        let high = high.map { bound in
            let value = bound.value.rounded(up: false, fractionDigits: fractionDigits)
            let isTouched = bound.isExcluded && value == bound.value
            return isTouched ? value.next(up: false, fractionDigits: fractionDigits) : value
        }
        return (low, high)
    }
}

/// `multipleOf`, as a whole number of units of 10 to the power of `-fractionDigits`.
struct NumberStep: Sendable, Hashable {
    var units: Int
    var fractionDigits: Int

    static let one = NumberStep(units: 1, fractionDigits: 0)
    private static let unitLimit = 1_000_000_000_000_000

    private init(units: Int, fractionDigits: Int) {
        self.units = units
        self.fractionDigits = fractionDigits
    }

    /// nil for a number above 0 of more than 15 digits.
    init?(_ value: DecimalNumber) {
        let digits = value.fractionDigits
        guard digits <= 15, let units = value.scaled(by: digits).int, units <= Self.unitLimit else { return nil }
        self.init(units: units, fractionDigits: digits)
    }

    /// The least step whose multiples are those of both; nil if that is too large.
    func common(with other: NumberStep) -> NumberStep? {
        let digits = max(fractionDigits, other.fractionDigits)
        func scaled(_ step: NumberStep) -> Int? {
            var units = step.units
            for _ in step.fractionDigits..<digits {
                let (next, isFar) = units.multipliedReportingOverflow(by: 10)
                if isFar { return nil }
                units = next
            }
            return units
        }
        guard let a = scaled(self), let b = scaled(other) else { return nil }
        let (units, isFar) = (a / greatestDivisor(a, b)).multipliedReportingOverflow(by: b)
        guard !isFar, units <= Self.unitLimit else { return nil }
        // Without the digits that are not needed.
        var result = NumberStep(units: units, fractionDigits: digits)
        while result.fractionDigits > 0, result.units % 10 == 0 {
            result.units /= 10
            result.fractionDigits -= 1
        }
        return result
    }

    func divides(_ value: DecimalNumber) -> Bool {
        let zeros = value.point - value.digits.count + fractionDigits
        guard !value.isZero, zeros >= 0 else { return value.isZero }
        let modulus = Int128(units)
        var remainder: Int128 = 0
        for digit in value.digits { remainder = (remainder * 10 + Int128(digit)) % modulus }
        // Times 10 to the power of `zeros`, by squares.
        var power = 10 % modulus
        var exponent = zeros
        while exponent > 0 {
            if exponent & 1 == 1 { remainder = remainder * power % modulus }
            power = power * power % modulus
            exponent >>= 1
        }
        return remainder == 0
    }
}

private func greatestDivisor(_ a: Int, _ b: Int) -> Int {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return a
}
