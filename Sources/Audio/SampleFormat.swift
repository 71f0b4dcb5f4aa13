/// The form of a sample.
package struct SampleFormat: Sendable, Equatable {
    package enum Encoding: Sendable {
        /// An integer whose middle is silence: 8 bits in WAV files.
        case unsigned
        /// An integer of two's complement. One of fewer bits than its bytes hold has them at the top.
        case signed
        case float
        /// ITU-T G.711: 8 bits for 13 (A-law) or 14 (mu-law).
        case aLaw, muLaw
    }

    let encoding: Encoding
    package let byteCount: Int
    let isBigEndian: Bool

    /// - Parameter byteCount: 1 for `unsigned`, `aLaw` and `muLaw`; 1 to 8 for `signed`; 4 or 8 for `float`.
    init(_ encoding: Encoding, byteCount: Int, isBigEndian: Bool = false) {
        self.encoding = encoding
        self.byteCount = byteCount
        self.isBigEndian = isBigEndian
    }

    package static let u8 = SampleFormat(.unsigned, byteCount: 1)
    package static let s16le = SampleFormat(.signed, byteCount: 2)
    package static let s24le = SampleFormat(.signed, byteCount: 3)
    package static let s32le = SampleFormat(.signed, byteCount: 4)
    package static let f32le = SampleFormat(.float, byteCount: 4)
    package static let f64le = SampleFormat(.float, byteCount: 8)

    /// The sample at `offset`, full scale being 1.
    func load(_ bytes: RawSpan, _ offset: Int) -> Float {
        switch encoding {
        case .unsigned: (Float(bytes.integer(offset, as: UInt8.self)) - 128) / 128
        case .signed where byteCount == 2: Float(integer(bytes, offset, as: Int16.self)) / 32_768
        case .signed: Float(leftJustified(bytes, offset)) / 0x1p63
        case .float where byteCount == 4: Float(bitPattern: integer(bytes, offset))
        case .float: Float(Double(bitPattern: integer(bytes, offset)))
        case .aLaw: Float(Self.linear(aLaw: bytes.integer(offset))) / 32_768
        case .muLaw: Float(Self.linear(muLaw: bytes.integer(offset))) / 32_768
        }
    }

    private func integer<T: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: RawSpan, _ offset: Int, as type: T.Type = T.self
    ) -> T {
        let value: T = bytes.integer(offset)
        return isBigEndian ? value.byteSwapped : value
    }

    /// An integer of any number of bytes at the top of 64 bits.
    private func leftJustified(_ bytes: RawSpan, _ offset: Int) -> Int64 {
        var value: UInt64 = 0
        for place in 0..<byteCount {
            let byte = bytes.integer(offset + (isBigEndian ? place : byteCount - 1 - place), as: UInt8.self)
            value = value << 8 | UInt64(byte)
        }
        return Int64(bitPattern: value << UInt64(64 - 8 * byteCount))
    }

    // Source: ITU-T G.711: a sign, three bits of exponent and four of mantissa. Values are the middles of their
    // intervals, of 16 bits.

    private static func linear(aLaw byte: UInt8) -> Int {
        let code = Int(byte ^ 0x55)
        let exponent = code >> 4 & 7
        let step = (code & 15) << 4 + 8
        let size = exponent == 0 ? step : (step + 256) << (exponent - 1)
        return code & 128 != 0 ? size : -size
    }

    private static func linear(muLaw byte: UInt8) -> Int {
        let code = Int(~byte)
        let size = ((code & 15) << 3 + 132) << (code >> 4 & 7) - 132
        return code & 128 != 0 ? -size : size
    }
}

extension RawSpan {
    /// A little-endian integer at any offset; one out of bounds traps, so callers check first.
    func integer<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
        T(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }
}
