internal import JSON

/// Reads the text of a call from left to right.
struct CallScanner {
    let bytes: [UInt8]
    private(set) var place = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { place == bytes.count }
    var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    /// Leaves a byte out, if there is one.
    mutating func advance() { place = min(place + 1, bytes.count) }

    mutating func skipSpace() {
        while let next, next.isSpace { place += 1 }
    }

    mutating func take(_ text: String) -> Bool {
        guard bytes[place...].starts(with: text.utf8) else { return false }
        place += text.utf8.count
        return true
    }

    /// The text up to the next `end`, which is taken too; nil, and nothing taken, where there is none.
    mutating func text(until end: String) -> String? {
        let pattern = Array(end.utf8)
        guard let found = bytes.firstRange(of: pattern, from: place) else { return nil }
        defer { place = found + pattern.count }
        return String(decoding: bytes[place..<found], as: UTF8.self)
    }

    /// Takes what is left.
    mutating func rest() -> String {
        defer { place = bytes.count }
        return String(decoding: bytes[place...], as: UTF8.self)
    }

    /// The letters, digits, and `_`, `-` and `.` that come next; nil for none.
    mutating func name() -> String? {
        let start = place
        while let next {
            switch next {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                place += 1
            default: return start == place ? nil : String(decoding: bytes[start..<place], as: UTF8.self)
            }
        }
        return start == place ? nil : String(decoding: bytes[start..<place], as: UTF8.self)
    }

    /// The JSON object or array that comes next; nil, and nothing taken, where there is none.
    mutating func json() -> JSONValue? {
        var after = self
        after.skipSpace()
        let start = after.place
        var depth = 0
        var isQuoted = false
        while let next = after.next {
            after.place += 1
            switch next {
            case UInt8(ascii: "\\") where isQuoted: after.place = min(after.place + 1, bytes.count)
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += isQuoted ? 0 : 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= isQuoted ? 0 : 1
            default: break
            }
            if depth <= 0, !isQuoted { break }
        }
        guard depth == 0, let first = bytes[start..<after.place].first,
            first == UInt8(ascii: "{") || first == UInt8(ascii: "["),
            let value = try? JSONParser.parse(bytes.span.extracting(start..<after.place))
        else { return nil }
        self = after
        return value
    }
}

extension UInt8 {
    /// ASCII's white space.
    var isSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}

extension Array<UInt8> {
    /// Where `pattern` comes first, at or after `start`.
    func firstRange(of pattern: [UInt8], from start: Int) -> Int? {
        guard let first = pattern.first, count - start >= pattern.count else { return nil }
        for index in start...(count - pattern.count) where self[index] == first {
            if self[index...].starts(with: pattern) { return index }
        }
        return nil
    }
}
