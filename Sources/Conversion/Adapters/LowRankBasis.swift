internal import Quantization
internal import Tensors

/// What is added to a tensor's rows, with the rows that it is a sum of in memory.
struct LowRankBasis {
    private let rows: PlannedTensor
    private let factor: Float
    private let rank: Int
    /// `[rank, columns]`
    private let values: [Float]

    init(_ update: PlannedUpdate) throws(ConversionError) {
        rows = update.rows
        factor = update.factor
        rank = update.basis.shape[0]
        values = try update.basis.floats(0..<rank)
    }

    /// `values[row] += factor * Σ rows[firstRow + row, k] * basis[k]`
    func add(to sum: FloatRows, firstRow: Int) throws(ConversionError) {
        let columns = sum.columns
        let factors = try rows.floats(firstRow..<firstRow + sum.rows)
        for row in 0..<sum.rows {
            for k in 0..<rank {
                let factor = factor * factors[row * rank + k]
                for column in 0..<columns { sum[row, column] += factor * values[k * columns + column] }
            }
        }
    }
}

extension PlannedTensor {
    /// Some rows as float32.
    fileprivate func floats(_ rows: Range<Int>) throws(ConversionError) -> [Float] {
        var reader = RowReader(self)
        let columns = reader.columns
        var values: [Float] = []
        values.reserveCapacity(rows.count * columns)
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: reader.windowRows) {
            let window = try reader.matrix(start..<min(start + reader.windowRows, rows.upperBound))
            do throws(Tensors.TensorError) {
                let row = try Arena(byteCount: columns * 4)
                let view = row.view.floats(at: 0, rows: 1, columns: columns, stride: columns)
                for index in 0..<window.rows {
                    Kernels.best.unpack(window, row: index, to: view, row: 0)
                    view.withRow(0) { span in for column in span.indices { values.append(span[column]) } }
                }
            } catch {
                throw .quantization(.tensor(name: name, error, path: path ?? ""))
            }
        }
        return values
    }
}
