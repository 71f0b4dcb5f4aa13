extension FloatRows {
    /// Copies all rows, end to end, to the beginning of an array, which grows where it is shorter.
    package func copy(to array: inout [Float]) {
        if array.count < rows * columns { array = [Float](repeating: 0, count: rows * columns) }
        unsafe array.withUnsafeMutableBufferPointer { array in
            guard let target = array.baseAddress else { return }
            for row in 0..<rows {
                unsafe (target + row * columns).update(from: pointer(row: row), count: columns)
            }
        }
    }

    /// Sets one row; columns that `values` does not reach become zero.
    package func fill(row: Int, from values: Span<Float>) {
        precondition(values.count <= columns)
        let target = unsafe pointer(row: row)
        unsafe values.withUnsafeBufferPointer { values in
            if let source = values.baseAddress { unsafe target.update(from: source, count: values.count) }
        }
        unsafe (target + values.count).update(repeating: 0, count: columns - values.count)
    }

    /// Sets one row to zeros.
    package func zero(row: Int) { unsafe pointer(row: row).update(repeating: 0, count: columns) }
}

extension QuantizedRows {
    /// The value of one element; not for loops over activations.
    package subscript(row: Int, column: Int) -> Float {
        precondition(row >= 0 && row < rows && column >= 0 && column < columns)
        return unsafe Float(quants[row * columns + column]) * scales[row * (columns / 32) + column / 32]
    }
}
