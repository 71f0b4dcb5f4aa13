package import GGUF
package import Quantization
internal import WhisperFiles

/// Makes a GGUF file of one of whisper.cpp's (`ggml-*.bin`): the same tensors, aligned, with vocabulary and mel filters.
package struct WhisperConverter {
    private let file: GGUFFile
    private let quantizer: ModelQuantizer

    /// Whether the path is a file of whisper.cpp's.
    package static func reads(_ path: String) throws(ConversionError) -> Bool {
        do throws(GGUFError) {
            return try WhisperFile.isOne(path: path)
        } catch {
            if case .notRegularFile = error { return false }
            throw .file(error)
        }
    }

    /// Reads everything but the weights.
    ///
    /// - Parameter type: nil keeps every tensor as it is stored.
    /// - Throws: ``ConversionError``.
    package init(path: String, type: FileType?) throws(ConversionError) {
        do throws(GGUFError) { file = try WhisperFile.open(path: path) } catch { throw .file(error) }
        do throws(QuantizationError) {
            quantizer = try ModelQuantizer(file, to: type, allowsRequantizing: false)
        } catch {
            throw .quantization(error)
        }
    }

    /// The tensors as they are stored, in order.
    package var tensors: [TensorInfo] { file.tensors }

    /// Bytes of the stored tensors.
    package var inputBytes: Int { quantizer.inputBytes }

    /// Writes the model file, which appears at `path` when it is complete.
    ///
    /// - Parameters:
    ///   - threads: 0: as many as this process may use.
    ///   - progress: gets a tensor's index, and how many of ``inputBytes`` are done; returns whether to go on.
    /// - Returns: what became of each tensor.
    package func write(
        to path: String, threads: Int, progress: (_ tensor: Int, _ done: Int) -> Bool
    ) throws(ConversionError) -> [ModelQuantizer.Tensor] {
        do throws(QuantizationError) {
            return try quantizer.write(to: path, threads: threads, measuresError: false, progress: progress)
        } catch {
            throw .quantization(error)
        }
    }
}
