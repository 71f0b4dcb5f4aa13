internal import CKernels

extension Kernels {
    /// The greatest of some logits but for NaN; -infinity where there is none.
    package func greatest(_ x: Span<Float>) -> Float {
        unsafe x.withUnsafeBufferPointer { x in
            guard let base = x.baseAddress else { return -.infinity }
            return unsafe table.pointee.greatest(x.count, base)
        }
    }

    /// The sum of `exp((x - high) * factor)` over some logits.
    ///
    /// - Parameters:
    ///   - high: the greatest of the row that the logits are of.
    ///   - factor: one by the temperature, above 0.
    package func sumOfExponentials(_ x: Span<Float>, high: Float, factor: Float) -> Double {
        unsafe x.withUnsafeBufferPointer { x in
            guard let base = x.baseAddress else { return 0 }
            return unsafe table.pointee.sum_exponentials(x.count, base, high, factor)
        }
    }
}
