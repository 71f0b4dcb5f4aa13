/// How sound lies in a file: interleaved frames of one sample for each channel.
package struct AudioFormat: Sendable, Equatable {
    /// The form of a sample, little-endian.
    package enum Sample: String, Sendable, CaseIterable {
        case u8, s16le, s24le, s32le, f32le, f64le

        package var byteCount: Int {
            switch self {
            case .u8: 1
            case .s16le: 2
            case .s24le: 3
            case .s32le, .f32le: 4
            case .f64le: 8
            }
        }
    }

    /// Frames a second.
    package let sampleRate: Int
    package let channels: Int
    package let sample: Sample

    package static let sampleRates = 1_000...768_000
    package static let channelCounts = 1...64

    var frameByteCount: Int { channels * sample.byteCount }

    /// - Throws: ``AudioError`` for a rate or a number of channels out of range.
    package init(sampleRate: Int, channels: Int, sample: Sample) throws(AudioError) {
        guard Self.sampleRates.contains(sampleRate) else { throw .sampleRate(sampleRate) }
        guard Self.channelCounts.contains(channels) else { throw .channels(channels) }
        self.sampleRate = sampleRate
        self.channels = channels
        self.sample = sample
    }
}

extension AudioFormat.Sample {
    /// The sample at `offset`, full scale being 1.
    func load(_ bytes: RawSpan, _ offset: Int) -> Float {
        switch self {
        case .u8: (Float(bytes.integer(offset, as: UInt8.self)) - 128) / 128
        case .s16le: Float(bytes.integer(offset, as: Int16.self)) / 32_768
        case .s24le:
            Float(
                Int32(bytes.integer(offset, as: UInt8.self)) << 8 | Int32(bytes.integer(offset + 1, as: Int16.self))
                    << 16)
                / 2_147_483_648
        case .s32le: Float(bytes.integer(offset, as: Int32.self)) / 2_147_483_648
        case .f32le: Float(bitPattern: bytes.integer(offset))
        case .f64le: Float(Double(bitPattern: bytes.integer(offset)))
        }
    }
}

extension RawSpan {
    /// A little-endian integer at any offset; one out of bounds traps, so callers check first.
    func integer<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
        T(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }
}
