/// How a tensor's rows become those of the model file. A vector's elements are its rows here.
enum RowOrder: Sendable, Equatable {
    case stored
    /// All but the first rows.
    case dropping(Int)
    /// Each head's rows, stored as two halves that rotate together, become neighbouring pairs.
    case pairedHalves(heads: Int)
    /// Columns become rows.
    case transposed
    /// Parts of several matrices that lie one behind the other.
    case matrices(MatrixPart)

    /// Sizes of the result for those of a stored tensor, slowest first.
    func shape(of stored: [Int]) -> [Int] {
        switch self {
        case .stored, .pairedHalves: stored
        case .dropping(let count): [stored[0] - count] + stored.dropFirst()
        case .transposed: stored.reversed()
        case .matrices(let part): [part.matrices, part.rows, part.columns]
        }
    }

    /// The stored row that is row `row` of `rows`.
    func source(of row: Int, rows: Int) -> Int {
        switch self {
        case .stored, .transposed, .matrices: row
        case .dropping(let count): row + count
        case .pairedHalves(let heads):
            {
                let size = rows / heads
                let (head, place) = row.quotientAndRemainder(dividingBy: size)
                return head * size + place % 2 * (size / 2) + place / 2
            }()
        }
    }
}
