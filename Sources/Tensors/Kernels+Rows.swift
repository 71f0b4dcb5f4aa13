internal import CKernels

/// How a norm scales its row.
package enum NormKind: Sendable, BitwiseCopyable, Hashable {
    /// By the root of the mean square (arXiv:1910.07467).
    case rms
    /// By mean and variance (arXiv:1607.06450).
    case layer
}

/// Which elements of a head form a pair that RoPE rotates.
package enum RoPEPairing: Sendable, BitwiseCopyable, Hashable {
    /// `(x[2i], x[2i + 1])`
    case interleaved
    /// `(x[i], x[i + rotated / 2])`
    case neox
}

extension Kernels {
    /// `out[row] = norm(x[row])`, each group of `size` columns by itself; `out` may be `x`.
    ///
    /// - Parameters:
    ///   - weight: `[size]`, shared by all groups, or `[x.columns]`, a row a group; nil: all ones.
    ///   - bias: like `weight`; nil: zeros.
    package func norm(
        _ kind: NormKind, _ x: FloatRows, size: Int, weight: WeightVector?, bias: WeightVector?, epsilon: Float,
        row: Int, out: FloatRows
    ) {
        precondition(size > 0 && x.columns % size == 0 && out.columns == x.columns)
        precondition(weight.map { $0.count == size || $0.count == x.columns } ?? true)
        precondition(bias.map { $0.count == size || $0.count == x.columns } ?? true)
        let source = unsafe x.pointer(row: row)
        let target = unsafe out.pointer(row: row)
        for first in stride(from: 0, to: x.columns, by: size) {
            let scales = unsafe weight.map { unsafe $0.base + ($0.count == size ? 0 : first) }
            switch kind {
            case .rms: unsafe table.pointee.rms_norm(size, source + first, scales, epsilon, target + first)
            case .layer:
                let shifts = unsafe bias.map { unsafe $0.base + ($0.count == size ? 0 : first) }
                unsafe table.pointee.layer_norm(size, source + first, scales, shifts, epsilon, target + first)
            }
        }
    }

    /// Quantizes `x[row]` to the columns of `out[outRow]` from `first` on; that and the number of columns are multiples of
    /// 32.
    package func quantize(_ x: FloatRows, row: Int, to out: QuantizedRows, row outRow: Int, from first: Int = 0) {
        precondition(outRow >= 0 && outRow < out.rows && first >= 0 && first <= out.columns - x.columns)
        precondition(first % 32 == 0 && x.columns % 32 == 0)
        let block = outRow * (out.columns / 32) + first / 32
        unsafe table.pointee.quantize(
            x.columns, x.pointer(row: row), out.quants + outRow * out.columns + first, out.scales + block,
            out.sums + 2 * block)
    }

    /// Copies `x[row]` to `out[outRow]`.
    package func copy(_ x: FloatRows, row: Int, to out: FloatRows, row outRow: Int) {
        precondition(x.columns == out.columns)
        unsafe out.pointer(row: outRow).update(from: x.pointer(row: row), count: x.columns)
    }

    /// Rotates every head of `x[row]` in place, from `firstColumn` on.
    ///
    /// - Parameter table: `[rows, 2, rotated / 2]`: the cosines, then the sines, of each row's position.
    package func rope(
        _ x: FloatRows, row: Int, table: FloatRows, headDimension: Int, firstColumn: Int, pairing: RoPEPairing
    ) {
        let rotated = table.columns
        precondition(rotated % 2 == 0 && firstColumn >= 0 && rotated <= headDimension - firstColumn)
        precondition(x.columns % headDimension == 0)
        let angles = unsafe table.pointer(row: row)
        let pairs = pairing == .interleaved ? SWL_INTERLEAVED : SWL_NEOX
        unsafe self.table.pointee.rope(
            pairs, x.columns / headDimension, headDimension, rotated, angles, angles + rotated / 2,
            x.pointer(row: row) + firstColumn)
    }

    /// `out[row] = table[index]` as float32.
    package func unpack(_ matrix: WeightMatrix, row index: Int, to out: FloatRows, row: Int) {
        precondition(index >= 0 && index < matrix.rows && out.columns == matrix.columns)
        unsafe swl_unpack(
            table, swl_format(matrix.format.rawValue), matrix.columns, matrix.base + index * matrix.rowBytes,
            out.pointer(row: row))
    }

    /// Asks the memory for a row that is to be unpacked soon.
    package func prefetch(_ matrix: WeightMatrix, row index: Int) {
        precondition(index >= 0 && index < matrix.rows)
        unsafe swl_prefetch(matrix.base + index * matrix.rowBytes, matrix.rowBytes)
    }

    /// Stores `x[row]` as one position of a cache, in the cache's format.
    package func store(_ x: FloatRows, row: Int, to cache: KeyValueRows, position: Int) {
        precondition(x.columns == cache.columns && position >= 0 && position < cache.rows)
        let source = unsafe x.pointer(row: row)
        let target = unsafe cache.pointer(row: position)
        switch cache.format {
        case .f16: unsafe table.pointee.pack_f16(x.columns, source, target.assumingMemoryBound(to: UInt16.self))
        case .f32: unsafe target.assumingMemoryBound(to: Float.self).update(from: source, count: x.columns)
        case .q8_0:
            unsafe swl_pack_q8_0(table, x.columns, source, target.assumingMemoryBound(to: swl_q8_0.self))
        }
    }
}
