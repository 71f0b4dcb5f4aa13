/// Reads the fields of a protobuf message (protobuf.dev, "Encoding"), every length checked against the bytes that remain.
struct ProtobufReader: ~Escapable {
    enum Value {
        case number(UInt64)
        /// Four bytes, or the lower half of eight.
        case fixed(UInt64)
        /// A range of the message.
        case bytes(Range<Int>)
    }

    struct Malformed: Error {
        let offset: Int
    }

    private let bytes: Span<UInt8>
    private var place = 0

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
    }

    /// The next field's number and value; nil at the end.
    mutating func next() throws(Malformed) -> (field: UInt64, value: Value)? {
        guard place < bytes.count else { return nil }
        let key = try number()
        switch key & 7 {
        case 0: return (key >> 3, .number(try number()))
        case 1: return (key >> 3, .fixed(try fixed(8)))
        case 2:
            let count = try number()
            guard count <= UInt64(bytes.count - place) else { throw Malformed(offset: place) }
            let range = place..<place + Int(count)
            place = range.upperBound
            return (key >> 3, .bytes(range))
        case 5: return (key >> 3, .fixed(try fixed(4)))
        default: throw Malformed(offset: place)
        }
    }

    private mutating func number() throws(Malformed) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard place < bytes.count else { throw Malformed(offset: place) }
            let byte = bytes[place]
            place += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw Malformed(offset: place)
    }

    private mutating func fixed(_ count: Int) throws(Malformed) -> UInt64 {
        guard bytes.count - place >= count else { throw Malformed(offset: place) }
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(bytes[place + index]) << UInt64(8 * index) }
        place += count
        return value
    }
}
