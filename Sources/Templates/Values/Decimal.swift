/// The exact decimal digits of a float, for rounding as Python rounds.
struct Decimal {
    /// Of the absolute value without a point; the last `scale` of them stand after it.
    private var digits: [UInt8]
    private var scale: Int
    private let isNegative: Bool

    /// - Parameter value: finite.
    init(_ value: Double) {
        isNegative = value.sign == .minus
        guard value != 0 else {
            digits = [0]
            scale = 0
            return
        }
        // value = significand * 2^exponent, the significand an integer.
        var exponent = Int(value.exponent) - 52
        var significand = value.significandBitPattern | (value.isNormal ? 1 << 52 : 0)
        if !value.isNormal { exponent = -1074 }
        while significand & 1 == 0, exponent < 0 {
            significand >>= 1
            exponent += 1
        }
        // Little-endian, while it is multiplied: by 2 for positive exponents, else by 5, with a digit after the point.
        var number = String(significand).utf8.reversed().map { $0 - 0x30 }
        let factor: UInt8 = exponent < 0 ? 5 : 2
        for _ in 0..<abs(exponent) {
            var carry: UInt8 = 0
            for i in number.indices {
                let product = number[i] * factor + carry
                number[i] = product % 10
                carry = product / 10
            }
            if carry > 0 { number.append(carry) }
        }
        digits = number.reversed()
        scale = max(0, -exponent)
    }

    /// With a number of digits after the point; ties go to the even digit.
    func rounded(places: Int) -> String {
        var digits = digits
        var scale = scale
        if places < scale {
            let dropped = min(scale - places, digits.count + 1)
            digits = [UInt8](repeating: 0, count: max(0, scale - places + 1 - digits.count)) + digits
            let kept = digits.count - (scale - places)
            let rest = digits[kept...]
            let isUp: Bool
            if let first = rest.first, dropped > 0 {
                let tail = rest.dropFirst().contains { $0 != 0 }
                isUp = first > 5 || (first == 5 && (tail || digits[kept - 1] % 2 == 1))
            } else {
                isUp = false
            }
            digits.removeSubrange(kept...)
            scale = places
            if isUp { Self.increment(&digits) }
        }
        digits.append(contentsOf: [UInt8](repeating: 0, count: max(0, places - scale)))
        if places >= 0, digits.count <= places {
            digits = [UInt8](repeating: 0, count: places + 1 - digits.count) + digits
        }
        if places < 0 { digits.append(contentsOf: [UInt8](repeating: 0, count: -places)) }
        let fraction = max(0, places)
        let whole = digits.prefix(digits.count - fraction).drop { $0 == 0 }
        var text = isNegative ? "-" : ""
        text += whole.isEmpty ? "0" : Self.text(whole)
        if fraction > 0 { text += "." + Self.text(digits.suffix(fraction)) }
        return text
    }

    /// The first `count` digits, above 0, and the power of ten of the first one; a tie goes to the even digit.
    func significant(_ count: Int) -> (digits: [UInt8], exponent: Int) {
        var digits = digits
        var exponent = digits.count - 1 - scale
        if digits.count > count {
            let rest = digits[count...]
            let isTie = rest.first == 5 && rest.dropFirst().allSatisfy { $0 == 0 }
            let isUp = isTie ? digits[count - 1] % 2 == 1 : digits[count] >= 5
            digits.removeSubrange(count...)
            if isUp { Self.increment(&digits) }
            if digits.count > count {
                digits.removeLast()
                exponent += 1
            }
        } else {
            digits += [UInt8](repeating: 0, count: count - digits.count)
        }
        return (digits, exponent)
    }

    private static func increment(_ digits: inout [UInt8]) {
        for i in digits.indices.reversed() {
            if digits[i] < 9 {
                digits[i] += 1
                return
            }
            digits[i] = 0
        }
        digits.insert(1, at: 0)
    }

    static func text(_ digits: some Sequence<UInt8>) -> String {
        String(decoding: digits.map { $0 + 0x30 }, as: UTF8.self)
    }
}

/// A float as `repr` shows it: the shortest digits that give it back.
func pythonText(of value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    if value == 0 { return value.sign == .minus ? "-0.0" : "0.0" }
    // Swift's description has the same digits, but another form: 1e+16, 0.0001, 12345.678.
    let parts = value.magnitude.description.split(separator: "e")
    let mantissa = parts.first?.split(separator: ".", omittingEmptySubsequences: false) ?? []
    var digits = Array((mantissa.first ?? "").utf8)
    var exponent = digits.count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
    if mantissa.count > 1 { digits += Array(mantissa[1].utf8) }
    let leading = digits.prefix { $0 == 0x30 }.count
    digits.removeFirst(leading)
    exponent -= leading
    while digits.last == 0x30 { digits.removeLast() }
    // The value is 0.digits * 10^exponent.
    func text(_ part: some Sequence<UInt8>) -> String { String(decoding: Array(part), as: UTF8.self) }
    func zeros(_ count: Int) -> String { String(repeating: "0", count: max(0, count)) }
    let sign = value < 0 ? "-" : ""
    if exponent > 16 || exponent < -3 {
        let power = exponent - 1
        let fraction = digits.count > 1 ? "." + text(digits.dropFirst()) : ""
        let magnitude = abs(power) < 10 ? "0\(abs(power))" : "\(abs(power))"
        return "\(sign)\(text(digits.prefix(1)))\(fraction)e\(power < 0 ? "-" : "+")\(magnitude)"
    }
    if exponent <= 0 { return "\(sign)0.\(zeros(-exponent))\(text(digits))" }
    if digits.count <= exponent { return "\(sign)\(text(digits))\(zeros(exponent - digits.count)).0" }
    return "\(sign)\(text(digits.prefix(exponent))).\(text(digits.dropFirst(exponent)))"
}
