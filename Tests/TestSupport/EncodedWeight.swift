/// Numbers in one of GGUF's formats, and the values that those bytes stand for. Written from the specification,
/// independent of the library.
package struct EncodedWeight {
    package enum Format: UInt32, CaseIterable, Sendable {
        case f32 = 0
        case f16 = 1
        case q4_0 = 2
        case q8_0 = 8
        case bf16 = 30

        package var isQuantized: Bool { self == .q4_0 || self == .q8_0 }
    }

    package let bytes: [UInt8]
    package let values: [Double]

    /// - Parameter numbers: for the quantized formats a multiple of 32.
    package init(_ numbers: [Float], _ format: Format) {
        var bytes: [UInt8] = []
        var values: [Double] = []
        switch format {
        case .f32:
            bytes = numbers.flatMap { RawGGUF.little($0.bitPattern) }
            values = numbers.map(Double.init)
        case .f16:
            let halves = numbers.map { Float16($0) }
            bytes = halves.flatMap { RawGGUF.little($0.bitPattern) }
            values = halves.map(Double.init)
        case .bf16:
            let bits = numbers.map { $0.bitPattern & 0xFFFF_0000 }
            bytes = bits.flatMap { RawGGUF.little(UInt16($0 >> 16)) }
            values = bits.map { Double(Float(bitPattern: $0)) }
        case .q8_0, .q4_0:
            for start in stride(from: 0, to: numbers.count, by: 32) {
                Self.appendBlock(numbers[start..<start + 32], format, &bytes, &values)
            }
        }
        self.bytes = bytes
        self.values = values
    }

    private static func appendBlock(
        _ block: ArraySlice<Float>, _ format: Format, _ bytes: inout [UInt8], _ values: inout [Double]
    ) {
        let limits = format == .q8_0 ? -127...127 : -8...7
        let greatest = block.reduce(0) { max($0, abs($1)) }
        let scale = Float16(greatest / Float(limits.upperBound))
        let quants = block.map { number in
            scale == 0 ? 0 : min(max(Int((number / Float(scale)).rounded()), limits.lowerBound), limits.upperBound)
        }
        bytes += RawGGUF.little(scale.bitPattern)
        if format == .q8_0 {
            bytes += quants.map { UInt8(bitPattern: Int8($0)) }
        } else {
            bytes += (0..<16).map { UInt8(quants[$0] + 8) | UInt8(quants[$0 + 16] + 8) << 4 }
        }
        values += quants.map { Double(scale) * Double($0) }
    }
}
