internal import Interpreter
internal import Tensors

/// How a model is run, whatever for: part of the options of all that run one.
public struct RuntimeOptions: Sendable {
    /// The element type of the key/value cache.
    public enum CacheType: String, Sendable, CaseIterable {
        /// float32: twice the memory, exact.
        case f32
        /// float16.
        case f16
        /// Blocks of 32 int8 with a float16 scale: about half of float16's memory, for models whose head dimension is a
        /// multiple of 32.
        case q8_0

        init(_ format: CacheFormat) {
            switch format {
            case .f32: self = .f32
            case .f16: self = .f16
            case .q8_0: self = .q8_0
            }
        }

        var format: CacheFormat {
            switch self {
            case .f32: .f32
            case .f16: .f16
            case .q8_0: .q8_0
            }
        }
    }

    /// 0: as many as this process may use (affinity, cgroup quota, physical cores, `SWIFTLET_NUM_THREADS`).
    public var threads = 0
    /// Forces an instruction set (`scalar`, `avx2`, `avxvnni`, `avx512`, `neon`, `i8mm`); nil: what `SWIFTLET_ISA` says, or the
    /// fastest.
    public var instructionSet: String?
    /// The element type of the key/value cache; nil: ``CacheType/f32`` for a model whose weights are all float32, which
    /// nothing has rounded yet, ``CacheType/f16`` for any other.
    public var cacheType: CacheType?
    /// What changes the model, in any number; the order matters to the last bits of results alone.
    public var adapters: [ScaledAdapter] = []

    /// The defaults.
    public init() {}

    /// The interpreter's options for a model.
    ///
    /// - Throws: ``SwiftletError`` with the code `invalidArgument`.
    func interpreterOptions(
        isFloat32: Bool, contextLength: Int, stepTokens: Int
    ) throws(SwiftletError) -> Interpreter.Options {
        try Self.check(threads: threads)
        guard (1...65_536).contains(stepTokens) else {
            throw SwiftletError(
                .invalidArgument, "steps of \(stepTokens) tokens are not possible: use 1 to 65536")
        }
        let kernels = try InstructionSets.kernels(instructionSet)
        return Interpreter.Options(
            kernels: kernels, threads: threads, cacheFormat: (cacheType ?? (isFloat32 ? .f32 : .f16)).format,
            contextLength: contextLength, stepTokens: stepTokens)
    }

    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for a number of threads that cannot be.
    static func check(threads: Int) throws(SwiftletError) {
        guard (0...1024).contains(threads) else {
            throw SwiftletError(
                .invalidArgument, "\(threads) threads are not possible: use 0 to 1024 (0: automatic)")
        }
    }
}
