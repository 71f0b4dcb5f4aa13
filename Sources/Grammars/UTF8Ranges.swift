/// Sequences of byte ranges that are, between them, the UTF-8 forms of a range of characters.
///
/// Each sequence is one to four ranges, one for each byte. Surrogates are left out.
func utf8Sequences(_ range: ClosedRange<UInt32>) -> [[ClosedRange<UInt8>]] {
    var result: [[ClosedRange<UInt8>]] = []
    let lengths: [ClosedRange<UInt32>] = [0...0x7F, 0x80...0x7FF, 0x800...0xD7FF, 0xE000...0xFFFF, 0x10000...0x10FFFF]
    for length in lengths where length.overlaps(range) {
        let part = range.clamped(to: length)
        append(part.lowerBound, part.upperBound, to: &result)
    }
    return result
}

/// `low` and `high` have forms of the same length. Where they differ in a byte that is not the last, all between must be
/// whole groups of 64: what is not is split off first.
private func append(_ low: UInt32, _ high: UInt32, to result: inout [[ClosedRange<UInt8>]]) {
    var groupBits: UInt32 = 6
    let first = encoded(low)
    while groupBits < UInt32(6 * first.count) {
        let mask: UInt32 = 1 << groupBits - 1
        if low & ~mask != high & ~mask {
            if low & mask != 0 {
                append(low, low | mask, to: &result)
                append((low | mask) + 1, high, to: &result)
                return
            }
            if high & mask != mask {
                append(low, high & ~mask - 1, to: &result)
                append(high & ~mask, high, to: &result)
                return
            }
        }
        groupBits += 6
    }
    result.append(zip(first, encoded(high)).map { $0...$1 })
}

private func encoded(_ value: UInt32) -> [UInt8] {
    switch value {
    case 0...0x7F: [UInt8(value)]
    case 0x80...0x7FF: [UInt8(0xC0 | value >> 6), continuation(value)]
    case 0x800...0xFFFF: [UInt8(0xE0 | value >> 12), continuation(value >> 6), continuation(value)]
    default:
        [UInt8(0xF0 | value >> 18 & 7), continuation(value >> 12), continuation(value >> 6), continuation(value)]
    }
}

private func continuation(_ value: UInt32) -> UInt8 { UInt8(0x80 | value & 0x3F) }
