internal import CKernels

/// How a norm scales its row.
package enum NormKind: Sendable, BitwiseCopyable, Hashable {
    /// By the root of the mean square (arXiv:1910.07467).
    case rms
    /// By mean and variance (arXiv:1607.06450).
    case layer
}

/// Element-wise non-linearities.
package enum Activation: String, Sendable, BitwiseCopyable, Hashable, CaseIterable {
    case silu
    case gelu
    case geluTanh
    case relu
    case tanh
}

/// Which elements of a head form a pair that RoPE rotates.
package enum RoPEPairing: Sendable, BitwiseCopyable, Hashable {
    /// `(x[2i], x[2i + 1])`
    case interleaved
    /// `(x[i], x[i + rotated / 2])`
    case neox
}

extension Kernels {
    /// `out[row] = norm(x[row])`, each group of `weight.count` columns by itself; `out` may be `x`.
    package func norm(
        _ kind: NormKind, _ x: FloatRows, weight: WeightVector, bias: WeightVector?, epsilon: Float, row: Int,
        out: FloatRows
    ) {
        let n = weight.count
        precondition(x.columns % n == 0 && out.columns == x.columns && (bias?.count ?? n) == n)
        let source = unsafe x.pointer(row: row)
        let target = unsafe out.pointer(row: row)
        for first in stride(from: 0, to: x.columns, by: n) {
            switch kind {
            case .rms: unsafe table.pointee.rms_norm(n, source + first, weight.base, epsilon, target + first)
            case .layer:
                unsafe table.pointee.layer_norm(n, source + first, weight.base, bias?.base, epsilon, target + first)
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

    /// `out[row] = a[row] + b[row]`; `out` may be either.
    package func add(_ a: FloatRows, _ b: FloatRows, row: Int, out: FloatRows) {
        precondition(a.columns == b.columns && a.columns == out.columns)
        unsafe table.pointee.add(a.columns, a.pointer(row: row), b.pointer(row: row), nil, out.pointer(row: row))
    }

    /// `out[outRow] += x[row]`.
    package func add(_ x: FloatRows, row: Int, to out: FloatRows, row outRow: Int) {
        precondition(x.columns == out.columns)
        let sum = unsafe out.pointer(row: outRow)
        unsafe table.pointee.add(x.columns, sum, x.pointer(row: row), nil, sum)
    }

    /// `x[row] *= factor`.
    package func scale(_ x: FloatRows, row: Int, by factor: Float) {
        let values = unsafe x.pointer(row: row)
        unsafe table.pointee.scale(x.columns, values, factor, values)
    }

    /// `x[row] = (x[row] + bias) + residual[row]`, less what is `nil`.
    package func add(bias: WeightVector?, residual: FloatRows?, to x: FloatRows, row: Int) {
        precondition((bias?.count ?? x.columns) == x.columns && (residual?.columns ?? x.columns) == x.columns)
        let sum = unsafe x.pointer(row: row)
        let other = unsafe residual.map { unsafe UnsafePointer($0.pointer(row: row)) }
        guard let first = unsafe bias?.base ?? other else { return }
        unsafe table.pointee.add(x.columns, sum, first, bias == nil ? nil : other, sum)
    }

    /// `out[row] = a[row] * b[row]`, element by element; `out` may be either.
    package func multiply(_ a: FloatRows, _ b: FloatRows, row: Int, out: FloatRows) {
        precondition(a.columns == b.columns && a.columns == out.columns)
        unsafe table.pointee.multiply(a.columns, a.pointer(row: row), b.pointer(row: row), out.pointer(row: row))
    }

    /// `out[row] = activation(x[row] + bias)`; `out` may be `x`.
    package func activate(
        _ activation: Activation, _ x: FloatRows, bias: WeightVector? = nil, row: Int, out: FloatRows
    ) {
        precondition(x.columns == out.columns && (bias?.count ?? x.columns) == x.columns)
        let n = x.columns
        let source = unsafe x.pointer(row: row)
        let target = unsafe out.pointer(row: row)
        switch activation {
        case .silu: unsafe table.pointee.silu(n, source, bias?.base, target)
        case .gelu: unsafe table.pointee.gelu(n, source, bias?.base, target)
        case .geluTanh: unsafe table.pointee.gelu_tanh(n, source, bias?.base, target)
        case .relu: unsafe table.pointee.relu(n, source, bias?.base, target)
        case .tanh: unsafe table.pointee.tanh(n, source, bias?.base, target)
        }
    }

    /// `x = activation(x)`, some rows of it.
    package func activate(_ activation: Activation, rows: Range<Int>, of x: FloatRows) {
        if let all = x.rows(from: rows.lowerBound, count: rows.count).joined {
            activate(activation, all, row: 0, out: all)
        } else {
            for row in rows { activate(activation, x, row: row, out: x) }
        }
    }

    /// Copies `x[row]` to `out[outRow]`.
    package func copy(_ x: FloatRows, row: Int, to out: FloatRows, row outRow: Int) {
        precondition(x.columns == out.columns)
        unsafe out.pointer(row: outRow).update(from: x.pointer(row: row), count: x.columns)
    }

    /// Rotates every head of `x[row]` in place.
    ///
    /// - Parameter table: `[rows, 2, rotated / 2]`: the cosines, then the sines, of each row's position.
    package func rope(
        _ x: FloatRows, row: Int, table: FloatRows, headDimension: Int, pairing: RoPEPairing
    ) {
        let rotated = table.columns
        precondition(rotated % 2 == 0 && rotated <= headDimension && x.columns % headDimension == 0)
        let angles = unsafe table.pointer(row: row)
        let pairs = pairing == .interleaved ? SWL_INTERLEAVED : SWL_NEOX
        unsafe self.table.pointee.rope(
            pairs, x.columns / headDimension, headDimension, rotated, angles, angles + rotated / 2, x.pointer(row: row))
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
