internal import CKernels

extension Kernels {
    /// `out[row, c * width + i] = x[center + i - width / 2, c]`, zero beyond the ends.
    package func unfold(_ x: FloatRows, around center: Int, width: Int, to out: FloatRows, row: Int) {
        precondition(width > 0 && out.columns == x.columns * width)
        let target = unsafe out.pointer(row: row)
        for offset in 0..<width {
            let source = center + offset - width / 2
            if (0..<x.rows).contains(source) {
                let values = unsafe x.pointer(row: source)
                for column in 0..<x.columns { unsafe target[column * width + offset] = values[column] }
            } else {
                for column in 0..<x.columns { unsafe target[column * width + offset] = 0 }
            }
        }
    }

    /// `out[row, j] = scale * keys[j] . queries[row]`. Keys are float32 or float16.
    package func scores(
        _ queries: FloatRows, row: Int, keys: KeyValueRows, scale: Float, to out: FloatRows, scratch: Scratch
    ) {
        precondition(keys.format != .q8_0 && out.columns == keys.rows && queries.columns == keys.columns)
        precondition(scratch.byteCount >= productScratchBytes(columns: keys.columns))
        let format = keys.format == .f16 ? SWL_F16 : SWL_F32
        var input = unsafe swl_activations()
        unsafe input.columns = keys.columns
        unsafe input.values = UnsafePointer(queries.pointer(row: row))
        unsafe input.stride = queries.stride
        let target = unsafe out.pointer(row: row)
        unsafe swl_product_of(table, format).few?(
            keys.rows, keys.base, keys.stride, &input, 0, 1, target, out.stride, scratch.base)
        unsafe table.pointee.scale(out.columns, target, scale, target)
    }

    /// `x[row] = softmax(x[row])`.
    package func softmax(_ x: FloatRows, row: Int) {
        unsafe table.pointee.softmax(x.columns, x.pointer(row: row))
    }
}
