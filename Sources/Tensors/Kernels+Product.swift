internal import CKernels

/// Input of a product: float32 rows, and their int8 blocks for quantized weights.
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

    /// Token count from which GEMM is faster than GEMV; 1 or more.
    package func gemmFrom(_ format: WeightFormat) -> Int {
        unsafe swl_product_of(table, swl_format(format.rawValue)).gemm_from
    }

    /// Rows that one call of GEMM should compute: a multiple of it, but for the end of the matrix.
    package func gemmRows(_ format: WeightFormat) -> Int {
        unsafe swl_product_of(table, swl_format(format.rawValue)).panel_rows
    }

    /// `out[t, r - rows.lowerBound] = weights[r] . x[t]` for every token `t` and every `r` in `rows`.
    ///
    /// - Parameters:
    ///   - out: `[tokens, rows.count]`.
    ///   - gemvTokens: the first tokens, which GEMV computes; GEMM computes the others. Nil: the faster one computes all.
    package func product(
        _ weights: WeightMatrix, rows: Range<Int>, _ x: Activations, out: FloatRows, scratch: Scratch,
        gemvTokens: Int? = nil
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
        let gemvCount = gemvTokens ?? (tokens < kernel.gemm_from ? tokens : 0)
        precondition(gemvCount >= 0 && gemvCount <= tokens)
        let matrix = unsafe weights.base + rows.lowerBound * weights.rowBytes
        if gemvCount > 0 {
            unsafe kernel.gemv?(
                rows.count, matrix, weights.rowBytes, &input, 0, gemvCount, out.base, out.stride, scratch.base)
        }
        if gemvCount < tokens {
            unsafe kernel.gemm?(
                rows.count, matrix, weights.rowBytes, &input, gemvCount, tokens - gemvCount,
                out.base + gemvCount * out.stride, out.stride, scratch.base)
        }
    }
}
