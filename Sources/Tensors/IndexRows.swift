/// Int32 indices within an ``Arena``, end to end: a plain value without ownership, valid while the arena lives.
@safe package struct IndexRows: BitwiseCopyable, @unchecked Sendable {  // threads write parts of their own
    package let count: Int
    let base: UnsafeMutablePointer<Int32>

    init(base: UnsafeMutablePointer<Int32>, count: Int) {
        unsafe self.base = base
        self.count = count
    }

    package subscript(index: Int) -> Int {
        get {
            precondition(index >= 0 && index < count)
            return unsafe Int(base[index])
        }
        nonmutating set {
            precondition(index >= 0 && index < count)
            unsafe base[index] = Int32(truncatingIfNeeded: newValue)
        }
    }
}

extension ArenaView {
    /// Indices that begin `offset` bytes into the arena.
    package func indices(at offset: Int, count: Int) -> IndexRows {
        scratch(at: offset, bytes: count * 4).indices(count: count)
    }
}

extension Scratch {
    package func indices(count: Int) -> IndexRows {
        precondition(count >= 0 && count * 4 <= byteCount)
        return unsafe IndexRows(base: base.assumingMemoryBound(to: Int32.self), count: count)
    }
}
