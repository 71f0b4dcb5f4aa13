/// A value while rendering. Lists and dictionaries do not change, as in Jinja's immutable sandbox.
enum Value {
    /// Nothing; the text says what is missing.
    case undefined(String)
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case text(Text)
    /// Text from `escape` or `safe`: what joins it is escaped.
    case markup(Text)
    case list(List)
    case tuple(List)
    case mapping(Mapping)
    case range(Progression)
    /// `items()`, `keys()` or `values()` of a dictionary.
    case view(ViewKind, List)
    /// What `map`, `select` and the like give: it can be gone through once.
    case iterator(OnceIterator)
    /// Of the machine's namespaces.
    case namespace(Int)
    /// Of the template's macros.
    case macro(Int)
    case function(Function)
    case method(BoundMethod)
    /// The variable `loop` of the machine's loop with this number.
    case loop(Int)
    /// Of the machine's cyclers and joiners.
    case cycler(Int)
    case joiner(Int)

    enum ViewKind: String { case items = "dict_items", keys = "dict_keys", values = "dict_values" }
}

/// The elements of a list or tuple.
final class List {
    let items: [Value]
    /// How many lists are within one another; keeps recursion over values bounded.
    let depth: Int
    /// Whether it is a group of `groupby`, with the attributes `grouper` and `list`.
    let isGroup: Bool

    init(_ items: [Value], isGroup: Bool = false, _ meter: Meter) throws(TemplateError) {
        self.isGroup = isGroup
        try meter.allocate(items.count + 1, each: 48)
        var depth = 0
        for item in items { depth = max(depth, item.depth) }
        try meter.depth(depth + 1)
        self.items = items
        self.depth = depth + 1
    }
}

/// What `range` gives.
struct Progression: Equatable {
    let start: Int, stop: Int, step: Int
    let count: Int

    init(_ start: Int, _ stop: Int, _ step: Int) throws(TemplateError) {
        guard step != 0 else { throw TemplateError(.value, "the step of range() must not be 0") }
        let (distance, overflow) = stop.subtractingReportingOverflow(start)
        guard !overflow, step != .min, distance != .min else {
            throw TemplateError(.overflow, "range() is too long: use smaller numbers")
        }
        if step > 0 {
            count = distance > 0 ? (distance - 1) / step + 1 : 0
        } else {
            count = distance < 0 ? (-distance - 1) / -step + 1 : 0
        }
        self.start = start
        self.stop = stop
        self.step = step
    }

    /// The element at `index`, below ``count``.
    subscript(index: Int) -> Int { start &+ index &* step }

    func contains(_ value: Int) -> Bool {
        guard count > 0 else { return false }
        let last = self[count - 1]
        guard value >= min(start, last), value <= max(start, last) else { return false }
        let (distance, overflow) = value.subtractingReportingOverflow(start)
        return !overflow && distance % step == 0
    }
}

final class OnceIterator {
    private let list: List
    private var isConsumed = false
    var depth: Int { list.depth }

    init(_ items: [Value], _ meter: Meter) throws(TemplateError) { list = try List(items, meter) }

    /// The elements, the first time. Python gives nothing the second time, which is never what was meant.
    func take() throws(TemplateError) -> [Value] {
        if isConsumed {
            throw TemplateError(
                .unsupported, "the result of a filter is gone through twice: put '| list' after the filter")
        }
        isConsumed = true
        return list.items
    }
}

/// A method without its call: `message.items`.
final class BoundMethod {
    let receiver: Value
    let method: Method

    init(_ receiver: Value, _ method: Method) {
        self.receiver = receiver
        self.method = method
    }
}

extension Value {
    static func string(_ string: String) -> Value { .text(Text(string)) }

    var depth: Int {
        switch self {
        case .list(let list), .tuple(let list), .view(_, let list): list.depth
        case .mapping(let mapping): mapping.depth
        case .iterator(let iterator): iterator.depth
        case .method(let method): method.receiver.depth + 1
        default: 0
        }
    }

    /// Its type's name in messages.
    var typeName: String {
        switch self {
        case .undefined: "an undefined value"
        case .none: "none"
        case .bool: "a boolean"
        case .int: "an integer"
        case .float: "a float"
        case .text: "a string"
        case .markup: "an escaped string"
        case .list: "a list"
        case .tuple: "a tuple"
        case .mapping: "a dictionary"
        case .range: "a range"
        case .view(let kind, _): "a \(kind.rawValue) view"
        case .iterator: "a filter's result (put '| list' after the filter)"
        case .namespace: "a namespace"
        case .macro: "a macro"
        case .function: "a function"
        case .method: "a method"
        case .loop: "the loop variable"
        case .cycler: "a cycler"
        case .joiner: "a joiner"
        }
    }

    var isUndefined: Bool {
        if case .undefined = self { return true }
        return false
    }

    /// Whether it counts as true.
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let value): value
        case .int(let value): value != 0
        case .float(let value): value != 0
        case .text(let text), .markup(let text): !text.isEmpty
        case .list(let list), .tuple(let list), .view(_, let list): !list.items.isEmpty
        case .mapping(let mapping): mapping.count > 0
        case .range(let range): range.count > 0
        case .iterator, .namespace, .macro, .function, .method, .loop, .cycler, .joiner: true
        }
    }

    /// An integer, or a boolean as one.
    var integer: Int? {
        switch self {
        case .int(let value): value
        case .bool(let value): value ? 1 : 0
        default: nil
        }
    }

    /// Fails for an undefined value, which nothing but printing and testing accepts.
    func requireDefined() throws(TemplateError) {
        if case .undefined(let name) = self { throw TemplateError.missing("\(name) is undefined") }
    }

    func expectInteger(_ what: String) throws(TemplateError) -> Int {
        try requireDefined()
        guard let value = integer else {
            throw TemplateError(.type, "\(what) must be an integer, not \(typeName)")
        }
        return value
    }

    func expectText(_ what: String) throws(TemplateError) -> Text {
        try requireDefined()
        guard let text else { throw TemplateError(.type, "\(what) must be a string, not \(typeName)") }
        return text
    }

    /// Of a string, escaped or not.
    var text: Text? {
        switch self {
        case .text(let text), .markup(let text): text
        default: nil
        }
    }

    var isMarkup: Bool {
        if case .markup = self { return true }
        return false
    }

    /// Its elements, as a loop goes through them.
    func elements(_ meter: Meter) throws(TemplateError) -> [Value] {
        switch self {
        case .undefined: return []
        case .list(let list), .tuple(let list), .view(_, let list): return list.items
        case .mapping(let mapping): return mapping.keys
        case .iterator(let iterator): return try iterator.take()
        case .text(let text), .markup(let text):
            try meter.allocate(text.count, each: 64)
            let offsets = text.offsets()
            var items: [Value] = []
            for i in 0..<offsets.count - 1 {
                var part = Text()
                part.append(text, offsets[i]..<offsets[i + 1])
                items.append(.text(part))
            }
            return items
        case .range(let range):
            try meter.allocate(range.count, each: 48)
            return (0..<range.count).map { .int(range[$0]) }
        default: throw TemplateError(.type, "\(typeName) cannot be gone through: a list is needed")
        }
    }
}
