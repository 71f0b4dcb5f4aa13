/// Value heads that are stored key head by key head, and written in turn: the first of each key head, then the second of each.
struct TiledHeads: Sendable, Equatable {
    let keyHeads: Int
    let valueHeads: Int
    /// Rows in front that stay where they are.
    var first = 0

    /// The stored row that is row `row` of `rows`.
    func source(of row: Int, rows: Int) -> Int {
        guard row >= first else { return row }
        let size = (rows - first) / valueHeads
        let (head, place) = (row - first).quotientAndRemainder(dividingBy: size)
        return first + storedHead(head) * size + place
    }

    func storedHead(_ head: Int) -> Int { head % keyHeads * (valueHeads / keyHeads) + head / keyHeads }
}

/// Rows of query, key, value and gate that are stored key head by key head, and written one kind after the other: query, key and
/// value in one matrix, the gate in another.
struct KeyHeadParts: Sendable, Equatable {
    let keyHeads: Int
    /// Rows of a head's query, and of its key.
    let keyDimension: Int
    /// Rows of a key head's values, and of their gates.
    let valueRows: Int
    /// Whether the gate is meant, or else the rest.
    let isGate: Bool

    var rows: Int { isGate ? keyHeads * valueRows : keyHeads * (2 * keyDimension + valueRows) }

    /// The stored row that is row `row`.
    func source(of row: Int) -> Int {
        let stride = 2 * keyDimension + 2 * valueRows
        let parts: [(first: Int, size: Int)] =
            isGate
            ? [(2 * keyDimension + valueRows, valueRows)]
            : [(0, keyDimension), (keyDimension, keyDimension), (2 * keyDimension, valueRows)]
        var place = row
        for part in parts {
            if place < keyHeads * part.size { return place / part.size * stride + part.first + place % part.size }
            place -= keyHeads * part.size
        }
        return row
    }
}
