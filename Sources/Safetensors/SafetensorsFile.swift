package import GGUF

/// Why a safetensors file was not opened.
package enum SafetensorsFileError: Error, CustomStringConvertible {
    /// Opening it failed.
    case file(GGUFError)
    case contents(SafetensorsError, path: String)

    package var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .contents(let error, let path): "\(path): \(error)"
        }
    }
}

/// An open safetensors file, mapped.
package final class SafetensorsFile: Sendable {
    package let path: String
    /// In the file's order of bytes.
    package let tensors: [SafetensorsTensor]
    private let map: MappedFile

    package init(path: String) throws(SafetensorsFileError) {
        let map: MappedFile
        do throws(GGUFError) { map = try MappedFile(path: path) } catch { throw .file(error) }
        do throws(SafetensorsError) {
            tensors = try SafetensorsHeader(map.bytes.octets).tensors
        } catch {
            throw .contents(error, path: path)
        }
        self.path = path
        self.map = map
    }

    /// The bytes of one of ``tensors``.
    @_lifetime(borrow self)
    package func bytes(of tensor: SafetensorsTensor) -> RawSpan {
        // The compiler cannot see that a map in a `let` of a class lives as long as the object.
        let span = unsafe RawSpan(_unsafeBytes: map.buffer).extracting(tensor.bytes)
        return unsafe _overrideLifetime(span, borrowing: self)
    }
}
