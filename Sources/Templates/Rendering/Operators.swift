extension Machine {
    func compare(_ comparison: Comparison, _ a: Value, _ b: Value) throws(TemplateError) -> Bool {
        switch comparison {
        case .equal: return try a.equals(b, meter)
        case .notEqual: return try !a.equals(b, meter)
        case .less: return try a.isLess(than: b, meter)
        case .greater: return try b.isLess(than: a, meter)
        // A float that is no number is neither less nor equal.
        case .lessEqual:
            if try a.isLess(than: b, meter) { return true }
            return try a.equals(b, meter)
        case .greaterEqual: return try compare(.lessEqual, b, a)
        case .isIn: return try a.isContained(in: b, meter)
        case .isNotIn: return try !a.isContained(in: b, meter)
        }
    }

    mutating func applySign(_ instruction: Instruction) throws(TemplateError) {
        let value = pop()
        try value.requireDefined()
        guard let number = Number(value) else {
            throw TemplateError(.type, "\(value.typeName) has no sign: a number is needed")
        }
        if case .negate = instruction {
            if case .float(let value) = number {
                stack.append(.float(-value))
            } else {
                stack.append(try Number.subtract(.int(0), number).value)
            }
        } else {
            stack.append(number.value)
        }
    }

    func apply(_ operation: BinaryOperator, _ a: Value, _ b: Value) throws(TemplateError) -> Value {
        switch (operation, a, b) {
        case (.modulo, .text(let format), _): return .text(try format.formatted(b, meter))
        case (.modulo, .markup(let format), _): return .markup(try format.formatted(b, escaping: true, meter))
        case (.add, .markup, .text), (.add, .markup, .markup), (.add, .text, .markup):
            var builder = TextBuilder(meter)
            try builder.append(a.escaped(meter))
            try builder.append(b.escaped(meter))
            return .markup(builder.text)
        default: break
        }
        try a.requireDefined()
        try b.requireDefined()
        if let x = Number(a), let y = Number(b) {
            switch operation {
            case .add: return try Number.add(x, y).value
            case .subtract: return try Number.subtract(x, y).value
            case .multiply: return try Number.multiply(x, y).value
            case .divide: return try Number.divide(x, y).value
            case .floorDivide: return try Number.divideDown(x, y).quotient.value
            case .modulo: return try Number.divideDown(x, y).remainder.value
            case .power: return try Number.power(x, y).value
            }
        }
        switch (operation, a, b) {
        case (.add, .text(let x), .text(let y)):
            var builder = TextBuilder(meter)
            try builder.append(x)
            try builder.append(y)
            return .text(builder.text)
        case (.add, .list(let x), .list(let y)): return .list(try join(x, y))
        case (.add, .tuple(let x), .tuple(let y)): return .tuple(try join(x, y))
        case (.multiply, _, _):
            if let count = b.integer, let product = try repeated(a, count) { return product }
            if let count = a.integer, let product = try repeated(b, count) { return product }
        default: break
        }
        throw TemplateError(.type, "'\(operation.rawValue)' does not take \(a.typeName) and \(b.typeName)")
    }

    private func join(_ a: List, _ b: List) throws(TemplateError) -> List {
        try meter.allocate(a.items.count + b.items.count, each: 48)
        return try List(a.items + b.items, meter)
    }

    private func repeated(_ value: Value, _ count: Int) throws(TemplateError) -> Value? {
        switch value {
        case .text(let text):
            var builder = TextBuilder(meter)
            try builder.append(text, times: count)
            return .text(builder.text)
        case .markup(let text):
            var builder = TextBuilder(meter)
            try builder.append(text, times: count)
            return .markup(builder.text)
        case .list(let list): return .list(try repeated(list, count))
        case .tuple(let list): return .tuple(try repeated(list, count))
        default: return nil
        }
    }

    private func repeated(_ list: List, _ count: Int) throws(TemplateError) -> List {
        guard count > 0, !list.items.isEmpty else { return try List([], meter) }
        let (total, overflow) = list.items.count.multipliedReportingOverflow(by: count)
        try meter.allocate(overflow ? .max : total, each: 48)
        var items: [Value] = []
        items.reserveCapacity(total)
        for _ in 0..<count { items.append(contentsOf: list.items) }
        return try List(items, meter)
    }

    // MARK: - Elements

    /// `value[key]`: the element, else the attribute.
    mutating func item(_ key: Value, of value: Value) throws(TemplateError) -> Value {
        try value.requireDefined()
        switch (value, key) {
        case (.mapping(let mapping), _):
            if let hash = try? HashKey(key, meter), let found = mapping[hash] { return found }
        case (.list(let list), _), (.tuple(let list), _):
            if let index = key.integer, let place = Self.place(index, list.items.count) { return list.items[place] }
        case (.range(let range), _):
            if let index = key.integer, let place = Self.place(index, range.count) { return .int(range[place]) }
        case (.text(let text), _), (.markup(let text), _):
            guard let index = key.integer else { break }
            try meter.work(text.count)
            guard let place = Self.place(index, text.length) else { break }
            let part = try text.codePoint(place, meter)
            return value.isMarkup ? .markup(part) : .text(part)
        case (.iterator, _): throw .unsupported("an element of \(value.typeName)")
        default: break
        }
        if let name = key.text { return try attribute(name.string, of: value) }
        return .undefined("an element of \(value.typeName)")
    }

    private static func place(_ index: Int, _ count: Int) -> Int? {
        let place = index < 0 ? index &+ count : index
        return place >= 0 && place < count ? place : nil
    }

    /// `value[start:stop:step]`.
    func slice(_ value: Value, _ bounds: [Value]) throws(TemplateError) -> Value {
        try value.requireDefined()
        let count: Int
        switch value {
        case .list(let list), .tuple(let list): count = list.items.count
        case .text(let text), .markup(let text):
            try meter.work(text.count)
            count = text.length
        case .range(let range): count = range.count
        case .iterator: throw .unsupported("a slice of \(value.typeName)")
        default: throw TemplateError(.type, "\(value.typeName) cannot be sliced: a list or string is needed")
        }
        var numbers: [Int?] = []
        for bound in bounds {
            if case .none = bound {
                numbers.append(nil)
            } else if let number = bound.integer {
                numbers.append(number)
            } else {
                throw TemplateError(.type, "the bounds of a slice must be integers, not \(bound.typeName)")
            }
        }
        let step = numbers[2] ?? 1
        guard step != 0 else { throw TemplateError(.value, "the step of a slice must not be 0") }
        let low = step < 0 ? -1 : 0
        let high = step < 0 ? count - 1 : count
        func clamp(_ bound: Int?, _ other: Int) -> Int {
            guard let bound else { return other }
            return min(max(bound < 0 ? bound &+ count : bound, low), high)
        }
        // A bound below -count wraps to nothing: adding count to a negative number cannot overflow.
        let progression = try Progression(
            clamp(numbers[0], step < 0 ? high : low), clamp(numbers[1], step < 0 ? low : high),
            max(step, -.max))
        switch value {
        case .text(let text): return .text(try text.elements(progression, meter))
        case .markup(let text): return .markup(try text.elements(progression, meter))
        case .list(let list): return .list(try pick(list, progression))
        case .tuple(let list): return .tuple(try pick(list, progression))
        case .range(let range):
            let (scaled, overflow) = range.step.multipliedReportingOverflow(by: progression.step)
            guard !overflow else { throw Number.overflow("a slice") }
            let start = range.start &+ progression.start &* range.step
            let (distance, tooFar) = progression.stop.multipliedReportingOverflow(by: range.step)
            let (stop, outside) = range.start.addingReportingOverflow(distance)
            guard !tooFar, !outside else { throw Number.overflow("a slice") }
            return .range(try Progression(start, stop, scaled))
        default: return value
        }
    }

    private func pick(_ list: List, _ places: Progression) throws(TemplateError) -> List {
        try meter.allocate(places.count, each: 48)
        return try List((0..<places.count).map { list.items[places[$0]] }, meter)
    }
}

extension Text {
    /// The code point at `place`, which exists.
    func codePoint(_ place: Int, _ meter: Meter) throws(TemplateError) -> Text {
        var offset = 0
        for _ in 0..<place { offset = scalar(at: offset).next }
        return try slice(offset..<scalar(at: offset).next, meter)
    }

    /// The code points at `places`, which exist.
    func elements(_ places: Progression, _ meter: Meter) throws(TemplateError) -> Text {
        guard places.count > 0 else { return Text() }
        try meter.allocate(count, each: 8)
        let offsets = offsets()
        if places.step == 1 { return try slice(offsets[places[0]]..<offsets[places[places.count - 1] + 1], meter) }
        var builder = TextBuilder(meter)
        for i in 0..<places.count { try builder.append(self, offsets[places[i]]..<offsets[places[i] + 1]) }
        return builder.text
    }
}
