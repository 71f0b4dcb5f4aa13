/// How the numbers of a range are written: without an exponent, unless there is neither bound nor step.
extension NumberRange {
    /// Digits before the point that there may be without a bound, as many as a double tells apart.
    private static let wholeDigits = 16
    private static let fractionDigits = 15
    /// Digits of a bound before the point and after it.
    private static let digitLimit = 40
    /// Steps of more units are written where they end in zeros, or divide few numbers alone.
    private static let unitLimit = 5_000
    /// Multiples that are written one by one.
    private static let listLimit = 1_000

    /// - Throws: ``GrammarError/schema(path:problem:)`` if there is no such number, or none that is written without an
    ///   exponent, or if the step is too large.
    func expression(at path: String) throws(GrammarError) -> Expression {
        if low == nil, high == nil, step ?? .one == .one {
            return wholeOnly || step != nil ? JSONPrimitives.integer : JSONPrimitives.number
        }
        guard !isEmpty else { throw .schema(path: path, problem: "no number lies within the bounds") }
        let digits = step?.fractionDigits ?? (wholeOnly ? 0 : max(Self.fractionDigits, boundDigits + 1))
        let bounds = bounds(fractionDigits: min(digits, Self.digitLimit))
        if let list = try multiples(bounds, at: path) { return list }
        let units = step?.units ?? 1
        if units > Self.unitLimit, let list = try withoutLastZeros(at: path) { return list }
        guard units <= Self.unitLimit else {
            throw .schema(
                path: path,
                problem: "'multipleOf' of more than \(Self.unitLimit) units is supported for at most "
                    + "\(Self.listLimit) numbers: give a nearer 'minimum' and 'maximum'")
        }
        var automaton = NumberAutomaton(
            low: bounds.low, high: bounds.high, fractionDigits: min(digits, Self.digitLimit), units: units)
        // Rounded to a double, a number of more digits may be the excluded bound itself.
        let isOpen = step == nil && !wholeOnly && (low?.isExcluded ?? false || high?.isExcluded ?? false)
        automaton.digitLimit = isOpen ? max(Self.fractionDigits, boundDigits + wholeBoundDigits + 1) : nil
        automaton.wholeDigits = max(
            step == nil ? Self.wholeDigits : Self.fractionDigits,
            min(Self.digitLimit, wholeBoundDigits + (low == nil || high == nil ? 1 : 0)))
        let texts = try automaton.texts(at: path)
        guard !texts.isEmpty else {
            throw .schema(path: path, problem: "no number that is written without an exponent lies within the bounds")
        }
        return .text(texts, quoted: false)
    }

    /// Multiples of a whole number that ends in zeros: those of it without the zeros, then the zeros.
    private func withoutLastZeros(at path: String) throws(GrammarError) -> Expression? {
        guard let step, step.fractionDigits == 0, step.units % 10 == 0 else { return nil }
        var zeros = 0, units = step.units
        while units % 10 == 0 { (units, zeros) = (units / 10, zeros + 1) }
        var alternatives: [Expression] = contains("0") ? [JSONPrimitives.literal("0")] : []
        for side in [(nil, -1), (1, nil)] as [(Int?, Int?)] {
            var rest = self
            rest.low = low.map { Bound(value: $0.value.scaled(by: -zeros), isExcluded: $0.isExcluded) }
            rest.high = high.map { Bound(value: $0.value.scaled(by: -zeros), isExcluded: $0.isExcluded) }
            rest.step = NumberStep(DecimalNumber(units))
            if let low = side.0 { rest.raise(Bound(value: DecimalNumber(low), isExcluded: false)) }
            if let high = side.1 { rest.lower(Bound(value: DecimalNumber(high), isExcluded: false)) }
            if rest.isEmpty { continue }
            let last = JSONPrimitives.literal(String(repeating: "0", count: zeros))
            alternatives.append(.sequence([try rest.expression(at: path), last]))
        }
        return alternatives.count == 1 ? alternatives[0] : .choice(alternatives)
    }

    private var boundDigits: Int { max(low?.value.fractionDigits ?? 0, high?.value.fractionDigits ?? 0) }
    private var wholeBoundDigits: Int { max(0, low?.value.point ?? 0, high?.value.point ?? 0) }

    /// Every multiple of the step between the bounds, where they are few.
    private func multiples(
        _ bounds: (low: DecimalNumber?, high: DecimalNumber?), at path: String
    ) throws(GrammarError) -> Expression? {
        guard let step, let low = bounds.low, let high = bounds.high else { return nil }
        let digits = step.fractionDigits
        guard let from = low.scaled(by: digits).int, let to = high.scaled(by: digits).int else { return nil }
        let first = from / step.units + (from % step.units > 0 ? 1 : 0)
        let last = to / step.units - (to % step.units < 0 ? 1 : 0)
        guard last &- first < Self.listLimit, last &- first >= 0 else { return nil }
        let texts = (first...last).map { DecimalNumber($0 * step.units).scaled(by: -digits).text }
        return .text(TextAutomaton(texts: texts).minimized(), quoted: false)
    }
}

/// Numbers without an exponent, as an automaton: it compares with the bounds, and divides, digit by digit.
struct NumberAutomaton {
    /// Allowed themselves, with no more than `fractionDigits` digits after the point.
    var low: DecimalNumber?
    var high: DecimalNumber?
    /// Digits after the point that there may be.
    var fractionDigits: Int
    /// The value times 10 to the power of `fractionDigits` is a multiple of this.
    var units: Int
    /// Digits before the point that there may be.
    var wholeDigits = 0
    /// Digits before and after the point, if they are limited together.
    var digitLimit: Int?

    private enum Phase: Hashable { case start, minus, whole, point, fraction }
    /// The digits so far beside as many of a bound's.
    private enum Order: Hashable { case less, equal, greater }

    private struct State: Hashable {
        var phase = Phase.start
        var isNegative = false
        /// A digit 0 at the beginning, which no other may follow.
        var isZero = false
        /// Digits of this phase.
        var count = 0
        /// Digits before the point, where they limit those after it.
        var whole = 0
        /// Compared with the bounds of the magnitude.
        var least = Order.equal
        var most = Order.equal
        var remainder = 0
    }

    /// The bounds of the magnitude: digits before the point without leading zeros, and after it, all of them.
    private struct Magnitude {
        var whole: [UInt8]
        var fraction: [UInt8]

        init(_ value: DecimalNumber, fractionDigits: Int) {
            let whole = max(0, value.point)
            var digits = [UInt8](repeating: 0, count: max(0, -value.point)) + value.digits
            digits += [UInt8](repeating: 0, count: max(0, whole + fractionDigits - digits.count))
            self.whole = whole == 0 ? [0] : Array(digits.prefix(whole))
            fraction = Array(digits.dropFirst(whole).prefix(fractionDigits))
        }
    }

    /// - Throws: ``GrammarError/schema(path:problem:)`` if it takes too many states.
    func texts(at path: String) throws(GrammarError) -> TextAutomaton {
        // Of magnitudes, for numbers from 0 on and below. A zero has no sign.
        let zero = DecimalNumber.zero, smallest = zero.next(up: true, fractionDigits: fractionDigits)
        let positive = range(max(low ?? zero, zero), high)
        let negative = range(max(smallest, high?.negated ?? smallest), low?.negated)
        do throws(GrammarError) {
            return try TextAutomaton.explore(from: State()) { state in
                accepts(state, state.isNegative ? negative : positive)
            } edges: { state in
                edges(state, positive, negative)
            }.minimized()
        } catch {
            throw .schema(path: path, problem: "'multipleOf' and the bounds take too many states: use fewer digits")
        }
    }

    private typealias Bounds = (low: Magnitude?, high: Magnitude?)

    /// nil if there is none. A bound of more digits than there may be is none, or lets nothing through.
    private func range(_ low: DecimalNumber, _ high: DecimalNumber?) -> Bounds? {
        if let high, high < low { return nil }
        guard low.point <= wholeDigits else { return nil }
        let most = high.flatMap { $0.point <= wholeDigits ? Magnitude($0, fractionDigits: fractionDigits) : nil }
        return (Magnitude(low, fractionDigits: fractionDigits), most)
    }

    private func edges(
        _ state: State, _ positive: Bounds?, _ negative: Bounds?
    ) -> [(range: ClosedRange<UInt32>, target: State)] {
        var result: [(range: ClosedRange<UInt32>, target: State)] = []
        if state.phase == .start, negative != nil {
            result.append((0x2D...0x2D, State(phase: .minus, isNegative: true)))
        }
        guard let bounds = state.isNegative ? negative : positive else { return result }
        if state.phase == .whole, fractionDigits > 0, let next = atPoint(state, bounds) {
            result.append((0x2E...0x2E, next))
        }
        for digit in UInt8(0)...9 {
            if let next = after(digit, state, bounds) {
                result.append((0x30 + UInt32(digit)...0x30 + UInt32(digit), next))
            }
        }
        return result
    }

    private func after(_ digit: UInt8, _ state: State, _ bounds: Bounds) -> State? {
        var next = state
        next.remainder = (state.remainder * 10 + Int(digit)) % units
        switch state.phase {
        case .start, .minus, .whole:
            guard !state.isZero, state.count < wholeDigits else { return nil }
            next.phase = .whole
            next.isZero = state.count == 0 && digit == 0
            next.count += 1
            // Without bounds, a sign changes nothing for what follows.
            if low == nil, high == nil, digit != 0 { next.isNegative = false }
            if let low = bounds.low { next.least = order(state.least, digit, state.count, low.whole) }
            if let high = bounds.high {
                next.most = order(state.most, digit, state.count, high.whole)
                if next.count > high.whole.count || (next.count == high.whole.count && next.most == .greater) {
                    return nil
                }
            } else {
                next.most = .less
            }
        case .point, .fraction:
            guard state.count < fractionDigits, state.whole + state.count < digitLimit ?? .max else { return nil }
            next.phase = .fraction
            next.count += 1
            if let low = bounds.low { next.least = order(state.least, digit, state.count, low.fraction) }
            if let high = bounds.high { next.most = order(state.most, digit, state.count, high.fraction) }
            if next.least == .less || next.most == .greater { return nil }
        }
        return next
    }

    private func order(_ before: Order, _ digit: UInt8, _ index: Int, _ bound: [UInt8]) -> Order {
        // More digits than the bound has, and the first is not 0.
        guard index < bound.count else { return .greater }
        guard before == .equal else { return before }
        return digit < bound[index] ? .less : digit > bound[index] ? .greater : .equal
    }

    /// The order of the whole part, once it has ended.
    private func settled(_ order: Order, _ count: Int, _ bound: [UInt8]) -> Order {
        count < bound.count ? .less : count > bound.count ? .greater : order
    }

    private func atPoint(_ state: State, _ bounds: Bounds) -> State? {
        guard state.count < digitLimit ?? .max else { return nil }
        var next = state
        next.phase = .point
        next.isZero = false
        next.count = 0
        next.whole = digitLimit == nil ? 0 : state.count
        next.least = bounds.low.map { settled(state.least, state.count, $0.whole) } ?? .greater
        next.most = bounds.high.map { settled(state.most, state.count, $0.whole) } ?? .less
        return next.least == .less || next.most == .greater ? nil : next
    }

    private func accepts(_ state: State, _ bounds: Bounds?) -> Bool {
        guard let bounds, state.phase == .whole || state.phase == .fraction else { return false }
        let isWhole = state.phase == .whole
        var remainder = state.remainder
        for _ in (isWhole ? 0 : state.count)..<fractionDigits { remainder = remainder * 10 % units }
        guard remainder == 0 else { return false }
        var least = state.least, most = state.most
        if isWhole {
            least = bounds.low.map { settled(least, state.count, $0.whole) } ?? .greater
            most = bounds.high.map { settled(most, state.count, $0.whole) } ?? .less
        }
        // Zeros follow.
        let rest = bounds.low?.fraction.dropFirst(isWhole ? 0 : state.count) ?? []
        if least == .equal, rest.contains(where: { $0 != 0 }) { return false }
        return least != .less && most != .greater
    }
}

extension Grammar {
    /// The grammar of the numbers of a range.
    package init(_ range: NumberRange, at path: String = "#") throws(GrammarError) {
        var rules = RuleSet()
        rules.define("root", try range.expression(at: path))
        try self.init(rules)
    }
}
