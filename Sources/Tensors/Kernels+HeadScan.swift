internal import CKernels

extension Kernels {
    /// A selective state space whose channels decay by heads, row by row: `state = exp(delta * a) * state + delta * x * b`,
    /// `out = state . c + d * x`.
    ///
    /// - Parameters:
    ///   - x: `[rows, heads * headSize]`, as is `out`.
    ///   - delta: `[rows, heads]`.
    ///   - a: `[heads]`, as is `d`.
    ///   - b: `[rows, groups * size]`, as is `c`; groups are of `headsPerGroup` consecutive heads.
    ///   - heads: those that are computed.
    ///   - before: `[heads * headSize, size]`, end to end: the state before the rows.
    ///   - state: the same after them.
    package func headScan(
        _ x: FloatRows, delta: FloatRows, a: WeightVector, b: FloatRows, c: FloatRows, d: WeightVector,
        headsPerGroup: Int, heads: Range<Int>, before: FloatRows, state: FloatRows, out: FloatRows
    ) {
        let (rows, size) = (x.rows, state.columns)
        precondition(headsPerGroup > 0 && a.count % headsPerGroup == 0 && x.columns % a.count == 0)
        precondition(heads.lowerBound >= 0 && heads.upperBound <= a.count)
        precondition(d.count == a.count && delta.columns == a.count && out.columns == x.columns)
        precondition(b.columns == a.count / headsPerGroup * size && c.columns == b.columns)
        precondition(delta.rows == rows && out.rows == rows && b.rows == rows && c.rows == rows)
        precondition(state.rows == x.columns && state.stride == size)
        precondition(before.rows == x.columns && before.columns == size && before.stride == size)
        var call = unsafe swl_head_scan()
        unsafe call.rows = rows
        unsafe call.first = heads.lowerBound
        unsafe call.count = heads.count
        unsafe call.head_size = x.columns / a.count
        unsafe call.size = size
        unsafe call.heads_per_group = headsPerGroup
        unsafe call.x = UnsafePointer(x.base)
        unsafe call.delta = UnsafePointer(delta.base)
        unsafe call.a = a.base
        unsafe call.b = UnsafePointer(b.base)
        unsafe call.c = UnsafePointer(c.base)
        unsafe call.d = d.base
        unsafe call.before = UnsafePointer(before.base)
        unsafe call.state = state.base
        unsafe call.out = out.base
        unsafe call.x_stride = x.stride
        unsafe call.delta_stride = delta.stride
        unsafe call.b_stride = b.stride
        unsafe call.c_stride = c.stride
        unsafe call.out_stride = out.stride
        unsafe table.pointee.head_scan(&call)
    }
}
