internal import CKernels

extension Kernels {
    /// Columns of the widest convolution that ``causalConvolution(_:before:weights:bias:out:)`` takes.
    package static var maxConvolutionWidth: Int { Int(SWL_CONVOLUTION_WIDTH) }

    /// `out[t, c] = bias[c] + sum over j of weights[c, j] * x[t - width + 1 + j, c]`, rows of negative number being those
    /// of `before`.
    ///
    /// - Parameters:
    ///   - before: `[width - 1, channels]`, the oldest first.
    ///   - weights: `[channels, width]`, float32.
    package func causalConvolution(
        _ x: FloatRows, before: FloatRows, weights: WeightMatrix, bias: WeightVector?, out: FloatRows
    ) {
        precondition(weights.format == .f32 && weights.columns <= Self.maxConvolutionWidth)
        precondition(before.rows == weights.columns - 1 && out.rows == x.rows)
        precondition(x.columns == weights.rows && before.columns == x.columns && out.columns == x.columns)
        precondition((bias?.count ?? x.columns) == x.columns)
        var call = unsafe swl_convolution()
        unsafe call.rows = x.rows
        unsafe call.channels = x.columns
        unsafe call.width = weights.columns
        unsafe call.x = UnsafePointer(x.base)
        unsafe call.before = UnsafePointer(before.base)
        unsafe call.weights = weights.base.assumingMemoryBound(to: Float.self)
        unsafe call.bias = bias?.base
        unsafe call.out = out.base
        unsafe call.x_stride = x.stride
        unsafe call.before_stride = before.stride
        unsafe call.out_stride = out.stride
        unsafe table.pointee.causal_convolution(&call)
    }

    /// A selective state space, row by row: `state = exp(delta * a) * state + delta * x * b`, `out = state . c + d * x`.
    ///
    /// - Parameters:
    ///   - x: `[rows, channels]`, as are `delta` and `out`.
    ///   - a: `[channels, size]`, float32.
    ///   - b: `[rows, size]`, as is `c`.
    ///   - d: `[channels]`.
    ///   - state: `[channels, size]`, end to end.
    package func selectiveScan(
        _ x: FloatRows, delta: FloatRows, a: WeightMatrix, b: FloatRows, c: FloatRows, d: WeightVector,
        state: FloatRows, out: FloatRows
    ) {
        let (rows, channels, size) = (x.rows, x.columns, a.columns)
        precondition(a.format == .f32 && a.rows == channels && d.count == channels)
        precondition(delta.columns == channels && out.columns == channels && b.columns == size && c.columns == size)
        precondition(delta.rows == rows && out.rows == rows && b.rows == rows && c.rows == rows)
        precondition(state.rows == channels && state.columns == size && state.stride == size)
        var call = unsafe swl_scan()
        unsafe call.rows = rows
        unsafe call.channels = channels
        unsafe call.size = size
        unsafe call.x = UnsafePointer(x.base)
        unsafe call.delta = UnsafePointer(delta.base)
        unsafe call.a = a.base.assumingMemoryBound(to: Float.self)
        unsafe call.b = UnsafePointer(b.base)
        unsafe call.c = UnsafePointer(c.base)
        unsafe call.d = d.base
        unsafe call.state = state.base
        unsafe call.out = out.base
        unsafe call.x_stride = x.stride
        unsafe call.delta_stride = delta.stride
        unsafe call.b_stride = b.stride
        unsafe call.c_stride = c.stride
        unsafe call.out_stride = out.stride
        unsafe table.pointee.selective_scan(&call)
    }
}
