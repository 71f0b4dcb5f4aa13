internal import CQuantizers
package import GGUF
internal import Interpreter
internal import Synchronization
package import Tensors

/// Quantizes rows of a matrix on several threads, into memory of its own. The bytes do not depend on the threads.
package struct RowQuantizer: ~Copyable {
    /// A matrix in the file, and what it becomes.
    package struct Job {
        let source: WeightMatrix
        let format: WeightFormat
        let rowBytes: Int
        /// `[matrices, columns]`: how much an error weighs in each column; empty: all equally.
        let importance: [Float]
        /// Rows of each of these matrices.
        let matrixRows: Int

        /// - Parameter importance: `[matrices, columns]`, for matrices of equally many rows; empty: all columns count equally.
        init(
            _ source: WeightMatrix, to format: WeightFormat, importance: [Float] = []
        ) throws(Tensors.TensorError) {
            self.source = source
            self.format = format
            self.importance = importance
            let matrices = importance.count / source.columns
            matrixRows = source.rows / max(1, matrices)
            rowBytes = try format.rowBytes(columns: source.columns)
        }

        /// Rows that a thread takes at a time: what a core's cache holds.
        var chunkRows: Int { max(1, 16_384 / source.columns) }

        /// - Throws: ``QuantizationError`` when the type is none that can be written, or rows are not whole blocks of it.
        package init(_ source: WeightMatrix, to type: TensorType, name: String, path: String) throws(QuantizationError)
        {
            guard let format = WeightFormat(rawValue: type.rawValue) else {
                throw .undecodable(tensor: name, type: type, path: path)
            }
            do throws(Tensors.TensorError) {
                try self.init(source, to: format)
            } catch {
                throw .tensor(name: name, error, path: path)
            }
        }

        /// Rows that are quantized between two pieces of output: a few megabytes.
        package var windowRows: Int { max(1, (4 << 20) / (chunkRows * rowBytes)) * chunkRows }

        /// Bytes of float32 that a thread needs: its rows, and one of them as it is read back.
        fileprivate var scratchBytes: Int { (chunkRows + 1) * source.columns * 4 }
    }

    /// Sums over the weights.
    package struct Squares: Sendable {
        package var error = 0.0
        package var weight = 0.0

        package init() {}

        package static func += (sum: inout Squares, other: Squares) {
            sum.error += other.error
            sum.weight += other.weight
        }

        /// The root of the mean squared error over that of the mean squared weight.
        package var relativeError: Double { weight > 0 ? (error / weight).squareRoot() : 0 }

        /// Why the format is not for these weights, all of a tensor's, if they are too small for it.
        ///
        /// - Parameter isWeighted: whether columns mattered unequally, where those of no importance may lose everything.
        package func underflow(of type: TensorType, isWeighted: Bool = false) -> Fallback? {
            guard let format = WeightFormat(rawValue: type.rawValue),
                relativeError > (isWeighted ? max(0.98, format.maxRelativeError) : format.maxRelativeError)
            else { return nil }
            return Fallback(chosen: type, reason: .underflow(relativeError: relativeError))
        }
    }

    private let pool: ThreadPool
    private let kernels = Kernels.best
    private var arena: Arena

    package init(threads: Int) throws(QuantizationError) {
        let pool = try Self.pool(threads: threads)
        let arena = try Self.arena(byteCount: 0)
        self.pool = pool
        self.arena = arena
    }

    private static func pool(threads: Int) throws(QuantizationError) -> ThreadPool {
        do throws(InterpreterError) { return try ThreadPool(threads: threads) } catch { throw .interpreter(error) }
    }

    private static func arena(byteCount: Int) throws(QuantizationError) -> Arena {
        do throws(Tensors.TensorError) {
            return try Arena(byteCount: byteCount)
        } catch {
            throw .interpreter(.tensors(error))
        }
    }

    /// Quantizes the rows and lends their bytes.
    ///
    /// - Parameter rows: at most ``Job/windowRows``.
    /// - Returns: the squares; or the first weight that the format cannot hold, where `body` was not called.
    package mutating func quantize(
        _ job: Job, rows: Range<Int>, _ body: (RawSpan) throws(GGUFError) -> Void
    ) throws(QuantizationError) -> Result<Squares, UnfitWeight> {
        let scratchBytes = (job.scratchBytes + 63) / 64 * 64
        let outputBytes = rows.count * job.rowBytes
        let needed = pool.count * scratchBytes + outputBytes
        if arena.byteCount < needed { arena = try Self.arena(byteCount: needed) }
        let window = Window(
            job: job, rows: rows, kernels: kernels, memory: arena.view, scratchBytes: scratchBytes,
            outputOffset: pool.count * scratchBytes)
        pool.run { thread, _ in window.run(thread: thread) }
        if let found = window.unfit { return .failure(found) }
        let output = unsafe UnsafeRawBufferPointer(rebasing: arena.view.bytes[window.outputOffset..<needed])
        do throws(GGUFError) {
            try body(unsafe RawSpan(_unsafeBytes: output))
            return .success(window.squares)
        } catch {
            throw .file(error)
        }
    }

    /// A weight that is infinite or NaN, or too large for the format.
    package struct UnfitWeight: Error {
        package let row: Int
        package let column: Int
        package let value: Float
    }
}

/// Rows that are being quantized.
private final class Window: Sendable {
    private struct Found {
        var squares: [RowQuantizer.Squares]
        var unfit: RowQuantizer.UnfitWeight?
    }

    private let job: RowQuantizer.Job
    private let rows: Range<Int>
    private let kernels: Kernels
    private let memory: ArenaView
    private let scratchBytes: Int
    let outputOffset: Int
    private let nextChunk = Atomic(0)
    private let found: ForkSafeMutex<Found>

    init(
        job: RowQuantizer.Job, rows: Range<Int>, kernels: Kernels, memory: ArenaView, scratchBytes: Int,
        outputOffset: Int
    ) {
        self.job = job
        self.rows = rows
        self.kernels = kernels
        self.memory = memory
        self.scratchBytes = scratchBytes
        self.outputOffset = outputOffset
        let chunks = (rows.count + job.chunkRows - 1) / job.chunkRows
        found = ForkSafeMutex(Found(squares: Array(repeating: .init(), count: chunks)))
    }

    var unfit: RowQuantizer.UnfitWeight? { found.withLock(\.unfit) }

    /// Added up in the chunks' order.
    var squares: RowQuantizer.Squares {
        found.withLock { found in
            found.squares.reduce(into: .init()) { $0 += $1 }
        }
    }

    func run(thread: Int) {
        while true {
            let chunk = nextChunk.wrappingAdd(1, ordering: .relaxed).oldValue
            let first = rows.lowerBound + chunk * job.chunkRows
            guard first < rows.upperBound else { return }
            quantize(first..<min(first + job.chunkRows, rows.upperBound), chunk: chunk, thread: thread)
        }
    }

    private func quantize(_ chunkRows: Range<Int>, chunk: Int, thread: Int) {
        let columns = job.source.columns
        let scratch = thread * scratchBytes
        let floats = memory.floats(at: scratch, rows: chunkRows.count, columns: columns, stride: columns)
        for row in chunkRows { kernels.unpack(job.source, row: row, to: floats, row: row - chunkRows.lowerBound) }
        let output = outputOffset + (chunkRows.lowerBound - rows.lowerBound) * job.rowBytes
        guard let base = unsafe memory.bytes.baseAddress else { return }
        let weights = unsafe UnsafePointer((base + scratch).assumingMemoryBound(to: Float.self))
        let format = job.format.rawValue
        var unfit = unsafe pack(chunkRows, weights, to: base + output)
        if unfit < 0 { unfit = unsafe swl_first_overflow(format, chunkRows.count, columns, weights, base + output) }
        if unfit >= 0 {
            let (row, column) = unfit.quotientAndRemainder(dividingBy: columns)
            record(.init(row: chunkRows.lowerBound + row, column: column, value: unsafe weights[unfit]))
        } else {
            let squares = unsafe errors(of: chunkRows, at: base + output, originals: floats, scratch: scratch)
            found.withLock { $0.squares[chunk] = squares }
        }
    }

    /// - Returns: the index of a weight that is infinite or NaN; negative where there is none.
    @unsafe private func pack(
        _ chunkRows: Range<Int>, _ weights: UnsafePointer<Float>, to output: UnsafeMutableRawPointer
    ) -> Int {
        let columns = job.source.columns
        let format = job.format.rawValue
        guard !job.importance.isEmpty else {
            return unsafe swl_quantize_rows(format, chunkRows.count, columns, weights, nil, output)
        }
        return unsafe job.importance.withUnsafeBufferPointer { importance in
            var first = chunkRows.lowerBound
            while first < chunkRows.upperBound {
                let matrix = first / job.matrixRows
                let end = min(chunkRows.upperBound, (matrix + 1) * job.matrixRows)
                let skipped = first - chunkRows.lowerBound
                let unfit = unsafe swl_quantize_rows(
                    format, end - first, columns, weights + skipped * columns,
                    importance.baseAddress.map { unsafe $0 + matrix * columns }, output + skipped * job.rowBytes)
                if unfit != Int(SWL_QUANTIZED) { return unfit < 0 ? unfit : unfit + skipped * columns }
                first = end
            }
            return Int(SWL_QUANTIZED)
        }
    }

    /// Keeps the first of all.
    private func record(_ new: RowQuantizer.UnfitWeight) {
        found.withLock { found in
            if let old = found.unfit, (old.row, old.column) < (new.row, new.column) { return }
            found.unfit = new
        }
    }

    @unsafe private func errors(
        of chunkRows: Range<Int>, at output: UnsafeMutableRawPointer, originals: FloatRows, scratch: Int
    ) -> RowQuantizer.Squares {
        let columns = job.source.columns
        let size = chunkRows.count * job.rowBytes
        let bytes = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(start: output, count: size))
        let readBack = memory.floats(
            at: scratch + job.chunkRows * columns * 4, rows: 1, columns: columns, stride: columns)
        var squares = RowQuantizer.Squares()
        // The bytes are this matrix by construction.
        guard
            let matrix = try? WeightMatrix(bytes: bytes, format: job.format, rows: chunkRows.count, columns: columns)
        else { return squares }
        for row in 0..<chunkRows.count {
            kernels.unpack(matrix, row: row, to: readBack, row: 0)
            originals.withRow(row) { x in
                readBack.withRow(0) { y in
                    unsafe x.withUnsafeBufferPointer { x in
                        unsafe y.withUnsafeBufferPointer { y in
                            unsafe swl_add_squares(
                                columns, x.baseAddress, y.baseAddress, &squares.error, &squares.weight)
                        }
                    }
                }
            }
        }
        return squares
    }
}
