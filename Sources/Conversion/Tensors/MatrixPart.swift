/// Which part of each of several matrices of one shape becomes a matrix of the model file, `[matrices, rows, columns]`.
struct MatrixPart: Sendable, Equatable {
    let matrices: Int
    let rows: Int
    let columns: Int
    /// Of each matrix, the row that becomes the first one.
    var firstRow = 0
    /// Rows from one to the next that is taken.
    var rowStep = 1
    /// Of each matrix, the column that becomes the first one.
    var firstColumn = 0
    /// Whether rows and columns are those of the transposed matrix.
    var isTransposed = false

    /// The place of an element of the result among the stored elements.
    ///
    /// - Parameters:
    ///   - index: among all elements of the result.
    ///   - storedCount: of elements of all matrices.
    ///   - storedColumns: of a matrix as it is stored.
    func source(of index: Int, storedCount: Int, storedColumns: Int) -> Int {
        let (row, column) = index.quotientAndRemainder(dividingBy: columns)
        let (matrix, ownRow) = row.quotientAndRemainder(dividingBy: rows)
        let (a, b) = (firstRow + ownRow * rowStep, firstColumn + column)
        let place = isTransposed ? b * storedColumns + a : a * storedColumns + b
        return matrix * (storedCount / matrices) + place
    }

    /// Whether all of it lies within matrices of `count` elements each with `storedColumns` columns.
    func fits(_ count: Int, storedColumns: Int) -> Bool {
        let last = (firstRow + (rows - 1) * rowStep, firstColumn + columns - 1)
        let (row, column) = isTransposed ? (last.1, last.0) : last
        return rows > 0 && columns > 0 && column < storedColumns && row < count / max(1, storedColumns)
    }
}
