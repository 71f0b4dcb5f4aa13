internal import Safetensors

extension SafetensorsFile {
    /// Opens a file of a model to convert.
    ///
    /// - Throws: ``ConversionError/file(_:)`` and ``ConversionError/safetensors(_:path:)``.
    static func opened(_ path: String) throws(ConversionError) -> SafetensorsFile {
        do throws(SafetensorsFileError) {
            return try SafetensorsFile(path: path)
        } catch {
            switch error {
            case .file(let error): throw .file(error)
            case .contents(let error, let path): throw .safetensors(error, path: path)
            }
        }
    }
}
