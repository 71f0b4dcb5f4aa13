internal import Interpreter
package import Tensors

/// Kernels of one instruction set at work on all threads, on memory that no cache holds.
package struct KernelBenchmark: ~Copyable {
    /// The shape of a product.
    package struct Shape: Sendable {
        package let rows: Int
        package let columns: Int
        package let tokens: Int

        package init(rows: Int, columns: Int, tokens: Int) {
            self.rows = rows
            self.columns = columns
            self.tokens = tokens
        }
    }

    /// Rates of a product: the median of the passes.
    package struct Rate: Sendable {
        package let multiplyAddsPerSecond: Double
        /// Of weights, read once for each token by `gemv` and once by `gemm`.
        package let bytesPerSecond: Double
    }

    /// Which of a format's two kernels.
    package enum Kernel: String, Sendable, CaseIterable {
        /// Streams the weights for each token.
        case gemv
        /// Unpacks them once for all.
        case gemm
    }

    package var threads: Int { pool.count }

    private let pool: ThreadPool
    /// Weights, of every format: bytes that are normal numbers as scales and as floats. Speed depends on no more.
    private let weights: Arena
    private let seconds: Double

    private static var weightByte: UInt8 { 0x2A }

    /// - Parameters:
    ///   - threads: 0: as many as a session would use.
    ///   - weightBytes: of copies of a matrix, which are used in turn.
    ///   - seconds: of passes, at least, for each rate.
    package init(threads: Int, weightBytes: Int, seconds: Double) throws {
        let pool = try ThreadPool(threads: threads)
        let weights = try Arena(byteCount: weightBytes)
        let share = weightBytes / pool.count
        let view = weights.view
        pool.run { thread, _ in view.scratch(at: thread * share, bytes: share).fill(Self.weightByte) }
        view.scratch(at: pool.count * share, bytes: weightBytes - pool.count * share).fill(Self.weightByte)
        self.pool = pool
        self.weights = weights
        self.seconds = seconds
    }

    /// How fast all threads read the memory of the weights, in bytes a second: the fastest of a few passes.
    package func readBandwidth() -> Double {
        let view = weights.view
        let share = weights.byteCount / pool.count
        let time = (0..<3).reduce(Double.infinity) { best, _ in
            let pass = ContinuousClock().measure {
                pool.run { thread, _ in view.scratch(at: thread * share, bytes: share).readAll() }
            }
            return min(best, pass / .seconds(1))
        }
        return Double(share * pool.count) / max(time, 1e-9)
    }

    /// How fast weights of the format are multiplied by.
    ///
    /// - Throws: `TensorError` when there is no such matrix, or no memory.
    package func rate(
        _ kernels: Kernels, _ kernel: Kernel, _ format: WeightFormat, _ shape: Shape
    ) throws -> Rate {
        let matrixBytes = shape.rows * (try format.rowBytes(columns: shape.columns))
        let copies = try stride(from: 0, through: weights.byteCount - matrixBytes, by: matrixBytes).map { offset in
            try weights.view.weights(at: offset, format: format, rows: shape.rows, columns: shape.columns)
        }
        guard !copies.isEmpty else { throw TensorError.outOfMemory(bytes: matrixBytes) }
        let inputs = try Inputs(kernels, shape)
        let x = inputs.activations
        let out = try Arena(byteCount: shape.rows * shape.tokens * 4)
        let outRows = out.view.floats(at: 0, rows: shape.tokens, columns: shape.rows, stride: shape.rows)
        let scratchBytes = (kernels.productScratchBytes(columns: shape.columns) + 4095) / 4096 * 4096
        let scratch = try Arena(byteCount: scratchBytes * pool.count)
        let scratchView = scratch.view

        // A pass uses as many copies as make it long enough to be timed, and goes on where the last one ended.
        let perPass = min(copies.count, max(1, Int(Double(256 << 20) * seconds) / (matrixBytes * shape.tokens)))
        let tile = kernel == .gemv ? 1 : kernels.gemmRows(format)
        let tiles = (shape.rows + tile - 1) / tile
        var next = 0
        let time = Self.median(seconds: seconds) {
            let first = next
            next = (next + perPass) % copies.count
            pool.run { thread, threads in
                let own = tiles * thread / threads * tile..<min(shape.rows, tiles * (thread + 1) / threads * tile)
                // A thread that unpacks does so for two tiles at once, as steps do.
                let unit = kernel == .gemv ? max(1, own.count) : 2 * tile
                let scratch = scratchView.scratch(at: thread * scratchBytes, bytes: scratchBytes)
                for copy in 0..<perPass {
                    for start in stride(from: own.lowerBound, to: own.upperBound, by: unit) {
                        let rows = start..<min(start + unit, own.upperBound)
                        kernels.product(
                            copies[(first + copy) % copies.count], rows: rows, x, out: outRows.columns(rows),
                            scratch: scratch, gemvTokens: kernel == .gemv ? shape.tokens : 0)
                    }
                }
            }
        }
        let products = Double(shape.rows * shape.columns * shape.tokens * perPass)
        let bytes = Double(matrixBytes * perPass * (kernel == .gemv ? shape.tokens : 1))
        return Rate(multiplyAddsPerSecond: products / time, bytesPerSecond: bytes / time)
    }

    /// How many products a second all threads form with packed weights, the same matrix again and again.
    ///
    /// - Throws: `TensorError` when there is no such matrix, or no memory.
    package func packedProducts(_ kernels: Kernels, _ shape: Shape) throws -> Double {
        let source = try weights.view.weights(at: 0, format: .q8_0, rows: shape.rows, columns: shape.columns)
        let store = PackedWeightsStore()
        let matrix = try store.packed(of: source)
        let inputs = try Inputs(kernels, shape)
        let quantized = try Arena(byteCount: shape.tokens * GroupedRows.rowBytes(columns: shape.columns))
        let x = quantized.view.grouped(at: 0, rows: shape.tokens, columns: shape.columns)
        inputs.quantize(kernels, to: x)
        let out = try Arena(byteCount: shape.rows * shape.tokens * 4)
        let outRows = out.view.floats(at: 0, rows: shape.tokens, columns: shape.rows, stride: shape.rows)
        let unit = PackedMatrix.rowsTogether
        let units = (shape.rows + unit - 1) / unit
        let perPass = max(1, Int(Double(256 << 20) * seconds) / (shape.rows * shape.columns * shape.tokens))
        let time = Self.median(seconds: seconds) {
            pool.run { thread, threads in
                let own = units * thread / threads * unit..<min(shape.rows, units * (thread + 1) / threads * unit)
                for _ in 0..<perPass {
                    kernels.product(
                        matrix, rows: own, x, tokens: 0..<shape.tokens, bias: nil, residual: nil,
                        out: outRows.columns(own))
                }
            }
        }
        withExtendedLifetime(store) {}
        return Double(shape.rows * shape.columns * shape.tokens * perPass) / time
    }

    /// Nanoseconds in which one thread quantizes a block of 32 activations.
    ///
    /// - Throws: `TensorError` when there is no memory.
    package func quantizationNanoseconds(_ kernels: Kernels, columns: Int) throws -> Double {
        let rows = max(1, (64 << 10) / columns)
        let inputs = try Inputs(kernels, Shape(rows: 1, columns: columns, tokens: rows))
        let time = Self.median(seconds: seconds) {
            for _ in 0..<16 { inputs.quantize(kernels) }
        }
        return time * 1e9 / Double(16 * rows * (columns / 32))
    }

    /// The median time of a pass, in seconds; the first pass does not count.
    private static func median(seconds: Double, _ pass: () -> Void) -> Double {
        pass()
        var times: [Double] = []
        var sum = 0.0
        while times.count < 3 || sum < seconds && times.count < 10_000 {
            let time = ContinuousClock().measure(pass) / .seconds(1)
            times.append(time)
            sum += time
        }
        return max(times.sorted()[times.count / 2], 1e-9)
    }
}

/// Activations as products read them.
private struct Inputs: ~Copyable {
    private let arena: Arena
    private let floats: FloatRows
    private let quantized: QuantizedRows

    init(_ kernels: Kernels, _ shape: KernelBenchmark.Shape) throws {
        let floatBytes = shape.tokens * shape.columns * 4
        arena = try Arena(byteCount: floatBytes + shape.tokens * QuantizedRows.rowBytes(columns: shape.columns))
        floats = arena.view.floats(at: 0, rows: shape.tokens, columns: shape.columns, stride: shape.columns)
        quantized = arena.view.quantized(at: floatBytes, rows: shape.tokens, columns: shape.columns)
        for row in 0..<shape.tokens {
            for column in 0..<shape.columns {
                floats[row, column] = Float((row &* 31 &+ column &* 7919) % 257 - 128) / 64
            }
        }
        quantize(kernels)
    }

    var activations: Activations { Activations(floats: floats, quantized: quantized) }

    func quantize(_ kernels: Kernels, to grouped: GroupedRows) {
        kernels.quantize(floats, rows: 0..<floats.rows, to: grouped, row: 0)
    }

    func quantize(_ kernels: Kernels) {
        for row in 0..<floats.rows { kernels.quantize(floats, row: row, to: quantized, row: row) }
    }
}
