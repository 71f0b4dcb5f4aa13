/// Places values in an arena: two values share bytes when no operation needs both.
///
/// Offsets are in bytes for each row of the domain. Values of one domain grow alike with the number of rows, so a
/// placement that holds for one row holds for any number.
package struct ArenaPlan {
    private struct Gap {
        package var offset: Int
        package var size: Int
    }

    /// Bytes for each row that the arena takes.
    package private(set) var rowBytes = 0
    private var gaps: [Gap] = []

    /// The smallest gap that fits, or the end.
    package mutating func allocate(_ size: Int) -> Int {
        var best: Int?
        for (index, gap) in gaps.enumerated() where gap.size >= size {
            if let found = best, gaps[found].size <= gap.size { continue }
            best = index
        }
        if let best {
            let offset = gaps[best].offset
            gaps[best].offset += size
            gaps[best].size -= size
            if gaps[best].size == 0 { gaps.remove(at: best) }
            return offset
        }
        if let last = gaps.last, last.offset + last.size == rowBytes {
            gaps.removeLast()
            rowBytes = last.offset + size
            return last.offset
        }
        rowBytes += size
        return rowBytes - size
    }

    package mutating func free(offset: Int, size: Int) {
        let index = gaps.firstIndex { $0.offset > offset } ?? gaps.count
        gaps.insert(Gap(offset: offset, size: size), at: index)
        if index + 1 < gaps.count, gaps[index].offset + gaps[index].size == gaps[index + 1].offset {
            gaps[index].size += gaps[index + 1].size
            gaps.remove(at: index + 1)
        }
        if index > 0, gaps[index - 1].offset + gaps[index - 1].size == gaps[index].offset {
            gaps[index - 1].size += gaps[index].size
            gaps.remove(at: index)
        }
    }
}
