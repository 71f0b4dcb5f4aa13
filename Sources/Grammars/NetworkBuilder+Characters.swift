/// Characters, as they are or as they stand within the quotes of a JSON string.
struct CharacterSet: Hashable {
    var ranges: [ClosedRange<UInt32>]
    var quoted: Bool

    /// The bytes that may stand at a place.
    typealias Label = [ClosedRange<UInt8>]

    /// Every form of every character: sequences of labels, prefix-free.
    fileprivate var forms: [[Label]] {
        guard quoted else { return ranges.flatMap(utf8Sequences).map { $0.map { [$0] } } }
        let plain = JSONPrimitives.plainRanges
        var result = ranges.flatMap { range in
            plain.filter { $0.overlaps(range) }.flatMap { utf8Sequences(range.clamped(to: $0)) }
        }.map { $0.map { [$0] } as [Label] }
        func label(_ byte: UInt8) -> Label { [byte...byte] }
        // A slash needs no escape, but some printers write one; only where a quote, that is anything, may stand.
        for (character, letter) in JSONPrimitives.escapes
        where contains(character) && (character != 0x2F || contains(0x22)) {
            result.append([label(0x5C), label(letter)])
        }
        for range in ranges {
            for part in [0...0x1F, 0x7F...0x10FFFF] as [ClosedRange<UInt32>] where part.overlaps(range) {
                result += hexadecimalSequences(range.clamped(to: part)).map { [label(0x5C), label(0x75)] + $0 }
            }
        }
        return result
    }

    private func contains(_ value: UInt32) -> Bool { ranges.contains { $0.contains(value) } }
}

extension NetworkBuilder {
    /// Adds what leads from one state to another through one character. What takes more than a byte is a rule of its own,
    /// which all places with the same characters share.
    mutating func addCharacters(
        _ set: CharacterSet, from start: Int32, to end: Int32
    ) throws(GrammarError) {
        let isPlain = set.ranges.allSatisfy { $0.upperBound < 0x80 }
        let rule = isPlain && !set.quoted ? nil : characterRules[set]
        if rule == nil {
            let long = set.forms.filter { $0.count > 1 }
            if long.count <= 1 {
                for form in long { try addPath(form, from: start, to: end) }
            } else {
                characterRules[set] = try addCharacterRule(long)
            }
        }
        if let rule = characterRules[set] { states[Int(start)].calls.append(.init(rule: rule, target: end)) }
        let special = set.quoted ? JSONPrimitives.plainRanges.filter { $0.lowerBound < 0x80 } : [0...0x7F]
        for range in set.ranges {
            for part in special where part.overlaps(range) {
                let bytes = range.clamped(to: part).clamped(to: 0...0x7F)
                let edge = UInt8(bytes.lowerBound)...UInt8(bytes.upperBound)
                states[Int(start)].edges.append(.init(bytes: edge, target: end))
            }
        }
    }

    private mutating func addPath(
        _ form: [CharacterSet.Label], from start: Int32, to end: Int32
    ) throws(GrammarError) {
        var state = start
        for (index, label) in form.enumerated() {
            let next = index + 1 == form.count ? end : try addState()
            for bytes in label { states[Int(state)].edges.append(.init(bytes: bytes, target: next)) }
            state = next
        }
    }

    private struct Branch: Hashable {
        var label: CharacterSet.Label
        var target: Int32
    }

    /// A rule of the forms as a tree whose equal branches are one.
    private mutating func addCharacterRule(_ forms: [[CharacterSet.Label]]) throws(GrammarError) -> Int32 {
        let end = try addState()
        states[Int(end)].ends = true
        var known: [[Branch]: Int32] = [:]
        let start = try addTree(forms[...], at: 0, end, &known)
        return addHiddenRule(start: start)
    }

    /// Forms that begin alike, up to `depth`.
    private mutating func addTree(
        _ forms: ArraySlice<[CharacterSet.Label]>, at depth: Int, _ end: Int32, _ known: inout [[Branch]: Int32]
    ) throws(GrammarError) -> Int32 {
        var order: [CharacterSet.Label] = []
        var groups: [CharacterSet.Label: [[CharacterSet.Label]]] = [:]
        for form in forms {
            if groups[form[depth]] == nil { order.append(form[depth]) }
            groups[form[depth], default: []].append(form)
        }
        var branches: [Branch] = []
        for label in order {
            let group = groups[label, default: []]
            let isLast = group.contains { $0.count == depth + 1 }
            let target = isLast ? end : try addTree(group[...], at: depth + 1, end, &known)
            branches.append(Branch(label: label, target: target))
        }
        if let state = known[branches] { return state }
        let state = try addState()
        for branch in branches {
            for bytes in branch.label { states[Int(state)].edges.append(.init(bytes: bytes, target: branch.target)) }
        }
        known[branches] = state
        return state
    }
}

/// The digits of the `\uXXXX` forms of a range of characters, in either case; two forms for those that take surrogates.
private func hexadecimalSequences(_ range: ClosedRange<UInt32>) -> [[CharacterSet.Label]] {
    var result: [[CharacterSet.Label]] = []
    for part in [0...0xD7FF, 0xE000...0xFFFF] as [ClosedRange<UInt32>] where part.overlaps(range) {
        result += digitSequences(range.clamped(to: part))
    }
    guard range.upperBound > 0xFFFF else { return result }
    // Each first surrogate stands for 1024 characters: those that stand for all of theirs come together.
    let low = max(range.lowerBound, 0x10000) - 0x10000, high = range.upperBound - 0x10000
    func pairs(_ first: ClosedRange<UInt32>, _ second: ClosedRange<UInt32>) -> [[CharacterSet.Label]] {
        let seconds = digitSequences(0xDC00 + second.lowerBound...0xDC00 + second.upperBound)
        return digitSequences(0xD800 + first.lowerBound...0xD800 + first.upperBound).flatMap { first in
            seconds.map { first + [[0x5C...0x5C], [0x75...0x75]] + $0 }
        }
    }
    var from = low >> 10, to = high >> 10
    if from == to { return result + pairs(from...to, low & 0x3FF...high & 0x3FF) }
    if low & 0x3FF != 0 {
        result += pairs(from...from, low & 0x3FF...0x3FF)
        from += 1
    }
    if high & 0x3FF != 0x3FF {
        result += pairs(to...to, 0...high & 0x3FF)
        to -= 1
    }
    return from <= to ? result + pairs(from...to, 0...0x3FF) : result
}

/// The sequences of four hexadecimal digits that are between two.
private func digitSequences(_ range: ClosedRange<UInt32>) -> [[CharacterSet.Label]] {
    func sequences(_ low: UInt32, _ high: UInt32, _ digits: UInt32) -> [[CharacterSet.Label]] {
        guard digits > 0 else { return [[]] }
        let shift = 4 * (digits - 1)
        let mask: UInt32 = 1 << shift - 1
        var from = low >> shift, to = high >> shift
        if from == to { return sequences(low & mask, high & mask, digits - 1).map { [digit(from...to)] + $0 } }
        var result: [[CharacterSet.Label]] = []
        if low & mask != 0 {
            result += sequences(low & mask, mask, digits - 1).map { [digit(from...from)] + $0 }
            from += 1
        }
        let isWhole = high & mask == mask
        if !isWhole { to -= 1 }
        if from <= to { result += sequences(0, mask, digits - 1).map { [digit(from...to)] + $0 } }
        if !isWhole { result += sequences(0, high & mask, digits - 1).map { [digit(to + 1...to + 1)] + $0 } }
        return result
    }
    func digit(_ values: ClosedRange<UInt32>) -> CharacterSet.Label {
        var label: CharacterSet.Label = []
        if values.lowerBound < 10 {
            label.append(UInt8(0x30 + values.lowerBound)...UInt8(0x30 + min(values.upperBound, 9)))
        }
        if values.upperBound >= 10 {
            let low = UInt8(max(values.lowerBound, 10) - 10), high = UInt8(values.upperBound - 10)
            label += [0x41 + low...0x41 + high, 0x61 + low...0x61 + high]
        }
        return label
    }
    return sequences(range.lowerBound, range.upperBound, 4)
}
