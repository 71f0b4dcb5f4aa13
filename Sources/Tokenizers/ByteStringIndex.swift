/// Finds a string in a ``ByteStrings`` list: a hash table with open addressing and linear probing.
///
/// The hash is seeded at random, so a file cannot be made to collide.
struct ByteStringIndex: Sendable {
    /// Each slot holds the upper half of the hash and, below it, the string's position plus one; zero is free.
    private var slots: [UInt64]
    private var used = 0
    private let seed = UInt64.random(in: .min ... .max)

    init(capacity: Int = 0) {
        slots = Array(repeating: 0, count: Self.slotCount(for: capacity))
    }

    /// The position of the first string in `strings` that equals `text`.
    func find(_ text: Span<UInt8>, in strings: ByteStrings) -> Int? {
        let slot = slot(of: text, hash(text), in: strings)
        return slots[slot] == 0 ? nil : Self.position(in: slots[slot])
    }

    /// Makes string `position` of `strings` findable, unless an equal one is already; returns whether it was not.
    @discardableResult
    mutating func insert(_ position: Int, of strings: ByteStrings) -> Bool {
        if used >= slots.count / 4 * 3 { grow(strings) }
        let hash = hash(strings[position])
        let slot = slot(of: strings[position], hash, in: strings)
        guard slots[slot] == 0 else { return false }
        slots[slot] = (hash >> 32) << 32 | UInt64(truncatingIfNeeded: position + 1)
        used += 1
        return true
    }

    private mutating func grow(_ strings: ByteStrings) {
        let old = slots
        slots = Array(repeating: 0, count: old.count * 2)
        for entry in old where entry != 0 {
            let text = strings[Self.position(in: entry)]
            slots[slot(of: text, hash(text), in: strings)] = entry
        }
    }

    /// The slot that holds a string equal to `text`, or the free one where it belongs.
    private func slot(of text: Span<UInt8>, _ hash: UInt64, in strings: ByteStrings) -> Int {
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let entry = slots[slot]
            if entry >> 32 == hash >> 32, strings[Self.position(in: entry)].hasSameBytes(as: text) { break }
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }

    private static func position(in entry: UInt64) -> Int {
        Int(truncatingIfNeeded: entry & 0xFFFF_FFFF) - 1
    }

    private func hash(_ text: Span<UInt8>) -> UInt64 {
        var hash = seed
        var word: UInt64 = 0
        for i in text.indices {
            word = word << 8 | UInt64(text[i])
            if i & 7 == 7 {
                hash = mixed(hash, word)
                word = 0
            }
        }
        return mixed(hash ^ UInt64(truncatingIfNeeded: text.count), word)
    }

    /// The smallest power of two that keeps `count` strings below three quarters full.
    private static func slotCount(for count: Int) -> Int {
        var slots = 16
        while slots / 4 * 3 < count { slots *= 2 }
        return slots
    }
}

/// Folds `value` into a running hash: a 128-bit product, its halves combined.
@inline(__always)
func mixed(_ hash: UInt64, _ value: UInt64) -> UInt64 {
    let product = (hash ^ value ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
    return product.high ^ product.low ^ hash
}
