/// How a tensor's rows become those of the model file. A vector's elements are its rows here.
enum RowOrder: Sendable, Equatable {
    case stored
    /// All but the first rows.
    case dropping(Int)
    /// Each head's rows, stored as two halves that rotate together, become neighbouring pairs.
    case pairedHalves(heads: Int)
    /// Heads of query, key and value, stored group by group as one's queries, its key and its value, become all queries, all
    /// keys, all values.
    case groupedHeads(queries: Int, keyValues: Int)
    /// Columns become rows.
    case transposed

    /// Sizes of the result for those of a stored tensor, slowest first.
    func shape(of stored: [Int]) -> [Int] {
        switch self {
        case .stored, .pairedHalves, .groupedHeads: stored
        case .dropping(let count): [stored[0] - count] + stored.dropFirst()
        case .transposed: stored.reversed()
        }
    }

    /// The stored row that is row `row` of `rows`.
    func source(of row: Int, rows: Int) -> Int {
        switch self {
        case .stored, .transposed: row
        case .dropping(let count): row + count
        case .pairedHalves(let heads):
            {
                let size = rows / heads
                let (head, place) = row.quotientAndRemainder(dividingBy: size)
                return head * size + place % 2 * (size / 2) + place / 2
            }()
        case .groupedHeads(let queries, let keyValues):
            {
                let size = rows / (queries + 2 * keyValues)
                let (head, place) = row.quotientAndRemainder(dividingBy: size)
                let shared = queries / keyValues
                let (group, member) =
                    head < queries
                    ? head.quotientAndRemainder(dividingBy: shared)
                    : ((head - queries) % keyValues, shared + (head - queries) / keyValues)
                return (group * (shared + 2) + member) * size + place
            }()
        }
    }
}
