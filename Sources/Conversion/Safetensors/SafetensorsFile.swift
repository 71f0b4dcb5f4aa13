internal import GGUF

/// An open safetensors file, mapped.
package final class SafetensorsFile: Sendable {
    package let path: String
    /// In the file's order of bytes.
    package let tensors: [SafetensorsTensor]
    private let map: MappedFile

    /// - Throws: ``ConversionError/file(_:)`` and ``ConversionError/safetensors(_:path:)``.
    package init(path: String) throws(ConversionError) {
        let map: MappedFile
        do throws(GGUFError) { map = try MappedFile(path: path) } catch { throw .file(error) }
        do throws(SafetensorsError) {
            tensors = try SafetensorsHeader(map.bytes.octets).tensors
        } catch {
            throw .safetensors(error, path: path)
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
