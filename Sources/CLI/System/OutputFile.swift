import Foundation
import GGUF

/// The file that a command writes its result to: it appears when it is complete. Pipes and devices are written to directly.
final class OutputFile {
    private let file: PendingFile

    /// - Throws: `Failure` when the file cannot be created, or is one of those that are read.
    init(path: String) throws(Failure) {
        guard !path.isEmpty else { throw .message("the path of the output is empty") }
        do throws(GGUFError) { file = try PendingFile(path: path, takesPipes: true) } catch {
            throw Self.failure(error)
        }
    }

    func write(_ bytes: [UInt8]) throws(Failure) {
        do throws(GGUFError) { try file.write(unsafe bytes.span.bytes) } catch { throw Self.failure(error) }
    }

    /// Whether a person sees it.
    var isTerminal: Bool { file.isTerminal }

    /// Whether ``overwrite(_:at:)`` is possible: not for pipes.
    var isSeekable: Bool { file.isSeekable }

    /// Replaces bytes that were written.
    func overwrite(_ bytes: [UInt8], at offset: Int) throws(Failure) {
        do throws(GGUFError) { try file.overwrite(unsafe bytes.span.bytes, at: offset) } catch {
            throw Self.failure(error)
        }
    }

    /// Puts the file in its place; without this call nothing is left of it.
    func finish() throws(Failure) {
        do throws(GGUFError) { try file.finish() } catch { throw Self.failure(error) }
    }

    private static func failure(_ error: GGUFError) -> Failure {
        switch error {
        case .system(_, let path, let code): .system("write to", path, code)
        case .notWritable(let path, _): .system("write to", path, EISDIR)  // pipes and devices are written to
        default: .message("\(error)")
        }
    }
}
