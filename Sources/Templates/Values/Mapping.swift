/// A dictionary of Python: in the order of insertion.
final class Mapping {
    let keys: [Value]
    let values: [Value]
    private let index: [HashKey: Int]
    let depth: Int

    fileprivate init(_ keys: [Value], _ values: [Value], _ index: [HashKey: Int], _ depth: Int) {
        self.keys = keys
        self.values = values
        self.index = index
        self.depth = depth
    }

    var count: Int { keys.count }

    subscript(key: HashKey) -> Value? { index[key].map { values[$0] } }

    /// The value of the key that is spelt so.
    subscript(name: String) -> Value? { self[.text(Array(name.utf8))] }

    /// `items()`: pairs of key and value.
    func items(_ meter: Meter) throws(TemplateError) -> [Value] {
        var items: [Value] = []
        items.reserveCapacity(count)
        for i in keys.indices { items.append(.tuple(try List([keys[i], values[i]], meter))) }
        return items
    }
}

/// Makes a dictionary.
final class MappingBuilder {
    private let meter: Meter
    private var keys: [Value] = []
    private var values: [Value] = []
    private var index: [HashKey: Int] = [:]
    private var depth = 0

    init(_ meter: Meter) { self.meter = meter }

    /// Sets a key, which keeps its place if it is there already.
    func set(_ key: Value, _ value: Value) throws(TemplateError) {
        let hash = try HashKey(key, meter)
        depth = max(depth, key.depth, value.depth)
        if let place = index[hash] {
            values[place] = value
            return
        }
        try meter.allocate(160 + hash.cost)
        index[hash] = keys.count
        keys.append(key)
        values.append(value)
    }

    func finish() throws(TemplateError) -> Mapping {
        try meter.depth(depth + 1)
        return Mapping(keys, values, index, depth + 1)
    }
}

/// The hash key of a value: equal for keys that are equal in Python.
enum HashKey: Hashable {
    case undefined
    case none
    case int(Int)
    case float(Double)
    case text([UInt8])
    case tuple([HashKey])

    init(_ value: Value, _ meter: Meter) throws(TemplateError) {
        switch value {
        case .undefined: self = .undefined
        case .none: self = .none
        case .bool(let value): self = .int(value ? 1 : 0)
        case .int(let value): self = .int(value)
        case .float(let value):
            if let whole = Int(exactly: value) { self = .int(whole) } else { self = .float(value) }
        case .text(let text), .markup(let text):
            try meter.work(text.count)
            self = .text(text.bytes)
        case .tuple(let list):
            var parts: [HashKey] = []
            for item in list.items { parts.append(try HashKey(item, meter)) }
            self = .tuple(parts)
        default: throw TemplateError(.type, "\(value.typeName) cannot be a key: use a string")
        }
    }

    var cost: Int {
        switch self {
        case .text(let bytes): bytes.count
        case .tuple(let parts): parts.reduce(0) { $0 + 16 + $1.cost }
        default: 0
        }
    }
}
