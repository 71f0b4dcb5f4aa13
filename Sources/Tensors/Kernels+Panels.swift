internal import CKernels

extension Kernels {
    /// Quantizes the rows `rows` of `x` to those of `out` from `outRow` on, and there to the columns from `first` on, the
    /// first of a group; the last is that of a group or of the row.
    package func quantize(
        _ x: FloatRows, rows: Range<Int>, to out: GroupedRows, row outRow: Int, from first: Int = 0
    ) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= x.rows)
        precondition(outRow >= 0 && outRow <= out.rows - rows.count && first >= 0 && first <= out.columns - x.columns)
        precondition(first % GroupedRows.group == 0 && x.columns % 32 == 0)
        precondition(x.columns % GroupedRows.group == 0 || first + x.columns == out.columns)
        guard !rows.isEmpty else { return }
        let groups = swl_groups(out.columns)
        var target = unsafe swl_group_target(
            quants: out.quants + outRow * out.columns + first,
            ranges: out.ranges + outRow * groups + first / GroupedRows.group, quant_stride: out.columns,
            range_stride: groups)
        unsafe table.pointee.quantize_groups(
            rows.count, x.columns, x.pointer(row: rows.lowerBound), x.stride, &target)
    }

    /// `out[t, r - rows.lowerBound] = weights[r] . x[tokens.lowerBound + t] + bias[r] + residual[tokens.lowerBound + t, r]`
    /// for the tokens and rows of the two ranges.
    ///
    /// - Parameters:
    ///   - rows: begins with a multiple of 16.
    ///   - residual: `[x.rows, weights.rows]`; may be what `out` is a part of.
    ///   - out: `[tokens.count, rows.count]`.
    package func product(
        _ weights: PanelMatrix, rows: Range<Int>, _ x: GroupedRows, tokens: Range<Int>, bias: WeightVector?,
        residual: FloatRows?, out: FloatRows
    ) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= weights.rows && out.columns == rows.count)
        precondition(rows.lowerBound % Int(SWL_PANEL_ROWS) == 0 && x.columns == weights.columns)
        precondition(tokens.lowerBound >= 0 && tokens.upperBound <= x.rows && out.rows == tokens.count)
        precondition((bias?.count ?? weights.rows) == weights.rows)
        if let residual {
            precondition(residual.columns == weights.rows && residual.rows >= tokens.upperBound)
        }
        var panels = unsafe weights.weights
        var input = unsafe swl_group_activations(
            columns: x.columns, quants: UnsafePointer(x.quants), ranges: UnsafePointer(x.ranges))
        var addends = unsafe swl_addends()
        if let bias { unsafe addends.bias = bias.base + rows.lowerBound }
        if let residual, !tokens.isEmpty {
            unsafe addends.residual = UnsafePointer(residual.pointer(row: tokens.lowerBound) + rows.lowerBound)
            unsafe addends.residual_stride = residual.stride
        }
        unsafe table.pointee.multiply_panels(
            &panels, rows.lowerBound, rows.count, &input, tokens.lowerBound, tokens.count, &addends, out.base,
            out.stride)
    }
}
