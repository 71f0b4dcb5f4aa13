/// How a tensor's rows become those of the model file. A vector's elements are its rows here.
enum RowOrder: Sendable, Equatable {
    case stored
    /// All but the first rows.
    case dropping(Int)
    /// The first row again behind the last, up to a number of rows.
    case repeatingFirst(from: Int, to: Int)
    /// Each head's rows, stored as two halves that rotate together, become neighbouring pairs.
    case pairedHalves(heads: Int)
    /// Heads of query, key and value in one matrix become all queries, all keys, all values.
    case fusedHeads(FusedHeads)
    /// Columns become rows.
    case transposed
    /// Parts of several matrices that lie one behind the other.
    case matrices(MatrixPart)
    /// Value heads of a delta net in another order.
    case tiledHeads(TiledHeads)
    /// The same of columns.
    case tiledColumns(TiledHeads)
    /// Parts of a delta net's key heads.
    case keyHeadParts(KeyHeadParts)

    /// Sizes of the result for those of a stored tensor, slowest first.
    func shape(of stored: [Int]) -> [Int] {
        switch self {
        case .stored, .pairedHalves, .fusedHeads, .tiledHeads, .tiledColumns: stored
        case .dropping(let count): [stored[0] - count] + stored.dropFirst()
        case .repeatingFirst(_, let count): [count] + stored.dropFirst()
        case .transposed: stored.reversed()
        case .matrices(let part): [part.matrices, part.rows, part.columns]
        case .keyHeadParts(let parts): [parts.rows] + stored.dropFirst()
        }
    }

    /// The stored row that is row `row` of `rows`.
    func source(of row: Int, rows: Int) -> Int {
        switch self {
        case .stored, .transposed, .matrices, .tiledColumns: row
        case .dropping(let count): row + count
        case .repeatingFirst(let count, _): row < count ? row : 0
        case .pairedHalves(let heads):
            {
                let size = rows / heads
                let (head, place) = row.quotientAndRemainder(dividingBy: size)
                return head * size + halves(place, of: size)
            }()
        case .fusedHeads(let heads): heads.source(of: row, rows: rows)
        case .tiledHeads(let heads): heads.source(of: row, rows: rows)
        case .keyHeadParts(let parts): parts.source(of: row)
        }
    }
}

/// How heads of query, key and value lie in one matrix.
struct FusedHeads: Sendable, Equatable {
    let queries: Int
    let keyValues: Int
    /// Whether they lie group by group, a key and a value behind the queries that share them; otherwise as they are written.
    var isGrouped = true
    /// Whether rows of query and key are stored as halves that rotate together, but written as pairs.
    var pairsHalves = false

    /// The stored row that is row `row` of `rows`.
    func source(of row: Int, rows: Int) -> Int {
        let size = rows / (queries + 2 * keyValues)
        let (head, place) = row.quotientAndRemainder(dividingBy: size)
        let own = pairsHalves && head < queries + keyValues ? halves(place, of: size) : place
        guard isGrouped else { return head * size + own }
        let shared = queries / keyValues
        let (group, member) =
            head < queries
            ? head.quotientAndRemainder(dividingBy: shared)
            : ((head - queries) % keyValues, shared + (head - queries) / keyValues)
        return (group * (shared + 2) + member) * size + own
    }
}

/// Of a head whose halves rotate together, the row that is row `place` among neighbouring pairs.
private func halves(_ place: Int, of size: Int) -> Int { place % 2 * (size / 2) + place / 2 }
