/// The sequences of an interpreter; see ``SequenceStore``.
extension Interpreter {
    /// A new sequence without positions.
    package mutating func open() -> Int { store.open() }

    /// A new sequence that goes on from another's state. Nothing is copied until one of both writes.
    package mutating func fork(sequence: Int) -> Int { store.fork(sequence) }

    package mutating func close(sequence: Int) { store.close(sequence) }

    /// Forgets the positions of a sequence from `length` on; returns whether its state can go back there, see
    /// ``SequenceStore/truncate(_:to:)``.
    @discardableResult
    package mutating func truncate(sequence: Int = 0, to length: Int) -> Bool { store.truncate(sequence, to: length) }

    /// Keeps the state of a sequence, so that it can be truncated to its present length.
    package mutating func snapshot(sequence: Int = 0) { store.snapshot(sequence) }

    /// Forgets the snapshots of a sequence but those of the last lengths.
    package mutating func dropSnapshots(sequence: Int = 0, butLast count: Int) {
        store.dropSnapshots(sequence, butLast: count)
    }

    /// ``truncate(sequence:to:)``, or where the state cannot go back there, to the last snapshot before, or to 0.
    package mutating func rewind(sequence: Int = 0, to length: Int) { store.rewind(sequence, to: length) }

    /// Hides the positions from `length` on, which the last step appended, until ``show(sequence:_:)``; false where a
    /// state cannot go back.
    package mutating func hide(sequence: Int = 0, from length: Int) -> Bool { store.hide(sequence, from: length) }

    /// Shows the next `count` of the positions that were hidden, and are there until the next step.
    package mutating func show(sequence: Int = 0, _ count: Int) {
        precondition(count >= 0 && count <= store.capacity - store.length(of: sequence))
        store.show(sequence, count)
    }

    /// The cross-attention cache that a sequence's last step stored for another program. Valid until this interpreter's
    /// next step, and while it lives.
    package func crossCache(of sequence: Int = 0) -> CrossCache {
        CrossCache(store.view, sequence: sequence, length: store.crossLength(of: sequence))
    }

    /// Replaces the state of a sequence by one that was saved.
    ///
    /// - Parameter fill: fills every part of the length; false where that is not possible.
    /// - Returns: what `fill` did; if not true, the sequence is empty.
    /// - Throws: `contextFull` or `tensors(.outOfMemory)`; the sequence is then empty.
    package mutating func restore(
        sequence: Int = 0, length: Int, _ fill: (inout SequenceStore, StatePart) -> Bool
    ) throws(InterpreterError) -> Bool {
        try store.beginRestoring(sequence, length: length)
        for part in store.parts(length: length) {
            guard fill(&store, part) else {
                store.abandonRestoring(sequence)
                return false
            }
        }
        store.finishRestoring(sequence, length: length)
        return true
    }

    /// Makes room for an entry of a step.
    mutating func reserve(_ entry: BatchEntry) throws(InterpreterError) {
        if fillsCross {
            try store.reserveCross(entry.sequence, entry.count)
        } else {
            try store.reserve(entry.sequence, entry.count)
        }
    }

    /// Takes in what the step stored.
    mutating func commit(_ entry: BatchEntry) {
        if fillsCross {
            store.commitCross(entry.sequence, entry.count)
        } else {
            store.commit(entry.sequence, entry.count)
        }
    }
}
