extension Value {
    /// `==`.
    func equals(_ other: Value, _ meter: Meter) throws(TemplateError) -> Bool {
        try meter.step()
        switch (self, other) {
        case (.undefined, .undefined), (.none, .none): return true
        case (.text(let a), .text(let b)), (.text(let a), .markup(let b)), (.markup(let a), .text(let b)),
            (.markup(let a), .markup(let b)):
            try meter.work(min(a.count, b.count))
            return a == b
        case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
            guard a.items.count == b.items.count else { return false }
            for i in a.items.indices where !(try a.items[i].equals(b.items[i], meter)) { return false }
            return true
        case (.mapping(let a), .mapping(let b)):
            guard a.count == b.count else { return false }
            for i in a.keys.indices {
                guard let value = b[try HashKey(a.keys[i], meter)], try a.values[i].equals(value, meter) else {
                    return false
                }
            }
            return true
        case (.range(let a), .range(let b)):
            return a.count == b.count && (a.count == 0 || (a[0] == b[0] && (a.count == 1 || a.step == b.step)))
        case (.namespace(let a), .namespace(let b)), (.macro(let a), .macro(let b)), (.loop(let a), .loop(let b)):
            return a == b
        case (.function(let a), .function(let b)): return a == b
        case (.cycler(let a), .cycler(let b)), (.joiner(let a), .joiner(let b)): return a == b
        case (.view, _), (_, .view), (.iterator, _), (_, .iterator), (.method, _), (_, .method):
            throw .unsupported("comparing \(typeName) with \(other.typeName)")
        default:
            guard let a = Number(self), let b = Number(other) else { return false }
            return a == b
        }
    }

    /// `<` for sorting and comparing.
    func isLess(than other: Value, _ meter: Meter) throws(TemplateError) -> Bool {
        try meter.step()
        switch (self, other) {
        case (.text(let a), .text(let b)), (.text(let a), .markup(let b)), (.markup(let a), .text(let b)),
            (.markup(let a), .markup(let b)):
            try meter.work(min(a.count, b.count))
            return a < b
        case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
            for i in 0..<min(a.items.count, b.items.count) where !(try a.items[i].equals(b.items[i], meter)) {
                return try a.items[i].isLess(than: b.items[i], meter)
            }
            return a.items.count < b.items.count
        default:
            try requireDefined()
            try other.requireDefined()
            guard let a = Number(self), let b = Number(other) else {
                throw TemplateError(.type, "\(typeName) and \(other.typeName) have no order")
            }
            return a < b
        }
    }

    /// `in`: whether this is an element of `container`.
    func isContained(in container: Value, _ meter: Meter) throws(TemplateError) -> Bool {
        switch container {
        case .undefined: return false
        case .text(let text), .markup(let text):
            return try text.range(of: expectText("the left side of 'in' a string"), from: 0, meter) != nil
        case .mapping(let mapping): return mapping[try HashKey(self, meter)] != nil
        case .range(let range):
            guard let number = Number(self) else { return false }
            switch number {
            case .int(let value): return range.contains(value)
            case .float(let value): return Int(exactly: value).map(range.contains) ?? false
            }
        case .list, .tuple, .view, .iterator:
            for item in try container.elements(meter) where try item.equals(self, meter) { return true }
            return false
        default:
            throw TemplateError(.type, "\(container.typeName) has no elements: 'in' needs a list, dictionary or string")
        }
    }
}

/// A merge sort, which keeps the order of equal elements, as Python's sort does.
func sorted(
    _ items: [Value], by keys: [Value], reverse: Bool, _ meter: Meter
) throws(TemplateError) -> [Value] {
    try meter.allocate(items.count, each: 32)
    var order = Array(items.indices)
    // Python reverses, sorts and reverses again: equal elements keep their order.
    if reverse { order.reverse() }
    var width = 1
    while width < order.count {
        var merged: [Int] = []
        merged.reserveCapacity(order.count)
        var start = 0
        while start < order.count {
            let middle = min(start + width, order.count)
            let end = min(middle + width, order.count)
            var (a, b) = (start, middle)
            while a < middle, b < end {
                if try keys[order[b]].isLess(than: keys[order[a]], meter) {
                    merged.append(order[b])
                    b += 1
                } else {
                    merged.append(order[a])
                    a += 1
                }
            }
            merged.append(contentsOf: order[a..<middle])
            merged.append(contentsOf: order[b..<end])
            start = end
        }
        order = merged
        width *= 2
    }
    if reverse { order.reverse() }
    return order.map { items[$0] }
}
