/// A number as JSON writes it, exactly: sign, digits and a power of ten.
struct DecimalNumber: Sendable, Hashable {
    private(set) var isNegative: Bool
    /// From the first that is not 0 to the last that is not; empty for 0.
    private(set) var digits: [UInt8]
    /// The value is 0.d₁d₂d₃... times this power of ten. 0 for 0.
    private(set) var point: Int

    static let zero = DecimalNumber(isNegative: false, digits: [], point: 0)

    private init(isNegative: Bool, digits: [UInt8], point: Int) {
        let leading = digits.prefix { $0 == 0 }.count
        let rest = digits.dropFirst(leading)
        self.digits = Array(rest.prefix(rest.count - rest.reversed().prefix { $0 == 0 }.count))
        self.isNegative = isNegative && !self.digits.isEmpty
        self.point = self.digits.isEmpty ? 0 : point - leading
    }

    /// - Parameter text: a number of JSON (RFC 8259); nil for any other text.
    init?(_ text: String) {
        var bytes = Array(text.utf8)[...]
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative { bytes.removeFirst() }
        func takeDigits() -> [UInt8] {
            let taken = bytes.prefix { 0x30...0x39 ~= $0 }
            bytes = bytes.dropFirst(taken.count)
            return taken.map { $0 - 0x30 }
        }
        let whole = takeDigits()
        guard !whole.isEmpty, whole.count == 1 || whole[0] != 0 else { return nil }
        var fraction: [UInt8] = []
        if bytes.first == UInt8(ascii: ".") {
            bytes.removeFirst()
            fraction = takeDigits()
            guard !fraction.isEmpty else { return nil }
        }
        var exponent = 0
        if bytes.first == UInt8(ascii: "e") || bytes.first == UInt8(ascii: "E") {
            bytes.removeFirst()
            let falls = bytes.first == UInt8(ascii: "-")
            if falls || bytes.first == UInt8(ascii: "+") { bytes.removeFirst() }
            let digits = takeDigits()
            guard !digits.isEmpty else { return nil }
            for digit in digits { exponent = min(exponent * 10 + Int(digit), 1_000_000_000) }
            if falls { exponent = -exponent }
        }
        guard bytes.isEmpty else { return nil }
        self.init(isNegative: isNegative, digits: whole + fraction, point: whole.count + exponent)
    }

    init(_ value: Int) {
        let digits = String(value.magnitude).utf8.map { $0 - 0x30 }
        self.init(isNegative: value < 0, digits: digits, point: digits.count)
    }

    var isZero: Bool { digits.isEmpty }
    var magnitude: DecimalNumber { DecimalNumber(isNegative: false, digits: digits, point: point) }
    var negated: DecimalNumber { DecimalNumber(isNegative: !isNegative, digits: digits, point: point) }
    /// Digits after the point; 0 for whole numbers.
    var fractionDigits: Int { max(0, digits.count - point) }
    var isWhole: Bool { fractionDigits == 0 }

    /// Times a power of ten.
    func scaled(by power: Int) -> DecimalNumber {
        DecimalNumber(isNegative: isNegative, digits: digits, point: point + power)
    }

    /// Rounds up or down to `kept` digits after the point.
    func rounded(up: Bool, fractionDigits kept: Int) -> DecimalNumber {
        guard fractionDigits > kept else { return self }
        let count = max(0, point + kept)
        var head = Array(digits.prefix(count))
        var newPoint = point
        if up != isNegative {
            if head.isEmpty {
                return DecimalNumber(isNegative: isNegative, digits: [1], point: 1 - kept)
            }
            var index = head.count - 1
            while index >= 0, head[index] == 9 {
                head[index] = 0
                index -= 1
            }
            if index >= 0 {
                head[index] += 1
            } else {
                head.insert(1, at: 0)
                newPoint += 1
            }
        }
        return DecimalNumber(isNegative: isNegative, digits: head, point: newPoint)
    }

    /// The next number with `kept` digits after the point, above or below; `self` must not have more digits.
    func next(up: Bool, fractionDigits kept: Int) -> DecimalNumber {
        if isZero { return DecimalNumber(isNegative: !up, digits: [1], point: 1 - kept) }
        // A digit beyond the last one makes rounding take the step, and keeps clear of the number itself.
        let count = max(0, point + kept)
        let padded = digits + [UInt8](repeating: 0, count: count - digits.count)
        if up != isNegative {
            return DecimalNumber(isNegative: isNegative, digits: padded + [1], point: point)
                .rounded(up: up, fractionDigits: kept)
        }
        var digits = padded
        var index = digits.count - 1
        while index > 0, digits[index] == 0 {
            digits[index] = 9
            index -= 1
        }
        digits[index] -= 1
        return DecimalNumber(isNegative: isNegative, digits: digits, point: point)
    }

    /// As an integer, if it is one of at most 64 bits.
    var int: Int? {
        guard isWhole, point <= 19 else { return nil }
        var value = 0
        for index in 0..<max(0, point) {
            let (tens, isFar) = value.multipliedReportingOverflow(by: 10)
            let digit = index < digits.count ? Int(digits[index]) : 0
            let (next, isFarther) =
                isNegative ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
            if isFar || isFarther { return nil }
            value = next
        }
        return value
    }

    /// Decimal notation without an exponent; for numbers with few digits.
    var text: String {
        func string(_ digits: some Sequence<UInt8>) -> String { digits.map(String.init).joined() }
        let sign = isNegative ? "-" : ""
        if point <= 0 {
            return digits.isEmpty ? "0" : sign + "0." + String(repeating: "0", count: -point) + string(digits)
        }
        let whole = string(digits.prefix(point)) + String(repeating: "0", count: max(0, point - digits.count))
        return sign + whole + (digits.count > point ? "." + string(digits.dropFirst(point)) : "")
    }
}

extension DecimalNumber: Comparable {
    static func < (a: DecimalNumber, b: DecimalNumber) -> Bool {
        if a.isNegative != b.isNegative { return a.isNegative }
        return a.isNegative ? b.hasLessMagnitude(than: a) : a.hasLessMagnitude(than: b)
    }

    private func hasLessMagnitude(than other: DecimalNumber) -> Bool {
        if isZero || other.isZero { return isZero && !other.isZero }
        if point != other.point { return point < other.point }
        return digits.lexicographicallyPrecedes(other.digits)
    }
}
