/// CRC-32 of ISO 3309, as PNG and ZIP have it.
package enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }

    package static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var value: UInt32 = 0xFFFF_FFFF
        for byte in bytes { value = table[Int((value ^ UInt32(byte)) & 0xFF)] ^ (value >> 8) }
        return value ^ 0xFFFF_FFFF
    }
}

/// SHA-256 (FIPS 180-4), by which a page's policy names its own style and script.
enum SHA256 {
    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes, and of the square roots of the
    /// first 8.
    private static let primes: [UInt64] = {
        var found: [UInt64] = []
        var number: UInt64 = 2
        while found.count < 64 {
            if !found.contains(where: { number % $0 == 0 }) { found.append(number) }
            number += 1
        }
        return found
    }()

    /// `floor(fraction(prime^(1/degree)) * 2^32)`, by bisection in integers.
    private static func fraction(_ prime: UInt64, degree: Int) -> UInt32 {
        var (low, high): (UInt64, UInt64) = (0, 20 << 32)
        while high - low > 1 {
            let middle = (low + high) / 2
            if isPower(middle, degree, atMost: prime) { low = middle } else { high = middle }
        }
        return UInt32(truncatingIfNeeded: low)
    }

    /// Whether `(root / 2^32)^degree <= prime`.
    private static func isPower(_ root: UInt64, _ degree: Int, atMost prime: UInt64) -> Bool {
        let wide = UInt128(root)
        if degree == 2 { return wide * wide <= UInt128(prime) << 64 }
        return wide * wide <= (UInt128(prime) << 96) / max(1, wide)
    }

    private static let constants = primes.map { fraction($0, degree: 3) }
    private static let start = primes.prefix(8).map { fraction($0, degree: 2) }

    static func digest(_ message: [UInt8]) -> [UInt8] {
        var padded = message + [0x80]
        padded += [UInt8](repeating: 0, count: (120 - padded.count % 64) % 64)
        let bits = UInt64(message.count) * 8
        padded += stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: bits >> UInt64($0)) }
        var state = start
        for block in stride(from: 0, to: padded.count, by: 64) { compress(&state, padded[block..<block + 64]) }
        return state.flatMap { word in
            stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
        }
    }

    private static func compress(_ state: inout [UInt32], _ block: ArraySlice<UInt8>) {
        func turned(_ x: UInt32, _ count: UInt32) -> UInt32 { (x >> count) | (x << (32 - count)) }
        var words = stride(from: block.startIndex, to: block.endIndex, by: 4).map { place in
            block[place..<place + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        for t in 16..<64 {
            let (a, b) = (words[t - 15], words[t - 2])
            words.append(
                words[t - 16] &+ words[t - 7] &+ (turned(a, 7) ^ turned(a, 18) ^ (a >> 3))
                    &+ (turned(b, 17) ^ turned(b, 19) ^ (b >> 10)))
        }
        var v = state
        for t in 0..<64 {
            let choice = (v[4] & v[5]) ^ (~v[4] & v[6])
            let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2])
            let first =
                v[7] &+ (turned(v[4], 6) ^ turned(v[4], 11) ^ turned(v[4], 25)) &+ choice &+ constants[t] &+ words[t]
            let second = (turned(v[0], 2) ^ turned(v[0], 13) ^ turned(v[0], 22)) &+ majority
            v = [first &+ second, v[0], v[1], v[2], v[3] &+ first, v[4], v[5], v[6]]
        }
        for place in 0..<8 { state[place] = state[place] &+ v[place] }
    }
}
