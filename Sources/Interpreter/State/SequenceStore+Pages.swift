internal import Tensors

/// The pages of each sequence, and the table through which kernels find them.
extension SequenceStore {
    /// Pages that hold this many positions.
    static func pages(_ positions: Int) -> Int { (positions + Page.positions - 1) / Page.positions }

    /// Appends a page to a run.
    mutating func addPage(_ sequence: Int, _ group: Int) throws(InterpreterError) {
        let end = sequences[sequence].current.runs[group].end
        growTable(pages: end + 1)
        let page = try pools[group].take()
        sequences[sequence].current.runs[group].pages.append(page)
        setTable(sequence, group, end, pools[group][page].page)
    }

    /// Lets go of pages from the place `end` on.
    mutating func cutPages(_ sequence: Int, _ group: Int, to end: Int) {
        while sequences[sequence].current.runs[group].end > end, !sequences[sequence].current.runs[group].pages.isEmpty
        {
            pools[group].release(sequences[sequence].current.runs[group].pages.removeLast())
            setTable(sequence, group, sequences[sequence].current.runs[group].end, .none)
        }
    }

    /// Lets go of pages before the place `first`.
    mutating func dropPages(_ sequence: Int, _ group: Int, before first: Int) {
        while sequences[sequence].current.runs[group].first < first,
            !sequences[sequence].current.runs[group].pages.isEmpty
        {
            pools[group].release(sequences[sequence].current.runs[group].pages.removeFirst())
            setTable(sequence, group, sequences[sequence].current.runs[group].first, .none)
            sequences[sequence].current.runs[group].first += 1
        }
    }

    /// Copies the first rows of a page that others hold, too, to one of the sequence's own, and puts that in its place.
    mutating func ownPage(_ sequence: Int, _ group: Int, at place: Int, rows: Int) throws(InterpreterError) {
        let index = place - sequences[sequence].current.runs[group].first
        let shared = sequences[sequence].current.runs[group].pages[index]
        guard pools[group].isShared(shared) else { return }
        let own = try pools[group].take()
        let (source, target) = (pools[group][shared], pools[group][own])
        for layer in layout.keyValues where layer.group == group {
            for (offset, columns) in [(layer.keyOffset, layer.keyColumns), (layer.valueOffset, layer.valueColumns)] {
                target.fill(
                    at: offset, from: source.span(at: offset, bytes: rows * format.bytes(columns: columns)))
            }
        }
        pools[group].release(shared)
        sequences[sequence].current.runs[group].pages[index] = own
        setTable(sequence, group, place, target.page)
    }

    // MARK: The table that kernels read

    private mutating func setTable(_ sequence: Int, _ group: Int, _ place: Int, _ page: Page) {
        table[(sequence * pools.count + group) * tablePages + place] = page
    }

    mutating func fillTable(_ sequence: Int, _ group: Int) {
        let run = sequences[sequence].current.runs[group]
        for place in 0..<tablePages {
            let isThere = place >= run.first && place < run.end
            setTable(sequence, group, place, isThere ? pools[group][run.pages[place - run.first]].page : .none)
        }
    }

    /// Makes room for `pages` of each group of each sequence.
    mutating func growTable(pages: Int) {
        let rows = sequences.count * pools.count
        guard pages > tablePages || table.view.count < rows * tablePages else { return }
        while tablePages < pages { tablePages *= 2 }
        table = FixedBuffer(repeating: .none, count: rows * tablePages)
        for sequence in sequences.indices {
            for group in pools.indices { fillTable(sequence, group) }
        }
    }
}
