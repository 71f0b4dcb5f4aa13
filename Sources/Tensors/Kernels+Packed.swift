internal import CKernels

extension Kernels {
    /// Quantizes the rows `rows` of `x` to those of `out` from `outRow` on, and there to the columns from `first` on, the
    /// first of a group; the last is that of a group or of the row. `out` has groups of ``GroupedRows/group``.
    package func quantize(
        _ x: FloatRows, rows: Range<Int>, to out: GroupedRows, row outRow: Int, from first: Int = 0
    ) {
        precondition(out.group == GroupedRows.group)
        var target = unsafe out.target(of: x, rows, row: outRow, from: first)
        guard !rows.isEmpty else { return }
        unsafe table.pointee.quantize_groups(
            rows.count, x.columns, x.pointer(row: rows.lowerBound), x.stride, &target)
    }

    /// GELU of rows, quantized. `out` has groups of ``GroupedRows/geluGroup``.
    package func quantizeGELU(
        _ x: FloatRows, rows: Range<Int>, to out: GroupedRows, row outRow: Int, from first: Int = 0
    ) {
        precondition(out.group == GroupedRows.geluGroup)
        var target = unsafe out.target(of: x, rows, row: outRow, from: first)
        guard !rows.isEmpty else { return }
        unsafe table.pointee.gelu_groups(rows.count, x.columns, x.pointer(row: rows.lowerBound), x.stride, &target)
    }

    /// `out[t, r - rows.lowerBound] = weights[r] . x[tokens.lowerBound + t] + bias[r] + residual[tokens.lowerBound + t, r]`
    /// for the tokens and rows of the two ranges.
    ///
    /// - Parameters:
    ///   - rows: begins with a multiple of 16.
    ///   - residual: `[x.rows, weights.rows]`; may be what `out` is a part of.
    ///   - out: `[tokens.count, rows.count]`.
    package func product(
        _ weights: PackedMatrix, rows: Range<Int>, _ x: GroupedRows, tokens: Range<Int>, bias: WeightVector?,
        residual: FloatRows?, out: FloatRows
    ) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= weights.rows && out.columns == rows.count)
        precondition(rows.lowerBound % Int(SWL_PANEL_ROWS) == 0)
        precondition(x.columns == weights.columns && x.group == weights.group)
        precondition(tokens.lowerBound >= 0 && tokens.upperBound <= x.rows && out.rows == tokens.count)
        precondition((bias?.count ?? weights.rows) == weights.rows)
        if let residual {
            precondition(residual.columns == weights.rows && residual.rows >= tokens.upperBound)
        }
        var packed = unsafe weights.weights
        var input = unsafe swl_group_activations(
            columns: x.columns, quants: UnsafePointer(x.quants), ranges: UnsafePointer(x.ranges))
        var addends = unsafe swl_addends()
        if let bias { unsafe addends.bias = bias.base + rows.lowerBound }
        if let residual, !tokens.isEmpty {
            unsafe addends.residual = UnsafePointer(residual.pointer(row: tokens.lowerBound) + rows.lowerBound)
            unsafe addends.residual_stride = residual.stride
        }
        unsafe table.pointee.multiply_panels(
            &packed, rows.lowerBound, rows.count, &input, tokens.lowerBound, tokens.count, &addends, out.base,
            out.stride)
    }
}

extension GroupedRows {
    /// Where the rows `rows` of `x` go: to `row` and what follows, and there to the columns from `first` on.
    fileprivate func target(of x: FloatRows, _ rows: Range<Int>, row: Int, from first: Int) -> swl_group_target {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= x.rows)
        precondition(row >= 0 && row <= self.rows - rows.count && first >= 0 && first <= columns - x.columns)
        precondition(first % group == 0 && x.columns % 32 == 0)
        precondition(x.columns % group == 0 || first + x.columns == columns)
        let groups = swl_groups(columns, group)
        return unsafe swl_group_target(
            quants: quants + row * columns + first, ranges: ranges + row * groups + first / group,
            quant_stride: columns, range_stride: groups)
    }
}
