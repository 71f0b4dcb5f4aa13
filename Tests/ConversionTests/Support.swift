import Conversion
import Foundation
import GGUF
import JSON
import Quantization
import TestSupport

/// A folder with a model, made for one test from one of `Fixtures/conversion`.
final class ModelFolderCopy: Sendable {
    let url: URL

    /// - Parameter name: of the fixture that is copied; nil for an empty folder.
    init(_ name: String?) throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("swiftlet-convert-\(UUID().uuidString)")
        guard let name else {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            return
        }
        try FileManager.default.copyItem(at: URL(fileURLWithPath: fixture(name)), to: url)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    var path: String { url.path }
    var output: String { path("out.gguf") }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    func write(_ bytes: some Sequence<UInt8>, as name: String) throws {
        try Data(bytes).write(to: url.appendingPathComponent(name))
    }

    func write(_ text: String, as name: String) throws { try write(text.utf8, as: name) }

    func remove(_ name: String) throws { try FileManager.default.removeItem(at: url.appendingPathComponent(name)) }

    func text(_ name: String) throws -> String {
        try String(contentsOf: url.appendingPathComponent(name), encoding: .utf8)
    }

    /// Replaces a part of a text file, which must have it.
    func replace(_ old: String, by new: String, in name: String) throws {
        let text = try text(name)
        guard text.contains(old) else { throw Missing(text: old) }
        try write(text.replacingOccurrences(of: old, with: new), as: name)
    }

    /// Converts it and opens the result.
    func converted(to type: FileType? = .f32, keepsHeads: Bool = true, threads: Int = 1) throws -> GGUFFile {
        // An open file is not replaced, and an earlier result may be open yet.
        try? FileManager.default.removeItem(atPath: output)
        let converter = try ModelConverter(folder: url.path, type: type, keepsHeads: keepsHeads)
        try converter.write(to: output, threads: threads) { _, _ in true }
        return try GGUFFile(path: output)
    }

    struct Missing: Error {
        let text: String
    }
}

func fixture(_ name: String) -> String { Fixtures.path("conversion/\(name)") }

extension GGUFFile {
    /// The values of an F32 tensor; none when there is no such tensor.
    func floats(_ name: String) -> [Float] {
        guard let tensor = tensor(named: name), tensor.type == .F32 else { return [] }
        return littleEndianFloats(bytes(of: tensor))
    }
}

/// Little-endian float32 numbers.
func littleEndianFloats(_ bytes: RawSpan) -> [Float] {
    stride(from: 0, to: bytes.byteCount, by: 4).map { start in
        Float(bitPattern: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt32.self))
    }
}

/// A safetensors file of a header and as many zeros.
func safetensors(_ header: String, dataBytes: Int = 0) -> [UInt8] {
    var bytes: [UInt8] = []
    UInt64(header.utf8.count).encode(into: &bytes)
    return bytes + Array(header.utf8) + [UInt8](repeating: 0, count: dataBytes)
}

/// Files as bytes.
enum TestBytes {
    static func read(_ path: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(fileURLWithPath: path))) }

    /// Replaces every occurrence of a text of the same length.
    static func replacing(_ old: String, by new: String, in bytes: [UInt8]) -> [UInt8] {
        let old = Array(old.utf8)
        let new = Array(new.utf8)
        precondition(old.count == new.count)
        var result = bytes
        var place = 0
        while place + old.count <= result.count {
            if result[place] == old[0], result[place..<place + old.count].elementsEqual(old) {
                result.replaceSubrange(place..<place + old.count, with: new)
            }
            place += 1
        }
        return result
    }
}
