/// A string of Python, and which parts of it came from outside of the template.
///
/// It is a string of code points, kept as UTF-8. Offsets are in bytes and lie between code points.
struct Text: Sendable {
    private(set) var bytes: [UInt8] = []
    /// The parts from outside: in order, not empty, not touching one another.
    private(set) var input: [Range<Int>] = []

    init() {}

    init(_ string: String, isInput: Bool = false) {
        bytes = Array(string.utf8)
        if isInput, !bytes.isEmpty { input = [0..<bytes.count] }
    }

    init(_ scalar: Unicode.Scalar) { bytes = Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter) }

    var string: String { String(decoding: bytes, as: UTF8.self) }
    var count: Int { bytes.count }
    var isEmpty: Bool { bytes.isEmpty }
    /// Memory, roughly.
    var cost: Int { bytes.count + 16 * input.count }

    // MARK: - Parts from outside

    /// The first part from outside that ends after `offset`.
    private func firstInput(endingAfter offset: Int) -> Int {
        var low = 0
        var high = input.count
        while low < high {
            let middle = (low + high) / 2
            if input[middle].upperBound > offset { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// Whether the byte at `offset` came from outside.
    func isInput(at offset: Int) -> Bool {
        let index = firstInput(endingAfter: offset)
        return index < input.count && input[index].lowerBound <= offset
    }

    private mutating func mark(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        if let last = input.last, last.upperBound == range.lowerBound {
            input[input.count - 1] = last.lowerBound..<range.upperBound
        } else {
            input.append(range)
        }
    }

    // MARK: - Appending

    mutating func append(_ other: Text) {
        let shift = bytes.count
        bytes.append(contentsOf: other.bytes)
        for range in other.input { mark(range.lowerBound + shift..<range.upperBound + shift) }
    }

    mutating func append(_ other: Text, _ range: Range<Int>) {
        let shift = bytes.count - range.lowerBound
        bytes.append(contentsOf: other.bytes[range])
        var index = other.firstInput(endingAfter: range.lowerBound)
        while index < other.input.count, other.input[index].lowerBound < range.upperBound {
            let part = other.input[index].clamped(to: range)
            mark(part.lowerBound + shift..<part.upperBound + shift)
            index += 1
        }
    }

    mutating func append(_ string: String, isInput: Bool = false) {
        let start = bytes.count
        bytes.append(contentsOf: string.utf8)
        if isInput { mark(start..<bytes.count) }
    }

    mutating func append(_ scalar: Unicode.Scalar, isInput: Bool = false) {
        let start = bytes.count
        bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        if isInput { mark(start..<bytes.count) }
    }

    func slice(_ range: Range<Int>, _ meter: Meter) throws(TemplateError) -> Text {
        if range.lowerBound == 0, range.upperBound == bytes.count { return self }
        try meter.allocate(range.count)
        var part = Text()
        part.append(self, range)
        return part
    }

    // MARK: - Code points

    /// The code point at `offset` and where the next one begins.
    func scalar(at offset: Int) -> (scalar: Unicode.Scalar, next: Int) {
        let first = UInt32(bytes[offset])
        if first < 0x80 { return (Unicode.Scalar(UInt8(truncatingIfNeeded: first)), offset + 1) }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        var value = first & (0x7F >> UInt32(length))
        for i in offset + 1..<min(offset + length, bytes.count) { value = value << 6 | UInt32(bytes[i] & 0x3F) }
        return (Unicode.Scalar(value) ?? "\u{FFFD}", min(offset + length, bytes.count))
    }

    /// The code point before `offset` and where it begins; `offset` is not 0.
    func scalar(before offset: Int) -> (scalar: Unicode.Scalar, start: Int) {
        var start = offset - 1
        while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
        return (scalar(at: start).scalar, start)
    }

    /// The number of code points.
    var length: Int { bytes.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) } }

    var isASCII: Bool { bytes.allSatisfy { $0 < 0x80 } }

    /// Where every code point begins, and the end.
    func offsets() -> [Int] {
        var offsets: [Int] = []
        offsets.reserveCapacity(bytes.count + 1)
        for i in bytes.indices where bytes[i] & 0xC0 != 0x80 { offsets.append(i) }
        offsets.append(bytes.count)
        return offsets
    }

    /// All code points, for short strings.
    var scalars: [Unicode.Scalar] { Array(string.unicodeScalars) }

    /// How messages show it.
    var quoted: String { string.quoted }
}

extension Text: Equatable {
    /// Equal strings; where they came from does not matter.
    static func == (a: Text, b: Text) -> Bool { a.bytes == b.bytes }

    /// Whether `a` stands before `b`, by code points.
    static func < (a: Text, b: Text) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }
}

/// Makes a string out of parts, within the limits.
struct TextBuilder {
    let meter: Meter
    private(set) var text = Text()

    init(_ meter: Meter) { self.meter = meter }

    mutating func append(_ other: Text) throws(TemplateError) {
        try meter.allocate(other.cost)
        text.append(other)
    }

    mutating func append(_ other: Text, _ range: Range<Int>) throws(TemplateError) {
        try meter.allocate(range.count)
        text.append(other, range)
    }

    mutating func append(_ string: String, isInput: Bool = false) throws(TemplateError) {
        try meter.allocate(string.utf8.count)
        text.append(string, isInput: isInput)
    }

    mutating func append(_ scalar: Unicode.Scalar, isInput: Bool = false) throws(TemplateError) {
        try meter.allocate(4)
        text.append(scalar, isInput: isInput)
    }

    /// Appends `other` so often.
    mutating func append(_ other: Text, times: Int) throws(TemplateError) {
        guard times > 0, !other.isEmpty else { return }
        try meter.allocate(times, each: other.cost)
        for _ in 0..<times { text.append(other) }
    }
}
