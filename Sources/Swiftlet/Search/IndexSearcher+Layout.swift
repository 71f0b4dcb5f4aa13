internal import Tensors

extension IndexSearcher {
    /// Where things are in a searcher's memory: queries, then each thread's part.
    struct Layout: Sendable {
        /// Elements of a row of codes.
        let columns: Int
        /// Rows that a thread takes at a time.
        let chunkRows: Int
        let byteCount: Int
        private let quantizedStart: Int
        private let threadsStart: Int
        private let threadBytes: Int
        private let scratchBytes: Int
        private let scoresBytes: Int

        init(_ model: IndexModel, _ kernels: Kernels, threads: Int, queries: Int) {
            columns = IndexFormat.paddedColumns(model.dimensions)
            let tile = queries < kernels.gemmFrom(.q8_0) ? 1 : kernels.gemmRows(.q8_0)
            chunkRows = (1024 + tile - 1) / tile * tile
            quantizedStart = Self.aligned(queries * columns * 4)
            threadsStart = quantizedStart + Self.aligned(queries * QuantizedRows.rowBytes(columns: columns))
            scratchBytes = Self.aligned(kernels.productScratchBytes(columns: columns))
            scoresBytes = Self.aligned(queries * chunkRows * 4)
            threadBytes = scratchBytes + scoresBytes + Self.aligned(columns * 4)
            byteCount = threadsStart + threads * threadBytes
        }

        /// `[count, columns]`
        func queries(_ view: ArenaView, count: Int) -> FloatRows {
            view.floats(at: 0, rows: count, columns: columns, stride: columns)
        }

        func quantizedQueries(_ view: ArenaView, count: Int) -> QuantizedRows {
            view.quantized(at: quantizedStart, rows: count, columns: columns)
        }

        func scratch(_ view: ArenaView, thread: Int) -> Scratch {
            view.scratch(at: threadsStart + thread * threadBytes, bytes: scratchBytes)
        }

        /// `[queries, rows]`
        func scores(_ view: ArenaView, thread: Int, queries: Int, rows: Int) -> FloatRows {
            let start = threadsStart + thread * threadBytes + scratchBytes
            return view.floats(at: start, rows: queries, columns: rows, stride: chunkRows)
        }

        /// `[1, columns]`, for a row that is scored exactly.
        func vector(_ view: ArenaView, thread: Int, columns: Int) -> FloatRows {
            let start = threadsStart + thread * threadBytes + scratchBytes + scoresBytes
            return view.floats(at: start, rows: 1, columns: columns, stride: columns)
        }

        private static func aligned(_ size: Int) -> Int { (size + 63) / 64 * 64 }
    }
}
