internal import CKernels

/// Element-wise non-linearities.
package enum Activation: String, Sendable, BitwiseCopyable, Hashable, CaseIterable {
    case silu
    case gelu
    case geluTanh
    case relu
    case tanh
    /// arXiv:2109.08668
    case reluSquared
    case sigmoid
    /// `x * sigmoid(1.702 x)` (arXiv:1606.08415)
    case quickGELU
    case softplus
    case exponential
}

extension Kernels {
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

    /// `out[row] = x[row] + vector`; `out` may be `x`.
    package func add(_ x: FloatRows, vector: WeightVector, row: Int, out: FloatRows) {
        precondition(x.columns == vector.count && x.columns == out.columns)
        unsafe table.pointee.add(x.columns, x.pointer(row: row), vector.base, nil, out.pointer(row: row))
    }

    /// `x[row] *= factor`.
    package func scale(_ x: FloatRows, row: Int, by factor: Float) { scale(x, row: row, by: factor, out: x) }

    /// `out[row] = x[row] * factor`; `out` may be `x`.
    package func scale(_ x: FloatRows, row: Int, by factor: Float, out: FloatRows) {
        precondition(x.columns == out.columns)
        unsafe table.pointee.scale(x.columns, x.pointer(row: row), factor, out.pointer(row: row))
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

    /// `out[row] = a[row] * vector`, element by element; `out` may be `a`.
    package func multiply(_ a: FloatRows, by vector: WeightVector, row: Int, out: FloatRows) {
        precondition(a.columns == vector.count && a.columns == out.columns)
        unsafe table.pointee.multiply(a.columns, a.pointer(row: row), vector.base, out.pointer(row: row))
    }

    /// `out[row] = cap * tanh(x[row] / cap)`; `out` may be `x`.
    package func softcap(_ x: FloatRows, cap: Float, row: Int, out: FloatRows) {
        precondition(x.columns == out.columns)
        unsafe table.pointee.softcap(x.columns, x.pointer(row: row), cap, out.pointer(row: row))
    }

    /// `out[row] = min(max(x[row], low), high)`; `out` may be `x`.
    package func clamp(_ x: FloatRows, low: Float, high: Float, row: Int, out: FloatRows) {
        precondition(x.columns == out.columns)
        unsafe table.pointee.clamp(x.columns, x.pointer(row: row), low, high, out.pointer(row: row))
    }

    /// `out[row] = g * sigmoid(alpha * g) * (u + 1)` with `g = min(gate[row], limit)` and `u` = `up[row]` within
    /// `-limit...limit`; `out` may be either.
    package func clampedSwiGLU(
        _ gate: FloatRows, _ up: FloatRows, alpha: Float, limit: Float, row: Int, out: FloatRows
    ) {
        precondition(gate.columns == up.columns && gate.columns == out.columns)
        unsafe table.pointee.clamped_swiglu(
            gate.columns, gate.pointer(row: row), up.pointer(row: row), alpha, limit, out.pointer(row: row))
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
        case .reluSquared: unsafe table.pointee.relu_squared(n, source, bias?.base, target)
        case .sigmoid: unsafe table.pointee.sigmoid(n, source, bias?.base, target)
        case .quickGELU: unsafe table.pointee.gelu_quick(n, source, bias?.base, target)
        case .softplus: unsafe table.pointee.softplus(n, source, bias?.base, target)
        case .exponential: unsafe table.pointee.exponential(n, source, bias?.base, target)
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
}
