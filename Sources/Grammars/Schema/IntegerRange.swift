/// Expressions for the decimal forms of ranges of numbers.
enum IntegerRange {
    /// The whole numbers from `low` to `high`; `nil`: without bound, of at most 16 digits.
    static func expression(_ low: Int?, _ high: Int?) -> Expression? {
        var parts: [Expression] = []
        let least = low ?? -largest, most = high ?? largest
        guard least <= most else { return nil }
        if least < 0 {
            let part = digits(from: max(1, most < 0 ? -most : 1), to: -least)
            parts.append(.sequence([JSONPrimitives.literal("-"), part]))
        }
        if most >= 0 { parts.append(digits(from: max(0, least), to: most)) }
        return parts.count == 1 ? parts[0] : .choice(parts)
    }

    /// Beyond this a double does not tell neighbouring whole numbers apart.
    static let largest = 9_007_199_254_740_991

    /// Without a sign and leading zeros; `low` is 0 or more.
    private static func digits(from low: Int, to high: Int) -> Expression {
        var parts: [Expression] = []
        var first = low
        while first <= high {
            // All that have as many digits as the first one.
            var limit = 10
            while limit <= first { limit *= 10 }
            let last = min(high, limit - 1)
            parts.append(fixedLength(decimal(first), decimal(last)))
            first = last + 1
        }
        return parts.count == 1 ? parts[0] : .choice(parts)
    }

    /// The strings of digits between two of the same length.
    static func fixedLength(_ low: [UInt8], _ high: [UInt8]) -> Expression {
        guard let a = low.first, let b = high.first else { return .empty }
        let restLow = Array(low.dropFirst()), restHigh = Array(high.dropFirst())
        if a == b { return .sequence([.bytes([a]), fixedLength(restLow, restHigh)]) }
        let least = [UInt8](repeating: 0x30, count: restLow.count),
            most = [UInt8](repeating: 0x39, count: restLow.count)
        var parts: [Expression] = []
        var from = a, to = b
        if restLow != least {
            parts.append(.sequence([.bytes([a]), fixedLength(restLow, most)]))
            from += 1
        }
        if restHigh != most {
            parts.append(.sequence([.bytes([b]), fixedLength(least, restHigh)]))
            to -= 1
        }
        if from <= to {
            let any = Expression.repetition(JSONPrimitives.digit, min: restLow.count, max: restLow.count)
            parts.append(.sequence([.character([UInt32(from)...UInt32(to)]), any]))
        }
        return .choice(parts)
    }

    static func decimal(_ value: Int) -> [UInt8] { Array(String(value).utf8) }
}
