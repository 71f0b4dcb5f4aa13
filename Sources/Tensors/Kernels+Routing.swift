internal import CKernels

extension Kernels {
    /// The greatest of `x[row]` and their columns, greatest first, the first of equal ones first; NaN counts as -infinity.
    ///
    /// - Parameters:
    ///   - values: a row with as many columns as are wanted, at most those of `x`.
    ///   - indices: get the columns, from `first` on.
    package func topK(_ x: FloatRows, row: Int, values: FloatRows, indices: IndexRows, from first: Int = 0) {
        let count = values.columns
        precondition(count <= x.columns && first >= 0 && first <= indices.count - count)
        guard count > 0 else { return }
        unsafe table.pointee.top_k(
            x.columns, x.pointer(row: row), count, values.pointer(row: 0), indices.base + first)
    }

    /// `x[row] = exp(x[row]) / sum(exp(x[row]))`
    package func softmax(_ x: FloatRows, row: Int) {
        unsafe table.pointee.softmax(x.columns, x.pointer(row: row))
    }

    /// `out[outRow] += x[row] * factor`
    package func add(_ x: FloatRows, row: Int, times factor: Float, to out: FloatRows, row outRow: Int) {
        precondition(x.columns == out.columns)
        unsafe table.pointee.add_scaled(x.columns, x.pointer(row: row), factor, out.pointer(row: outRow))
    }

    /// `out[outRow] = x[row] * factor`
    package func scale(_ x: FloatRows, row: Int, by factor: Float, to out: FloatRows, row outRow: Int) {
        precondition(x.columns == out.columns)
        unsafe table.pointee.scale(x.columns, x.pointer(row: row), factor, out.pointer(row: outRow))
    }
}

extension FloatRows {
    /// Each row as `parts` rows.
    package func split(by parts: Int) -> FloatRows {
        precondition(parts > 0 && columns % parts == 0 && stride == columns)
        return unsafe FloatRows(
            base: base, rows: rows * parts, columns: columns / parts, stride: columns / parts)
    }

    /// The Int32 that rows hold instead of floats, end to end.
    package var indices: IndexRows {
        precondition(stride == columns)
        return unsafe IndexRows(
            base: UnsafeMutableRawPointer(base).assumingMemoryBound(to: Int32.self), count: rows * columns)
    }
}

extension QuantizedRows {
    /// Each row as `parts` rows, of whole blocks.
    package func split(by parts: Int) -> QuantizedRows {
        precondition(parts > 0 && columns % (32 * parts) == 0)
        return unsafe QuantizedRows(
            quants: quants, scales: scales, sums: sums, rows: rows * parts, columns: columns / parts)
    }

    /// Some of the rows.
    package func rows(from first: Int, count: Int) -> QuantizedRows {
        precondition(first >= 0 && count >= 0 && first <= rows - count)
        let block = first * (columns / 32)
        return unsafe QuantizedRows(
            quants: quants + first * columns, scales: scales + block, sums: sums + 2 * block, rows: count,
            columns: columns)
    }

    /// Makes a row what another is.
    package func copy(_ x: QuantizedRows, row source: Int, to row: Int) {
        precondition(x.columns == columns && source >= 0 && source < x.rows && row >= 0 && row < rows)
        let blocks = columns / 32
        unsafe (quants + row * columns).update(from: x.quants + source * columns, count: columns)
        unsafe (scales + row * blocks).update(from: x.scales + source * blocks, count: blocks)
        unsafe (sums + row * 2 * blocks).update(from: x.sums + source * 2 * blocks, count: 2 * blocks)
    }
}
