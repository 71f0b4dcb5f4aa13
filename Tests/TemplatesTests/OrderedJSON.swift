import Templates

/// Reads JSON with the keys of objects in their order, which `tojson` shows and Foundation forgets.
struct OrderedJSON {
    private let bytes: [UInt8]
    private var position = 0

    static func parse(_ bytes: [UInt8]) -> TemplateValue {
        var parser = OrderedJSON(bytes: bytes)
        return parser.value()
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) { position += 1 }
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func value() -> TemplateValue {
        skipSpace()
        switch bytes[position] {
        case 0x7B:
            position += 1
            var entries: [TemplateValue.Entry] = []
            while !skip(0x7D) {
                _ = skip(0x2C)
                skipSpace()
                let key = string()
                _ = skip(0x3A)
                entries.append(TemplateValue.Entry(key, value()))
            }
            return .dictionary(entries)
        case 0x5B:
            position += 1
            var items: [TemplateValue] = []
            while !skip(0x5D) {
                _ = skip(0x2C)
                items.append(value())
            }
            return .list(items)
        case 0x22: return .string(string())
        default:
            let start = position
            while position < bytes.count, ![0x2C, 0x5D, 0x7D, 0x0A, 0x20].contains(bytes[position]) { position += 1 }
            let word = String(decoding: bytes[start..<position], as: UTF8.self)
            switch word {
            case "null": return .none
            case "true": return .bool(true)
            case "false": return .bool(false)
            default: return Int(word).map { .int($0) } ?? .float(Double(word) ?? .nan)
            }
        }
    }

    private mutating func string() -> String {
        var text: [UInt8] = []
        position += 1
        while bytes[position] != 0x22 {
            guard bytes[position] == 0x5C else {
                text.append(bytes[position])
                position += 1
                continue
            }
            position += 2
            switch bytes[position - 1] {
            case 0x6E: text.append(0x0A)
            case 0x72: text.append(0x0D)
            case 0x74: text.append(0x09)
            case 0x62: text.append(0x08)
            case 0x66: text.append(0x0C)
            case 0x75:
                let digits = String(decoding: bytes[position..<position + 4], as: UTF8.self)
                position += 4
                text += Array(String(Unicode.Scalar(UInt16(digits, radix: 16) ?? 0) ?? "?").utf8)
            case let byte: text.append(byte)
            }
        }
        position += 1
        return String(decoding: text, as: UTF8.self)
    }
}

extension TemplateValue {
    subscript(key: String) -> TemplateValue {
        guard case .dictionary(let entries) = self else { return .undefined }
        return entries.last { $0.key == key }?.value ?? .undefined
    }

    var items: [TemplateValue] {
        guard case .list(let items) = self else { return [] }
        return items
    }

    /// The text; nothing for `null`.
    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// A dictionary as the context of a template.
    var context: [String: TemplateValue] {
        guard case .dictionary(let entries) = self else { return [:] }
        return Dictionary(entries.map { ($0.key, $0.value) }) { $1 }
    }
}
