/// An integer or a float; a boolean counts as an integer.
enum Number {
    case int(Int)
    case float(Double)

    init?(_ value: Value) {
        switch value {
        case .int(let value): self = .int(value)
        case .bool(let value): self = .int(value ? 1 : 0)
        case .float(let value): self = .float(value)
        default: return nil
        }
    }

    var value: Value {
        switch self {
        case .int(let value): .int(value)
        case .float(let value): .float(value)
        }
    }

    var double: Double {
        switch self {
        case .int(let value): Double(value)
        case .float(let value): value
        }
    }

    static func == (a: Number, b: Number) -> Bool {
        switch (a, b) {
        case (.int(let a), .int(let b)): a == b
        case (.float(let a), .float(let b)): a == b
        case (.int(let a), .float(let b)), (.float(let b), .int(let a)): Int(exactly: b) == a
        }
    }

    static func < (a: Number, b: Number) -> Bool {
        switch (a, b) {
        case (.int(let a), .int(let b)): return a < b
        case (.float(let a), .float(let b)): return a < b
        case (.int(let a), .float(let b)):
            // An integer is below b if it is below b rounded up.
            guard let limit = Int(exactly: b.rounded(.up)) else { return b > 0 }
            return a < limit
        case (.float(let a), .int(let b)):
            guard let limit = Int(exactly: a.rounded(.down)) else { return a < 0 }
            return limit < b
        }
    }

    static func overflow(_ operation: String) -> TemplateError {
        TemplateError(.overflow, "the result of \(operation) does not fit 64 bits: use smaller numbers")
    }

    static var divisionByZero: TemplateError { TemplateError(.value, "division by zero: test the divisor first") }

    static func add(_ a: Number, _ b: Number) throws(TemplateError) -> Number {
        guard case .int(let x) = a, case .int(let y) = b else { return .float(a.double + b.double) }
        let (sum, overflow) = x.addingReportingOverflow(y)
        if overflow { throw Self.overflow("+") }
        return .int(sum)
    }

    static func subtract(_ a: Number, _ b: Number) throws(TemplateError) -> Number {
        guard case .int(let x) = a, case .int(let y) = b else { return .float(a.double - b.double) }
        let (difference, overflow) = x.subtractingReportingOverflow(y)
        if overflow { throw Self.overflow("-") }
        return .int(difference)
    }

    static func multiply(_ a: Number, _ b: Number) throws(TemplateError) -> Number {
        guard case .int(let x) = a, case .int(let y) = b else { return .float(a.double * b.double) }
        let (product, overflow) = x.multipliedReportingOverflow(by: y)
        if overflow { throw Self.overflow("*") }
        return .int(product)
    }

    static func divide(_ a: Number, _ b: Number) throws(TemplateError) -> Number {
        guard b.double != 0 else { throw divisionByZero }
        if case .int(let x) = a, case .int(let y) = b, x.magnitude > 1 << 53 || y.magnitude > 1 << 53 {
            throw Self.overflow("/")
        }
        return .float(a.double / b.double)
    }

    /// `//` and `%`: the quotient is rounded down, the remainder has the sign of the divisor.
    static func divideDown(_ a: Number, _ b: Number) throws(TemplateError) -> (quotient: Number, remainder: Number) {
        guard b.double != 0 else { throw divisionByZero }
        guard case .int(let x) = a, case .int(let y) = b else { return divideDown(a.double, b.double) }
        if y == -1 { return (try subtract(.int(0), a), .int(0)) }
        let (quotient, remainder) = x.quotientAndRemainder(dividingBy: y)
        let isBelow = remainder != 0 && (remainder < 0) != (y < 0)
        return (.int(isBelow ? quotient - 1 : quotient), .int(isBelow ? remainder + y : remainder))
    }

    /// As CPython's `float_divmod`.
    private static func divideDown(_ a: Double, _ b: Double) -> (quotient: Number, remainder: Number) {
        var remainder = a.truncatingRemainder(dividingBy: b)
        var quotient = (a - remainder) / b
        if remainder == 0 {
            remainder = b < 0 ? -0.0 : 0.0
        } else if (b < 0) != (remainder < 0) {
            remainder += b
            quotient -= 1
        }
        if quotient == 0 { return (.float(a / b < 0 ? -0.0 : 0.0), .float(remainder)) }
        var floor = quotient.rounded(.down)
        if quotient - floor > 0.5 { floor += 1 }
        return (.float(floor), .float(remainder))
    }

    static func power(_ a: Number, _ b: Number) throws(TemplateError) -> Number {
        guard case .int(let base) = a, case .int(let exponent) = b else {
            throw .unsupported("'**' of floats")
        }
        if exponent < 0 {
            if base == 0 { throw divisionByZero }
            guard exponent != .min else { throw Self.overflow("**") }
            return try divide(.int(1), power(a, .int(-exponent)))
        }
        var result = 1
        var square = base
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 {
                let (product, overflow) = result.multipliedReportingOverflow(by: square)
                if overflow { throw Self.overflow("**") }
                result = product
            }
            rest >>= 1
            guard rest > 0 else { break }
            let (product, overflow) = square.multipliedReportingOverflow(by: square)
            if overflow { throw Self.overflow("**") }
            square = product
        }
        return .int(result)
    }
}
