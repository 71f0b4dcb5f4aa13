internal import CKernels

/// What a product reads: float32 rows, and their int8 blocks where a quantized weight wants them.
package struct Activations: BitwiseCopyable, Sendable {
    package let floats: FloatRows?
    package let quantized: QuantizedRows?

    package init(floats: FloatRows?, quantized: QuantizedRows?) {
        self.floats = floats
        self.quantized = quantized
    }
}

extension Kernels {
    /// Bytes of scratch that a product with a weight of this many columns needs.
    package func productScratchBytes(columns: Int) -> Int {
        unsafe table.pointee.product_scratch_bytes(columns)
    }

    /// Rows that one call should compute with this many tokens: a multiple of it, but for the end of the matrix; 1 where
    /// the weights are streamed.
    package func panelRows(_ format: WeightFormat, tokens: Int) -> Int {
        let product = unsafe swl_product_of(table, swl_format(format.rawValue))
        return tokens >= product.many_from ? product.panel_rows : 1
    }

    /// `out[t, r - rows.lowerBound] = weights[r] . x[t]` for every token `t` and every `r` in `rows`.
    ///
    /// - Parameters:
    ///   - out: `[tokens, rows.count]`.
    ///   - regime: the number of tokens that the kernel is chosen by, where it is not theirs.
    package func product(
        _ weights: WeightMatrix, rows: Range<Int>, _ x: Activations, out: FloatRows, scratch: Scratch,
        regime: Int? = nil
    ) {
        let tokens = out.rows
        precondition(rows.lowerBound >= 0 && rows.upperBound <= weights.rows && out.columns == rows.count)
        precondition(scratch.byteCount >= productScratchBytes(columns: weights.columns))
        var input = unsafe swl_activations()
        unsafe input.columns = weights.columns
        if weights.format.isQuantized {
            guard let quantized = x.quantized else { preconditionFailure("the program quantizes what it multiplies") }
            precondition(quantized.columns == weights.columns && quantized.rows >= tokens)
            unsafe input.quants = UnsafePointer(quantized.quants)
            unsafe input.scales = UnsafePointer(quantized.scales)
            unsafe input.sums = UnsafePointer(quantized.sums)
        } else {
            guard let floats = x.floats else { preconditionFailure("the program keeps what it multiplies") }
            precondition(floats.columns == weights.columns && floats.rows >= tokens)
            unsafe input.values = UnsafePointer(floats.base)
            unsafe input.stride = floats.stride
        }
        let kernel = unsafe swl_product_of(table, swl_format(weights.format.rawValue))
        let compute = unsafe (regime ?? tokens) >= kernel.many_from ? kernel.many : kernel.few
        unsafe compute?(
            rows.count, weights.base + rows.lowerBound * weights.rowBytes, weights.rowBytes, &input, 0, tokens,
            out.base,
            out.stride, scratch.base)
    }
}
