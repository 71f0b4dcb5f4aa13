internal import CKernels

extension Kernels {
    /// The gated delta rule of some columns of a head's state (arXiv:2412.06464 §3.1), row by row:
    /// `state = decay * state + key (rate * (value - decay * state . key))`, `out = query . state`.
    ///
    /// - Parameters:
    ///   - query: `[rows, keys]`, times `queryScale`.
    ///   - key: `[rows, keys]`, times `keyScale`.
    ///   - value: `[rows, columns]`, as is `out`, which it may be.
    ///   - decay: `[rows, 1]`, as is `rate`.
    ///   - before: `[keys, columns]`, as is `after`, which it may be; rows equally far apart.
    package func deltaRule(
        query: FloatRows, queryScale: Float, key: FloatRows, keyScale: Float, value: FloatRows, decay: FloatRows,
        rate: FloatRows, before: FloatRows, after: FloatRows, out: FloatRows
    ) {
        let (rows, keys, columns) = (query.rows, query.columns, value.columns)
        precondition(key.columns == keys && out.columns == columns && decay.columns == 1 && rate.columns == 1)
        precondition(key.rows == rows && value.rows == rows && decay.rows == rows && rate.rows == rows)
        precondition(out.rows == rows && Self.isState(before, after, keys: keys, columns: columns))
        var call = unsafe swl_delta_rule()
        unsafe call.rows = rows
        unsafe call.keys = keys
        unsafe call.columns = columns
        unsafe call.query = UnsafePointer(query.base)
        unsafe call.key = UnsafePointer(key.base)
        unsafe call.value = UnsafePointer(value.base)
        unsafe call.decay = UnsafePointer(decay.base)
        unsafe call.rate = UnsafePointer(rate.base)
        unsafe call.query_scale = queryScale
        unsafe call.key_scale = keyScale
        unsafe call.before = UnsafePointer(before.base)
        unsafe call.after = after.base
        unsafe call.out = out.base
        unsafe call.query_stride = query.stride
        unsafe call.key_stride = key.stride
        unsafe call.value_stride = value.stride
        unsafe call.decay_stride = decay.stride
        unsafe call.rate_stride = rate.stride
        unsafe call.state_stride = after.stride
        unsafe call.out_stride = out.stride
        unsafe table.pointee.delta_rule(&call)
    }

    /// What RWKV-7 takes from a head's state before it adds to it.
    package struct Removal {
        package let removal: FloatRows
        package let replacement: FloatRows

        /// - Parameters:
        ///   - removal: `[rows, keys]`: what the state is asked for.
        ///   - replacement: `[rows, keys]`: how much of the answer each row of the state loses.
        package init(_ removal: FloatRows, replacement: FloatRows) {
            self.removal = removal
            self.replacement = replacement
        }
    }

    /// RWKV's state of some columns of a head, row by row: `state = decay * state + key value`, less what is removed, and
    /// `out = receptance . state` (arXiv:2503.14456 §4); without a removal, of the state before the row (arXiv:2404.05892 §4).
    ///
    /// - Parameters:
    ///   - receptance: `[rows, keys]`, as are `decay` and `key`.
    ///   - value: `[rows, columns]`, as is `out`, which it may be.
    ///   - before: `[keys, columns]`, as is `after`, which it may be; rows equally far apart.
    package func wkv(
        receptance: FloatRows, decay: FloatRows, key: FloatRows, removal: Removal?, value: FloatRows, before: FloatRows,
        after: FloatRows, out: FloatRows
    ) {
        let (rows, keys, columns) = (receptance.rows, receptance.columns, value.columns)
        for input in [decay, key] { precondition(input.rows == rows && input.columns == keys) }
        if let removal {
            for input in [removal.removal, removal.replacement] {
                precondition(input.rows == rows && input.columns == keys)
            }
        }
        precondition(value.rows == rows && out.rows == rows && out.columns == columns)
        precondition(Self.isState(before, after, keys: keys, columns: columns))
        var call = unsafe swl_wkv()
        unsafe call.rows = rows
        unsafe call.keys = keys
        unsafe call.columns = columns
        unsafe call.receptance = UnsafePointer(receptance.base)
        unsafe call.decay = UnsafePointer(decay.base)
        unsafe call.key = UnsafePointer(key.base)
        unsafe call.value = UnsafePointer(value.base)
        if let removal {
            unsafe call.removal = UnsafePointer(removal.removal.base)
            unsafe call.replacement = UnsafePointer(removal.replacement.base)
            unsafe call.removal_stride = removal.removal.stride
            unsafe call.replacement_stride = removal.replacement.stride
        }
        unsafe call.before = UnsafePointer(before.base)
        unsafe call.after = after.base
        unsafe call.out = out.base
        unsafe call.receptance_stride = receptance.stride
        unsafe call.decay_stride = decay.stride
        unsafe call.key_stride = key.stride
        unsafe call.value_stride = value.stride
        unsafe call.state_stride = after.stride
        unsafe call.out_stride = out.stride
        unsafe table.pointee.wkv(&call)
    }

    private static func isState(_ before: FloatRows, _ after: FloatRows, keys: Int, columns: Int) -> Bool {
        before.rows == keys && after.rows == keys && before.columns == columns && after.columns == columns
            && before.stride == after.stride
    }

    /// `out[row] = value[row]` times the sum of `receptance * key * bonus`, head by head; `out` may be any of them.
    ///
    /// - Parameter bonus: `[columns]`.
    package func headBonus(
        receptance: FloatRows, key: FloatRows, bonus: WeightVector, value: FloatRows, headDimension: Int, row: Int,
        out: FloatRows
    ) {
        let columns = out.columns
        precondition(headDimension > 0 && columns % headDimension == 0 && bonus.count == columns)
        precondition(receptance.columns == columns && key.columns == columns && value.columns == columns)
        unsafe table.pointee.head_bonus(
            columns / headDimension, headDimension, receptance.pointer(row: row), key.pointer(row: row), bonus.base,
            value.pointer(row: row), out.pointer(row: row))
    }

    /// `out[outRow] = previous[previousRow] - x[row]`; `out` may not be `previous`.
    package func difference(
        _ previous: FloatRows, row previousRow: Int, _ x: FloatRows, row: Int, out: FloatRows, row outRow: Int
    ) {
        copy(previous, row: previousRow, to: out, row: outRow)
        unsafe table.pointee.add_scaled(x.columns, x.pointer(row: row), -1, out.pointer(row: outRow))
    }
}
