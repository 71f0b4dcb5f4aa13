extension Machine {
    mutating func applyList(
        _ filter: Filter, to value: Value, _ bind: ([String], Int) throws(TemplateError) -> [Value?]
    ) throws(TemplateError) -> Value {
        switch filter {
        case .length, .count:
            _ = try bind([], 0)
            return .int(try length(of: value))
        case .items:
            _ = try bind([], 0)
            if value.isUndefined { return .iterator(try OnceIterator([], meter)) }
            guard case .mapping(let mapping) = value else {
                throw TemplateError(.type, "the filter 'items' needs a dictionary, not \(value.typeName)")
            }
            return .iterator(try OnceIterator(mapping.items(meter), meter))
        case .dictsort: return try dictionarySorted(value, bind(["case_sensitive", "by", "reverse"], 0))
        case .reverse:
            _ = try bind([], 0)
            if let text = value.text {
                let reversed = try text.elements(Progression(text.length - 1, -1, -1), meter)
                return value.isMarkup ? .markup(reversed) : .text(reversed)
            }
            try value.requireIterable()
            return .iterator(try OnceIterator(value.elements(meter).reversed(), meter))
        default: break
        }
        try value.requireIterable()
        let items = try value.elements(meter)
        switch filter {
        case .first, .last:
            _ = try bind([], 0)
            if filter == .last, case .iterator = value { throw .unsupported("'last' of \(value.typeName)") }
            if filter == .last, value.isMarkup, let text = items.last?.text { return .markup(text) }
            return (filter == .first ? items.first : items.last) ?? .undefined("an element of an empty list")
        case .list:
            _ = try bind([], 0)
            return .list(try List(items, meter))
        case .join:
            let values = try bind(["d", "attribute"], 0)
            let separator = try values[0]?.text(meter) ?? Text()
            var builder = TextBuilder(meter)
            for (i, item) in items.enumerated() {
                if i > 0 { try builder.append(separator) }
                try builder.append(part(values[1], of: item).text(meter))
            }
            return .text(builder.text)
        case .batch, .slice:
            return try divide(items, filter, bind([filter == .batch ? "linecount" : "slices", "fill_with"], 1))
        case .groupby: return try grouped(items, bind(["attribute", "default", "case_sensitive"], 1))
        case .sort:
            let values = try bind(["reverse", "case_sensitive", "attribute"], 0)
            let keys = try sortKeys(items, values[2], ignoringCase: !values[1].isTrue(default: false))
            return .list(
                try List(sorted(items, by: keys, reverse: values[0].isTrue(default: false), meter), meter))
        case .unique:
            let values = try bind(["case_sensitive", "attribute"], 0)
            var seen: Set<HashKey> = []
            var kept: [Value] = []
            for item in items {
                let key = try part(values[1], of: item).foldedCase(!values[0].isTrue(default: false), meter)
                if seen.insert(try HashKey(key, meter)).inserted { kept.append(item) }
            }
            return .iterator(try OnceIterator(kept, meter))
        case .min, .max:
            let values = try bind(["case_sensitive", "attribute"], 0)
            return try extreme(items, filter, values[1], ignoringCase: !values[0].isTrue(default: false))
        default:
            let values = try bind(["attribute", "start"], 0)
            var sum = values[1] ?? .int(0)
            if sum.text != nil { throw TemplateError(.type, "'sum' does not take strings: use 'join'") }
            for item in items { sum = try apply(.add, sum, part(values[0], of: item)) }
            return sum
        }
    }

    private func length(of value: Value) throws(TemplateError) -> Int {
        switch value {
        case .undefined: return 0
        case .text(let text), .markup(let text):
            try meter.work(text.count)
            return text.length
        case .list(let list), .tuple(let list), .view(_, let list): return list.items.count
        case .mapping(let mapping): return mapping.count
        case .range(let range): return range.count
        default: throw TemplateError(.type, "\(value.typeName) has no length")
        }
    }

    private mutating func sortKeys(
        _ items: [Value], _ attribute: Value?, ignoringCase: Bool
    ) throws(TemplateError) -> [Value] {
        var paths: [Value?] = [attribute]
        if let text = attribute?.text {
            paths = try text.split(Text(","), limit: -1, fromEnd: false, meter)
        }
        var keys: [Value] = []
        for item in items {
            var parts: [Value] = []
            for path in paths { parts.append(try part(path, of: item).foldedCase(ignoringCase, meter)) }
            keys.append(.tuple(try List(parts, meter)))
        }
        return keys
    }

    /// Elements with the same attribute together, in its order.
    private mutating func grouped(_ items: [Value], _ options: [Value?]) throws(TemplateError) -> Value {
        let isCaseSensitive = options[2].isTrue(default: false)
        var keys: [Value] = []
        var parts: [Value] = []
        for item in items {
            let part = try part(options[0], of: item, default: options[1])
            parts.append(.tuple(try List([part, item], meter)))
            keys.append(try part.foldedCase(!isCaseSensitive, meter))
        }
        try meter.allocate(items.count, each: 64)
        let order = try sorted(keys.indices.map { .int($0) }, by: keys, reverse: false, meter)
        var groups: [Value] = []
        var group: [Value] = []
        var name = Value.none
        for (index, place) in order.enumerated() {
            guard case .int(let place) = place, case .tuple(let pair) = parts[place] else { continue }
            if group.isEmpty { name = pair.items[0] }
            group.append(pair.items[1])
            if index + 1 < order.count, case .int(let next) = order[index + 1],
                try keys[place].equals(keys[next], meter)
            {
                continue
            }
            let list = Value.list(try List(group, meter))
            groups.append(.tuple(try List([name, list], isGroup: true, meter)))
            group = []
        }
        return .list(try List(groups, meter))
    }

    private func dictionarySorted(_ value: Value, _ options: [Value?]) throws(TemplateError) -> Value {
        try value.requireDefined()
        guard case .mapping(let mapping) = value else {
            throw TemplateError(.type, "the filter 'dictsort' needs a dictionary, not \(value.typeName)")
        }
        let by = try options[1]?.expectText("the argument 'by' of 'dictsort'").string ?? "key"
        guard by == "key" || by == "value" else {
            throw TemplateError(.value, "'dictsort' sorts by 'key' or 'value'")
        }
        var keys: [Value] = []
        for key in by == "key" ? mapping.keys : mapping.values {
            keys.append(try key.foldedCase(!options[0].isTrue(default: false), meter))
        }
        let pairs = try mapping.items(meter)
        return .list(
            try List(sorted(pairs, by: keys, reverse: options[2].isTrue(default: false), meter), meter))
    }

    private mutating func extreme(
        _ items: [Value], _ filter: Filter, _ attribute: Value?, ignoringCase: Bool
    ) throws(TemplateError) -> Value {
        guard var best = items.first else { return .undefined("an element of an empty list") }
        var bestKey = try part(attribute, of: best).foldedCase(ignoringCase, meter)
        for item in items.dropFirst() {
            let key = try part(attribute, of: item).foldedCase(ignoringCase, meter)
            let isBetter = try filter == .min ? key.isLess(than: bestKey, meter) : bestKey.isLess(than: key, meter)
            if isBetter { (best, bestKey) = (item, key) }
        }
        return best
    }

    /// `batch`: lists of `count` elements; `slice`: `count` lists.
    private func divide(_ items: [Value], _ filter: Filter, _ options: [Value?]) throws(TemplateError) -> Value {
        let count = try options[0].integer("the argument of '\(filter.rawValue)'", default: 1)
        var lists: [Value] = []
        if filter == .batch {
            guard count > 0 else { throw TemplateError(.value, "'batch' needs a count above 0") }
            var start = 0
            while start < items.count {
                var part = Array(items[start..<(count < items.count - start ? start + count : items.count)])
                if let fill = options[1].given, part.count < count {
                    try meter.allocate(count - part.count, each: 48)
                    part += [Value](repeating: fill, count: count - part.count)
                }
                start += part.count
                lists.append(.list(try List(part, meter)))
            }
        } else {
            guard count != 0 else { throw Number.divisionByZero }
            try meter.allocate(max(0, count), each: 64)
            let (size, extra) = (items.count / count, items.count % count)
            var start = 0
            for number in 0..<max(0, count) {
                let end = start + size + (number < extra ? 1 : 0)
                var part = Array(items[start..<end])
                if let fill = options[1].given, number >= extra { part.append(fill) }
                lists.append(.list(try List(part, meter)))
                start = end
            }
        }
        return .iterator(try OnceIterator(lists, meter))
    }
}

extension Value {
    /// A string in small letters, if case does not matter; anything else as it is.
    func foldedCase(_ ignoringCase: Bool, _ meter: Meter) throws(TemplateError) -> Value {
        guard ignoringCase, let text else { return self }
        return .text(try text.changed(.lower, meter))
    }
}
