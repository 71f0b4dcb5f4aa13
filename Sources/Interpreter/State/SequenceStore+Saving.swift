internal import Tensors

/// A part of a sequence's state, as it is saved: rows of a layer's keys or values end to end, or a state of fixed size.
package struct StatePart: Sendable {
    package let name: String
    package let byteCount: Int
    fileprivate let place: Place

    fileprivate enum Place: Sendable {
        /// Rows of `stride` bytes that begin `offset` bytes into the pages from `firstPage` on.
        case pages(group: Int, firstPage: Int, offset: Int, stride: Int)
        case block(offset: Int)
    }
}

extension SequenceStore {
    /// The saved parts of a sequence with these lengths, without empty parts. For a window, the pages that it reaches.
    package func parts(length: Int, crossLength: Int = 0) -> [StatePart] {
        var parts: [StatePart] = []
        for (index, layer) in layout.keyValues.enumerated() {
            if layer.group >= 0 {
                let group = layout.groups[layer.group]
                let first = group.isCross ? 0 : group.firstKept(length: length)
                let rows = (group.isCross ? crossLength : length) - first
                let prefix = group.isCross ? "cross" : "cache"
                for (name, offset, columns) in [
                    ("keys", layer.keyOffset, layer.keyColumns), ("values", layer.valueOffset, layer.valueColumns),
                ] {
                    let stride = format.bytes(columns: columns)
                    parts.append(
                        StatePart(
                            name: "\(prefix).\(index).\(name)", byteCount: rows * stride,
                            place: .pages(
                                group: layer.group, firstPage: first / Page.positions, offset: offset, stride: stride)))
                }
            } else if let fixed = layout.fixed[index], length > 0 {
                parts.append(
                    StatePart(
                        name: "state.\(index)", byteCount: fixed.byteCount, place: .block(offset: fixed.offset)))
            }
        }
        return parts.filter { $0.byteCount > 0 }
    }

    /// Calls `body` with the bytes of a part of a sequence that has the part's lengths, piece by piece.
    package func withBytes<Failure: Error>(
        of part: StatePart, _ sequence: Int, _ body: (RawSpan) throws(Failure) -> Void
    ) throws(Failure) {
        let record = sequences[sequence].current
        switch part.place {
        case .block(let offset): try body(blocks[record.block].span(at: offset, bytes: part.byteCount))
        case .pages(let group, let firstPage, let offset, let stride):
            let run = record.runs[group]
            for start in Swift.stride(from: 0, to: part.byteCount, by: stride * Page.positions) {
                let page = run.pages[firstPage - run.first + start / (stride * Page.positions)]
                let count = min(stride * Page.positions, part.byteCount - start)
                try body(pools[group][page].span(at: offset, bytes: count))
            }
        }
    }

    /// Empties a sequence and makes room for what was saved of one with these lengths.
    ///
    /// - Throws: ``InterpreterError/contextFull(capacity:used:new:)`` or `tensors(.outOfMemory)`. The sequence is then empty.
    package mutating func beginRestoring(_ sequence: Int, length: Int, crossLength: Int = 0) throws(InterpreterError) {
        truncate(sequence, to: 0)
        guard length <= capacity else { throw .contextFull(capacity: capacity, used: 0, new: length) }
        try reserveCross(sequence, crossLength)
        for group in pools.indices where !layout.groups[group].isCross {
            cutPages(sequence, group, to: 0)
            sequences[sequence].current.runs[group].first =
                layout.groups[group].firstKept(length: length) / Page.positions
        }
        do throws(InterpreterError) {
            for group in pools.indices where !layout.groups[group].isCross {
                while sequences[sequence].current.runs[group].end < Self.pages(length) {
                    try addPage(sequence, group)
                }
            }
            if layout.fixedBytes > 0, sequences[sequence].nextBlock == nil {
                sequences[sequence].nextBlock = try blocks.take()
            }
        } catch {
            abandonRestoring(sequence)
            throw error
        }
    }

    /// Fills a part with what was saved of it; returns false, and does nothing, if the number of bytes is another.
    package mutating func fill(_ part: StatePart, _ sequence: Int, from bytes: RawSpan) -> Bool {
        guard bytes.byteCount == part.byteCount else { return false }
        let stored = sequences[sequence]
        switch part.place {
        case .block(let offset):
            guard let block = stored.nextBlock else { return false }
            blocks[block].fill(at: offset, from: bytes)
        case .pages(let group, let firstPage, let offset, let stride):
            let run = stored.current.runs[group]
            for start in Swift.stride(from: 0, to: part.byteCount, by: stride * Page.positions) {
                let page = run.pages[firstPage - run.first + start / (stride * Page.positions)]
                let end = min(start + stride * Page.positions, part.byteCount)
                pools[group][page].fill(at: offset, from: bytes.extracting(start..<end))
            }
        }
        return true
    }

    /// The sequence is what all parts were filled with.
    package mutating func finishRestoring(_ sequence: Int, length: Int, crossLength: Int = 0) {
        if length > 0 { commit(sequence, 0) }
        sequences[sequence].current.length = length
        commitCross(sequence, crossLength)
    }

    /// The sequence stays empty.
    package mutating func abandonRestoring(_ sequence: Int) {
        for group in pools.indices {
            cutPages(sequence, group, to: 0)
            sequences[sequence].current.runs[group].first = 0
        }
    }
}
