/// A test: `value is name(arguments)`.
enum ValueTest: String {
    case odd, even, divisibleby, defined, undefined, none, boolean, integer, float, lower, upper, string, mapping
    case number, sequence, iterable, callable, sameas, escaped, `in`, filter, test
    case `true`, `false`
    case equal = "==", eq, equalto
    case notEqual = "!=", ne
    case greater = ">", gt, greaterthan
    case greaterEqual = ">=", ge
    case less = "<", lt, lessthan
    case lessEqual = "<=", le

    static func unknown(_ name: String) -> TemplateError {
        TemplateError(.syntax, "there is no test \(name.quoted): check its spelling")
    }

    /// For those that compare with one other value.
    var comparison: Comparison? {
        switch self {
        case .equal, .eq, .equalto: .equal
        case .notEqual, .ne: .notEqual
        case .greater, .gt, .greaterthan: .greater
        case .greaterEqual, .ge: .greaterEqual
        case .less, .lt, .lessthan: .less
        case .lessEqual, .le: .lessEqual
        case .in: .isIn
        default: nil
        }
    }
}

extension Machine {
    func holds(_ test: ValueTest, _ value: Value, _ arguments: Arguments) throws(TemplateError) -> Bool {
        let name = "the test '\(test.rawValue)'"
        if let comparison = test.comparison {
            let other = try arguments.bind([""], required: 1, for: name)[0] ?? .none
            return try compare(comparison, value, other)
        }
        if test == .divisibleby || test == .sameas {
            let other = try arguments.bind([test == .sameas ? "other" : "num"], required: 1, for: name)[0] ?? .none
            if test == .sameas { return try isSame(value, other) }
            return try apply(.modulo, value, other).equals(.int(0), meter)
        }
        _ = try arguments.bind([], for: name)
        switch test {
        case .defined: return !value.isUndefined
        case .undefined: return value.isUndefined
        case .odd: return try apply(.modulo, value, .int(2)).equals(.int(1), meter)
        case .even: return try apply(.modulo, value, .int(2)).equals(.int(0), meter)
        case .lower: return try value.text(meter).isCased(upper: false, meter)
        case .upper: return try value.text(meter).isCased(upper: true, meter)
        case .filter: return try value.expectText("a filter's name").isName { Filter(rawValue: $0) != nil }
        case .test: return try value.expectText("a test's name").isName { ValueTest(rawValue: $0) != nil }
        default: return isOf(test, value)
        }
    }

    private func isOf(_ test: ValueTest, _ value: Value) -> Bool {
        switch (test, value) {
        case (.none, .none), (.boolean, .bool), (.integer, .int), (.float, .float), (.mapping, .mapping),
            (.true, .bool(true)), (.false, .bool(false)), (.escaped, .markup), (.string, .text), (.string, .markup):
            true
        case (.number, .int), (.number, .float), (.number, .bool): true
        case (.sequence, .text), (.sequence, .markup), (.sequence, .list), (.sequence, .tuple), (.sequence, .mapping),
            (.sequence, .range), (.sequence, .undefined):
            true
        case (.iterable, .iterator), (.iterable, .view), (.iterable, .loop): true
        case (.iterable, _): isOf(.sequence, value)
        case (.callable, .function), (.callable, .macro), (.callable, .method), (.callable, .loop),
            (.callable, .joiner),
            (.callable, .undefined):
            true
        default: false
        }
    }

    /// `is` of Python, where it does not depend on how values are kept.
    private func isSame(_ a: Value, _ b: Value) throws(TemplateError) -> Bool {
        switch (a, b) {
        case (.none, .none): true
        case (.bool(let a), .bool(let b)): a == b
        case (.none, _), (_, .none), (.bool, _), (_, .bool): false
        default: throw .unsupported("'is sameas' of other values than none, true and false")
        }
    }
}

extension Text {
    fileprivate func isName(_ exists: (String) -> Bool) -> Bool { exists(string) }
}
