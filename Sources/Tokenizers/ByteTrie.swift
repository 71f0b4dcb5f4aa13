/// Texts and their tokens, in a tree of bytes: finds every token that a text begins with in one pass.
///
/// The children of all nodes lie in one hash table with open addressing, by node and byte. It is seeded at random, so a
/// file cannot be made to collide.
struct ByteTrie: Sendable {
    /// No node, no token.
    static let none: Int32 = -1
    private static let maxNodes = 1 << 27

    /// Each slot holds, from the top: 28 bits of the parent's number plus one, the byte, 28 bits of the child's number.
    private var slots: [UInt64] = Array(repeating: 0, count: 16)
    private var shift: UInt64 = 60
    private let multiplier = UInt64.random(in: .min ... .max) | 1
    /// The token that ends at each node.
    private(set) var tokens: [Int32]

    /// - Parameter roots: how many separate trees there are; their roots are the nodes `0..<roots`.
    init(roots: Int) { tokens = Array(repeating: Self.none, count: roots) }

    /// The node below `node` for `byte`.
    @inline(__always)
    func child(of node: Int32, _ byte: UInt8) -> Int32? {
        let key = Self.key(node, byte)
        var slot = Int(truncatingIfNeeded: (key &* multiplier) >> shift)
        while true {
            let entry = slots[slot]
            if entry >> 28 == key { return Int32(truncatingIfNeeded: entry & 0xFFF_FFFF) }
            if entry == 0 { return nil }
            slot = (slot + 1) & (slots.count - 1)
        }
    }

    /// The token that ends at `node`, or ``none``.
    @inline(__always)
    func token(at node: Int32) -> Int32 { tokens[Int(node)] }

    /// Adds `token` with the text from byte `start` on; the first of equal texts stays.
    ///
    /// - Throws: ``TokenizerError/tooManyBytes(limit:)``.
    mutating func insert(_ token: Int32, _ text: Span<UInt8>, from start: Int, root: Int32 = 0) throws(TokenizerError) {
        var node = root
        for i in start..<text.count {
            if let child = child(of: node, text[i]) {
                node = child
            } else {
                guard tokens.count < Self.maxNodes else { throw .tooManyBytes(limit: Self.maxNodes) }
                let child = Int32(truncatingIfNeeded: tokens.count)
                tokens.append(Self.none)
                if tokens.count * 3 > slots.count * 2 { grow() }
                place(Self.key(node, text[i]) << 28 | UInt64(truncatingIfNeeded: child))
                node = child
            }
        }
        if tokens[Int(node)] == Self.none { tokens[Int(node)] = token }
    }

    private static func key(_ node: Int32, _ byte: UInt8) -> UInt64 {
        UInt64(truncatingIfNeeded: node &+ 1) << 8 | UInt64(byte)
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: 0, count: old.count * 2)
        shift -= 1
        for entry in old where entry != 0 { place(entry) }
    }

    private mutating func place(_ entry: UInt64) {
        var slot = Int(truncatingIfNeeded: ((entry >> 28) &* multiplier) >> shift)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = entry
    }
}
