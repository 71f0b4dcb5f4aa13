internal import Graph
internal import Tensors

extension Step {
    /// Columns of a head's state that one thread takes through all rows: with 128 keys, a part of the L1 cache.
    private static let stateColumns = 32

    /// Shares out blocks of columns of the heads' states.
    func gatedDeltaRule(_ rule: Operation.GatedDeltaRule, _ worker: Worker) {
        let (keys, size) = (rule.keyDimension, rule.valueDimension)
        let query = rows(rule.query)
        let key = rows(rule.key)
        let value = rows(rule.value)
        let decay = rows(rule.decay)
        let rate = rows(rule.rate)
        let out = rows(rule.out)
        eachStateBlock(heads: rule.valueHeads, size: size, worker) { head, columns in
            let first = rule.keyHead(of: head) * keys
            let own = head * size + columns.lowerBound..<head * size + columns.upperBound
            for index in 0..<entryCount {
                let entry = entries[index]
                let state = headState(rule.state, head, keys: keys, columns: columns, size: size, of: entry)
                func part(_ value: FloatRows, _ columns: Range<Int>) -> FloatRows {
                    value.rows(from: entry.firstRow, count: entry.count).columns(columns)
                }
                kernels.deltaRule(
                    query: part(query, first..<first + keys), queryScale: rule.queryScale,
                    key: part(key, first..<first + keys), keyScale: rule.keyScale, value: part(value, own),
                    decay: part(decay, head..<head + 1), rate: part(rate, head..<head + 1), before: state.before,
                    after: state.after, out: part(out, own))
            }
        }
    }

    /// Shares out blocks of columns of the heads' states.
    func wkv(_ wkv: Operation.WKV, _ worker: Worker) {
        let size = wkv.headDimension
        let receptance = rows(wkv.receptance)
        let decay = rows(wkv.decay)
        let key = rows(wkv.key)
        let value = rows(wkv.value)
        let removal = wkv.removal.map { (removal: rows($0.removal), replacement: rows($0.replacement)) }
        let out = rows(wkv.out)
        eachStateBlock(heads: out.columns / size, size: size, worker) { head, columns in
            let all = head * size..<(head + 1) * size
            let own = head * size + columns.lowerBound..<head * size + columns.upperBound
            for index in 0..<entryCount {
                let entry = entries[index]
                let state = headState(wkv.state, head, keys: size, columns: columns, size: size, of: entry)
                func part(_ value: FloatRows, _ columns: Range<Int>) -> FloatRows {
                    value.rows(from: entry.firstRow, count: entry.count).columns(columns)
                }
                let removed = removal.map {
                    Kernels.Removal(part($0.removal, all), replacement: part($0.replacement, all))
                }
                kernels.wkv(
                    receptance: part(receptance, all), decay: part(decay, all), key: part(key, all), removal: removed,
                    value: part(value, own), before: state.before, after: state.after, out: part(out, own))
            }
        }
    }

    func headBonus(_ bonus: Operation.HeadBonus, _ worker: Worker) {
        let receptance = rows(bonus.receptance)
        let key = rows(bonus.key)
        let value = rows(bonus.value)
        let out = rows(bonus.out)
        for row in worker.share(of: out.rows) {
            kernels.headBonus(
                receptance: receptance, key: key, bonus: bonus.bonus, value: value, headDimension: bonus.headDimension,
                row: row, out: out)
        }
    }

    /// Shares out columns: a thread takes its own through the rows of every sequence.
    func tokenShift(_ shift: Operation.TokenShift, _ worker: Worker) {
        let x = rows(shift.x)
        let channels = channels(of: x.columns, worker)
        guard !channels.isEmpty else { return }
        let own = x.columns(channels)
        let out = rows(shift.out).columns(channels)
        for index in 0..<entryCount {
            let entry = entries[index]
            let state = fixedState(shift.state, of: entry, rows: 1, columns: x.columns)
            let before = state.before.columns(channels)
            let after = state.after.columns(channels)
            let end = entry.firstRow + entry.count
            for row in entry.firstRow..<end {
                if row == entry.firstRow {
                    kernels.difference(before, row: 0, own, row: row, out: out, row: row)
                } else {
                    kernels.difference(own, row: row - 1, own, row: row, out: out, row: row)
                }
            }
            if entry.count > 0 {
                kernels.copy(own, row: end - 1, to: after, row: 0)
            } else {
                kernels.copy(before, row: 0, to: after, row: 0)
            }
        }
    }

    /// Runs `body` on this thread's blocks of the columns of `heads` states, `size` columns each.
    private func eachStateBlock(
        heads: Int, size: Int, _ worker: Worker, _ body: (_ head: Int, _ columns: Range<Int>) -> Void
    ) {
        let blocks = (size + Self.stateColumns - 1) / Self.stateColumns
        for unit in worker.share(of: heads * blocks) {
            let first = unit % blocks * Self.stateColumns
            body(unit / blocks, first..<min(first + Self.stateColumns, size))
        }
    }

    /// Columns of a head's state, `[keys, columns]`, before the step and behind it.
    private func headState(
        _ index: Int, _ head: Int, keys: Int, columns: Range<Int>, size: Int, of entry: PlacedEntry
    ) -> (before: FloatRows, after: FloatRows) {
        let state = fixedState(index, of: entry, rows: (head + 1) * keys, columns: size)
        let before = state.before.rows(from: head * keys, count: keys).columns(columns)
        let after = state.after.rows(from: head * keys, count: keys).columns(columns)
        // Kernels write what a row changes.
        if entry.count == 0 { for row in 0..<keys { kernels.copy(before, row: row, to: after, row: row) } }
        return (before, after)
    }
}
