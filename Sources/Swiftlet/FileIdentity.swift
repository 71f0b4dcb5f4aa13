internal import GGUF

extension GGUFFile {
    /// A hash of the tensors' names, types, shapes and a sample of their bytes, and of a text.
    func identity(mixing text: String) -> String {
        var hash = FNV1a()
        for tensor in tensors {
            for byte in tensor.name.utf8 { hash.mix(byte) }
            for number in tensor.dimensions + [Int(tensor.type.rawValue)] {
                for shift in stride(from: 0, to: 64, by: 8) { hash.mix(UInt8(truncatingIfNeeded: number >> shift)) }
            }
            hash.mix(sampleOf: bytes(of: tensor))
        }
        for byte in text.utf8 { hash.mix(byte) }
        return String(hash.value, radix: 16)
    }
}

/// A hash of bytes (Fowler, Noll and Vo, RFC 9923).
private struct FNV1a {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325

    /// 256 bytes or a few more, from all parts.
    mutating func mix(sampleOf bytes: RawSpan) {
        for index in stride(from: 0, to: bytes.byteCount, by: max(1, bytes.byteCount / 256)) {
            mix(unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt8.self))
        }
    }

    mutating func mix(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
}
