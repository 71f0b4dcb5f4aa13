package import Tensors

extension SequenceStore {
    /// Makes room for `count` more positions: pages that the sequence alone holds, and a block for its next states.
    ///
    /// - Throws: `tensors(.outOfMemory)`; the sequence is as it was.
    package mutating func reserve(_ sequence: Int, _ count: Int) throws(InterpreterError) {
        let length = sequences[sequence].current.length
        let first = length / Page.positions
        for group in pools.indices where !layout.groups[group].isCross {
            if first < sequences[sequence].current.runs[group].end {
                try ownPage(sequence, group, at: first, rows: length % Page.positions)
            }
            while sequences[sequence].current.runs[group].end < Self.pages(length + count) {
                try addPage(sequence, group)
            }
        }
        if layout.fixedBytes > 0, sequences[sequence].nextBlock == nil {
            sequences[sequence].nextBlock = try blocks.take()
        }
    }

    /// Takes in what a step stored in the room that was reserved.
    ///
    /// Pages are let go of that no window reached when the step began: so that the step itself can be taken back.
    package mutating func commit(_ sequence: Int, _ count: Int) {
        let length = sequences[sequence].current.length
        sequences[sequence].current.length += count
        for group in pools.indices where layout.groups[group].window != nil {
            dropPages(
                sequence, group, before: layout.groups[group].firstKept(length: length) / Page.positions)
        }
        if let next = sequences[sequence].nextBlock {
            blocks.release(sequences[sequence].current.block)
            sequences[sequence].current.block = next
            sequences[sequence].nextBlock = nil
        }
    }

    /// Empties what cross-attention reads, and makes room for `positions` of it.
    ///
    /// - Throws: `tensors(.outOfMemory)`.
    package mutating func reserveCross(_ sequence: Int, _ positions: Int) throws(InterpreterError) {
        sequences[sequence].current.crossLength = 0
        for group in pools.indices where layout.groups[group].isCross {
            cutPages(sequence, group, to: 0)
            for _ in 0..<Self.pages(positions) { try addPage(sequence, group) }
        }
    }

    /// Takes in what was stored in the room that ``reserveCross(_:_:)`` made.
    package mutating func commitCross(_ sequence: Int, _ positions: Int) {
        sequences[sequence].current.crossLength = positions
    }

    // MARK: Back

    /// Forgets the positions from `length` on. What cross-attention reads stays.
    ///
    /// - Returns: whether it can go back: to 0 always, to a snapshot, and else as far as windows are kept and no state is
    ///   one that steps replace. If not, nothing changes.
    @discardableResult
    package mutating func truncate(_ sequence: Int, to length: Int) -> Bool {
        let length = max(0, length)
        guard length < sequences[sequence].current.length else { return true }
        if length == 0 || canCut(sequence, to: length) {
            cut(sequence, to: length)
        } else if let snapshot = sequences[sequence].snapshots.last(where: { $0.length == length }) {
            adopt(snapshot, in: sequence)
        } else {
            return false
        }
        while let last = sequences[sequence].snapshots.last, last.length > length {
            release(sequences[sequence].snapshots.removeLast())
        }
        return true
    }

    /// ``truncate(_:to:)``, or where the state cannot go back there, to the last snapshot before, or to 0.
    package mutating func rewind(_ sequence: Int, to length: Int) {
        guard !truncate(sequence, to: length) else { return }
        truncate(sequence, to: sequences[sequence].snapshots.last { $0.length < length }?.length ?? 0)
    }

    private func canCut(_ sequence: Int, to length: Int) -> Bool {
        guard layout.fixedBytes == 0 else { return false }
        return pools.indices.allSatisfy { group in
            let kept = sequences[sequence].current.runs[group].first * Page.positions
            return layout.groups[group].isCross || layout.groups[group].firstKept(length: length) >= kept
        }
    }

    private mutating func cut(_ sequence: Int, to length: Int) {
        sequences[sequence].current.length = length
        for group in pools.indices where !layout.groups[group].isCross {
            cutPages(sequence, group, to: Self.pages(length))
            if length == 0 { sequences[sequence].current.runs[group].first = 0 }
        }
        guard layout.fixedBytes > 0 else { return }
        blocks.release(sequences[sequence].current.block)
        blocks.retain(0)
        sequences[sequence].current.block = 0
    }

    /// Hides the positions from `length` on, until ``restore(_:_:)`` or the next step.
    ///
    /// - Returns: false, without a change, where a state cannot go back.
    package mutating func hide(_ sequence: Int, from length: Int) -> Bool {
        guard length <= sequences[sequence].current.length, canCut(sequence, to: length) else { return false }
        sequences[sequence].current.length = length
        return true
    }

    /// Shows the next `count` of the positions that were hidden.
    package mutating func show(_ sequence: Int, _ count: Int) {
        sequences[sequence].current.length += count
    }

    // MARK: States that steps replace

    /// The states of fixed size of a sequence, all layers' in one block each.
    struct Blocks: BitwiseCopyable {
        let before: ArenaView
        let after: ArenaView
    }

    /// The block that the next step reads and the one that it fills. Between ``reserve(_:_:)`` and ``commit(_:_:)``; nil
    /// where there are no such states.
    func blocks(of sequence: Int) -> Blocks? {
        guard let next = sequences[sequence].nextBlock else { return nil }
        return Blocks(before: blocks[sequences[sequence].current.block], after: blocks[next])
    }

    /// The state of a layer before the next step, and where that step puts what follows it: all of it. Between
    /// ``reserve(_:_:)`` and ``commit(_:_:)``.
    package func fixedState(layer: Int, _ sequence: Int) -> (before: ArenaView, after: ArenaView)? {
        guard let place = layout.fixed[layer], let next = sequences[sequence].nextBlock else { return nil }
        return (
            blocks[sequences[sequence].current.block].slice(at: place.offset, bytes: place.byteCount),
            blocks[next].slice(at: place.offset, bytes: place.byteCount)
        )
    }
}
