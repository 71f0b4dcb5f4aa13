internal import GGUF
internal import Quantization

/// Writes a copy of a model with smaller weights.
///
/// Each block of weights gets the scale that a search for the least squared error finds; which tensor gets which format
/// is decided by the rules of llama.cpp, whose names the types have. The same file comes out on every machine, whatever
/// the number of threads.
public struct Quantizer: Sendable {
    /// The types' names: `q4_k_m`, `q8_0`, `f16`, ...
    public static let types = FileType.allCases.map(\.rawValue)

    /// 0: as many as this process may use (affinity, cgroup quota, physical cores, `SWIFTLET_NUM_THREADS`).
    public var threads = 0
    /// Also quantizes tensors that are quantized already, which adds the errors of both.
    public var allowsRequantizing = false
    /// Fills in ``QuantizedTensor/relativeError``, which takes a little longer.
    public var measuresError = false
    /// Weighs the errors of columns. The types of one and two bits, `iq3_xxs`, `iq3_xs` and `q2_k_s` need one.
    public var importance: ImportanceMatrix?
    /// The type's name, one of ``types``.
    public var typeName: String { type.rawValue }
    private let type: FileType

    /// - Parameter type: one of ``types``, or as llama-quantize has it: in upper case, `q3_k`, `q4_k` and `q5_k` for
    ///   `q3_k_m`, `q4_k_m` and `q5_k_m`, or a number.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument`, which lists the types.
    public init(_ type: String) throws(SwiftletError) {
        guard let known = FileType(spelled: type) else {
            throw SwiftletError(.invalidArgument, FileType.lack(of: type))
        }
        self.type = known
    }

    /// Reads the model at `input`, plain, split (any part) or compressed, and writes it quantized to `output`.
    ///
    /// The file appears under its name when it is complete: an error, or the end of the process, leaves what was there.
    /// A few megabytes are in memory at a time.
    ///
    /// - Parameter progress: is called after each piece; returns whether to continue.
    /// A tensor with weights that its type cannot hold gets a larger one, see ``QuantizedTensor/fallback``.
    ///
    /// - Returns: what became of each tensor, in the order of the file.
    /// - Throws: ``SwiftletError``: `file` when a file cannot be read or written; `model` for a tensor that cannot be
    ///   decoded, or that holds infinities or NaN; `invalidArgument` when `output` is the model itself, or the model is
    ///   quantized already and ``allowsRequantizing`` is off, or when ``importance`` is of another model or is needed and
    ///   missing; `outOfMemory`; `cancelled`.
    public func quantize(
        _ input: String, to output: String, progress: (QuantizationProgress) -> Bool = { _ in true }
    ) throws(SwiftletError) -> [QuantizedTensor] {
        guard !output.isEmpty else { throw SwiftletError(.invalidArgument, "the path of the output is empty") }
        try RuntimeOptions.check(threads: threads)
        let file: GGUFFile
        do throws(GGUFError) { file = try GGUFFile(path: input) } catch { throw SwiftletError(error) }
        do throws(QuantizationError) {
            let quantizer = try ModelQuantizer(
                file, to: type, allowsRequantizing: allowsRequantizing,
                importance: importance.map { ModelQuantizer.Importance($0.values, path: $0.path) })
            let total = quantizer.inputBytes
            let tensors = try quantizer.write(to: output, threads: threads, measuresError: measuresError) {
                progress(
                    QuantizationProgress(
                        tensor: file.tensors[$0].name, tensorIndex: $0, tensorCount: file.tensors.count,
                        bytesDone: $1, bytesInAll: total))
            }
            return tensors.map(QuantizedTensor.init)
        } catch {
            throw SwiftletError(error)
        }
    }
}

/// How far the quantization of a model is.
public struct QuantizationProgress: Sendable {
    /// The tensor that is being worked on.
    public let tensor: String
    /// Its place in the file, from 0.
    public let tensorIndex: Int
    /// How many there are.
    public let tensorCount: Int
    /// Bytes of the input's tensors that are done.
    public let bytesDone: Int
    /// Bytes of all the input's tensors.
    public let bytesInAll: Int
}

/// A tensor of the output, and its type before and after.
public struct QuantizedTensor: Sendable {
    /// Its name.
    public let name: String
    /// How it was stored, and how it is: `F16`, `Q4_K`, ... The same when it was copied.
    public let oldType: String, newType: String
    /// Bytes that it took, and that it takes.
    public let oldBytes: Int, newBytes: Int
    /// How many weights it has.
    public let elementCount: Int
    /// The root of the mean squared error over that of the mean squared weight; nil for a tensor that was copied, or
    /// unless ``Quantizer/measuresError`` is on.
    public let relativeError: Double?
    /// Why it has not the type that was chosen for it: weights too large or too small, and which. Nil where it has.
    public let fallback: String?

    init(_ tensor: ModelQuantizer.Tensor) {
        name = tensor.source.name
        oldType = tensor.source.type.name
        newType = tensor.type.name
        oldBytes = tensor.source.byteCount
        newBytes = tensor.byteCount
        elementCount = tensor.source.elementCount
        relativeError = tensor.relativeError
        fallback = tensor.fallback?.description
    }
}

extension SwiftletError {
    init(_ error: QuantizationError) {
        switch error {
        case .file(let error): self.init(error)
        case .quantized, .importance: self.init(.invalidArgument, "\(error)")
        case .undecodable, .notFinite, .beyondFloat32, .tensor: self.init(.model, "\(error)")
        case .interpreter(let error): self.init(error)
        case .cancelled: self.init(.cancelled, "cancelled")
        }
    }
}
