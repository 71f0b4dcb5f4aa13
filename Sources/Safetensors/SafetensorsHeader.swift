internal import JSON

/// A tensor of a safetensors file.
package struct SafetensorsTensor: Sendable, Equatable {
    package let name: String
    package let type: ElementType
    /// Sizes, slowest first; none for a single number.
    package let shape: [Int]
    /// Bytes from the start of the file.
    package let bytes: Range<Int>
}

/// The directory of a safetensors file, all of it checked.
///
/// The file is: the header's length in bytes, a little-endian UInt64; the header, a JSON object that may end in spaces;
/// the tensors' bytes, which leave no gaps. The header has, for each tensor's name, `dtype`, `shape` (slowest first) and
/// `data_offsets` (begin and end, from the end of the header); `__metadata__` holds strings for people.
///
/// Source: github.com/huggingface/safetensors, "Format".
struct SafetensorsHeader {
    /// In the file's order of bytes.
    let tensors: [SafetensorsTensor]

    /// Bytes of the longest header: the limit of the reference implementation.
    static let longest: UInt64 = 100_000_000

    /// - Parameter bytes: all of the file.
    init(_ bytes: Span<UInt8>) throws(SafetensorsError) {
        guard bytes.count >= 8 else { throw .truncated(byteCount: bytes.count, needed: 8) }
        var length: UInt64 = 0
        for index in 0..<8 { length |= UInt64(bytes[index]) << UInt64(8 * index) }
        guard length <= Self.longest else { throw .headerTooLong(length) }
        guard length <= UInt64(bytes.count - 8) else {
            throw .truncated(byteCount: bytes.count, needed: length + 8)
        }
        let dataStart = 8 + Int(length)
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONParser.parse(bytes.extracting(8..<dataStart))
        } catch {
            throw .json(error)
        }
        guard case .object(let members) = value else {
            throw .kind(place: "text", expected: "an object", found: value.kind)
        }
        var names: Set<String> = []
        var tensors: [SafetensorsTensor] = []
        for member in members {
            guard names.insert(member.name).inserted else { throw .duplicate(tensor: member.name) }
            if member.name == "__metadata__" { continue }
            tensors.append(try Self.tensor(member, dataStart: dataStart, fileBytes: bytes.count))
        }
        tensors.sort { ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound) }
        var next = dataStart
        for tensor in tensors {
            guard tensor.bytes.lowerBound == next else {
                throw .notContiguous(
                    tensor: tensor.name, expected: next - dataStart, found: tensor.bytes.lowerBound - dataStart)
            }
            next = tensor.bytes.upperBound
        }
        guard next == bytes.count else {
            throw .excess(expected: next - dataStart, found: bytes.count - dataStart)
        }
        self.tensors = tensors
    }

    private static func tensor(
        _ member: JSONValue.Member, dataStart: Int, fileBytes: Int
    ) throws(SafetensorsError) -> SafetensorsTensor {
        let name = member.name
        guard case .object = member.value else {
            throw .kind(place: name, expected: "an object", found: member.value.kind)
        }
        func field(_ key: String, _ expected: String) throws(SafetensorsError) -> JSONValue {
            guard let value = member.value[key] else {
                throw .kind(place: "\(name).\(key)", expected: expected, found: "nothing")
            }
            return value
        }
        let typeName = try field("dtype", "a string")
        guard let typeName = typeName.string else {
            throw .kind(place: "\(name).dtype", expected: "a string", found: typeName.kind)
        }
        guard let type = ElementType(rawValue: typeName) else {
            throw .unknownElementType(tensor: name, found: typeName)
        }
        let shape = try numbers(field("shape", "an array of sizes"), at: "\(name).shape")
        let offsets = try numbers(field("data_offsets", "two offsets"), at: "\(name).data_offsets")
        guard offsets.count == 2 else {
            throw .kind(place: "\(name).data_offsets", expected: "two offsets", found: "\(offsets.count)")
        }
        let dataBytes = fileBytes - dataStart
        guard offsets[0] <= offsets[1], offsets[1] <= dataBytes else {
            throw .offsets(tensor: name, begin: offsets[0], end: offsets[1], dataBytes: dataBytes)
        }
        var size = type.byteCount
        for count in shape {
            let product = size.multipliedReportingOverflow(by: count)
            guard !product.overflow else { throw .shape(tensor: name, found: "\(shape)") }
            size = product.partialValue
        }
        guard size == offsets[1] - offsets[0] else {
            throw .size(tensor: name, expected: size, found: offsets[1] - offsets[0])
        }
        return SafetensorsTensor(
            name: name, type: type, shape: shape, bytes: dataStart + offsets[0]..<dataStart + offsets[1])
    }

    /// An array of numbers of 0 or more.
    private static func numbers(_ value: JSONValue, at place: String) throws(SafetensorsError) -> [Int] {
        guard let items = value.items else {
            throw .kind(place: place, expected: "an array", found: value.kind)
        }
        var numbers: [Int] = []
        for item in items {
            guard let number = item.int, number >= 0 else {
                throw .kind(place: place, expected: "whole numbers from 0", found: item.text)
            }
            numbers.append(number)
        }
        return numbers
    }
}
