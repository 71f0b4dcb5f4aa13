internal import CKernels

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension Kernels {
    /// `out[row, c * width + i] = x[center + i - width / 2, c]`, zero beyond the ends.
    package func im2col(_ x: FloatRows, center: Int, width: Int, to out: FloatRows, row: Int) {
        precondition(width > 0 && out.columns == x.columns * width)
        let target = unsafe out.pointer(row: row)
        for offset in 0..<width {
            let source = center + offset - width / 2
            if (0..<x.rows).contains(source) {
                let values = unsafe x.pointer(row: source)
                for column in 0..<x.columns { unsafe target[column * width + offset] = values[column] }
            } else {
                for column in 0..<x.columns { unsafe target[column * width + offset] = 0 }
            }
        }
    }

    /// Bytes of scratch for ``scores(_:rows:keys:scale:to:scratch:)``.
    package func scoresScratchBytes(_ format: CacheFormat, columns: Int) -> Int {
        productScratchBytes(columns: columns) + (format == .q8_0 ? Self.keyTile * columns * 4 : 0)
    }

    /// `out[row, j] = scale * keys[j] . queries[row]` for every row in `rows` and j in `positions`. Other columns are
    /// undefined.
    ///
    /// - Parameters:
    ///   - queries: `[rows, columns]`, float32.
    ///   - keys: `[positions, columns]`; those of a q8_0 cache are unpacked to float32, a tile of positions at a time, so
    ///     that the queries keep their precision.
    package func scores(
        _ queries: FloatRows, rows: Range<Int>, keys: KeyValueRows, positions: Range<Int>, scale: Float,
        to out: FloatRows, scratch: Scratch
    ) {
        precondition(out.columns == keys.rows && queries.columns == keys.columns)
        precondition(positions.lowerBound >= 0 && positions.upperBound <= keys.rows)
        precondition(rows.lowerBound >= 0 && rows.upperBound <= min(queries.rows, out.rows))
        precondition(scratch.byteCount >= scoresScratchBytes(keys.format, columns: keys.columns))
        guard !rows.isEmpty, !positions.isEmpty else { return }
        switch keys.format {
        case .f32, .f16:
            // A window's first positions may have no page.
            let start = positions.lowerBound / keys.runLength * keys.runLength
            for first in stride(from: start, to: positions.upperBound, by: keys.runLength) {
                unsafe multiply(
                    keys.format == .f32 ? SWL_F32 : SWL_F16, keys.pointer(row: first), keys.stride,
                    first..<min(first + keys.runLength, positions.upperBound), queries, rows, out, scratch)
            }
        case .q8_0:
            let tile = scratch.floats(rows: Self.keyTile, columns: keys.columns)
            let rest = scratch.dropping(Self.keyTile * keys.columns * 4)
            for first in stride(from: positions.lowerBound, to: positions.upperBound, by: Self.keyTile) {
                let places = first..<min(first + Self.keyTile, positions.upperBound)
                for place in places {
                    unsafe swl_unpack(
                        table, SWL_Q8_0, keys.columns, keys.pointer(row: place),
                        tile.pointer(row: place - first))
                }
                unsafe multiply(SWL_F32, tile.base, tile.stride * 4, places, queries, rows, out, rest)
            }
        }
        for row in rows {
            let values = unsafe out.pointer(row: row) + positions.lowerBound
            unsafe table.pointee.scale(positions.count, values, scale, values)
        }
    }

    /// Positions whose keys are unpacked together.
    private static let keyTile = 32

    /// `out[row, places] = keys . queries[row]`; `keys` holds those of the first place, rows `stride` bytes apart.
    @unsafe private func multiply(
        _ format: swl_format, _ keys: UnsafeRawPointer, _ stride: Int, _ places: Range<Int>, _ queries: FloatRows,
        _ rows: Range<Int>, _ out: FloatRows, _ scratch: Scratch
    ) {
        var input = unsafe swl_activations()
        unsafe input.columns = queries.columns
        unsafe input.values = UnsafePointer(queries.base)
        unsafe input.stride = queries.stride
        unsafe swl_product_of(table, format).gemv?(
            places.count, keys, stride, &input, rows.lowerBound, rows.count,
            out.pointer(row: rows.lowerBound) + places.lowerBound, out.stride, scratch.base)
    }

    /// Turns scaled products of a query with all keys, `x[row]`, into attention weights: zero outside of `range`.
    ///
    /// - Parameters:
    ///   - biasRow: the query's, where there is a bias for each row.
    ///   - position: the query's among the keys.
    package func weigh(
        _ x: FloatRows, row: Int, biasRow: Int = 0, _ scores: AttentionScores, head: Int, position: Int,
        range: Range<Int>
    ) {
        precondition(range.lowerBound >= 0 && range.upperBound <= x.columns)
        let all = unsafe x.pointer(row: row)
        for key in 0..<range.lowerBound { unsafe all[key] = 0 }
        for key in range.upperBound..<x.columns { unsafe all[key] = 0 }
        let values = unsafe all + range.lowerBound
        if scores.softcap != 0 {
            unsafe table.pointee.scale(range.count, values, 1 / scores.softcap, values)
            unsafe table.pointee.tanh(range.count, values, nil, values)
            unsafe table.pointee.scale(range.count, values, scores.softcap, values)
        }
        if let bias = scores.bias {
            for key in range { unsafe all[key] += bias[head, key - position] }
        }
        if let bias = scores.rowBias {
            for key in range { unsafe all[key] += bias[biasRow, key] }
        }
        guard let sinks = scores.sinks else { return unsafe table.pointee.softmax(range.count, values) }
        let max = unsafe table.pointee.greatest(range.count, values)
        let sum = unsafe table.pointee.sum_exponentials(range.count, values, max, 1)
        unsafe table.pointee.softmax(range.count, values)
        let part = Float(sum / (sum + exp(Double(sinks[head]) - Double(max))))
        unsafe table.pointee.scale(range.count, values, part, values)
    }
}
