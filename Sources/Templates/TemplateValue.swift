/// A value that a template is given.
package enum TemplateValue: Sendable, Equatable {
    case undefined
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    /// Text from outside, for example a message: it is marked in the output wherever it goes.
    case string(String)
    /// Text that the caller vouches for, for example the model's `bos_token`: it may become control tokens.
    case trusted(String)
    case list([TemplateValue])
    /// In order. The keys are text from outside as well. Of equal keys the last one counts.
    case dictionary([Entry])

    package struct Entry: Sendable, Equatable {
        package let key: String
        package let value: TemplateValue

        package init(_ key: String, _ value: TemplateValue) {
            self.key = key
            self.value = value
        }
    }
}

extension TemplateValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int) { self = .int(value) }
    package init(floatLiteral value: Double) { self = .float(value) }
    package init(arrayLiteral elements: TemplateValue...) { self = .list(elements) }
    package init(dictionaryLiteral elements: (String, TemplateValue)...) {
        self = .dictionary(elements.map { Entry($0.0, $0.1) })
    }
    package init(nilLiteral: ()) { self = .none }
}

extension Value {
    init(_ value: TemplateValue, depth: Int, _ meter: Meter) throws(TemplateError) {
        switch value {
        case .undefined: self = .undefined("a value that is not given")
        case .none: self = .none
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .int(value)
        case .float(let value): self = .float(value)
        case .string(let value): self = .text(Text(value, isInput: true))
        case .trusted(let value): self = .text(Text(value))
        case .list(let values):
            try meter.depth(depth + 1)
            var items: [Value] = []
            items.reserveCapacity(values.count)
            for value in values { items.append(try Value(value, depth: depth + 1, meter)) }
            self = .list(try List(items, meter))
        case .dictionary(let entries):
            try meter.depth(depth + 1)
            let mapping = MappingBuilder(meter)
            for entry in entries {
                try mapping.set(
                    .text(Text(entry.key, isInput: true)), try Value(entry.value, depth: depth + 1, meter))
            }
            self = .mapping(try mapping.finish())
        }
    }
}
