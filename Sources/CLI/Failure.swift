import Conversion
import Foundation
import GGUF
import Hub
import Quantization
import Swiftlet

/// Why a command ended without doing its work, other than wrong usage.
enum Failure: Error {
    /// A problem and its place.
    case message(String)
    /// The user pressed Ctrl-C.
    case interrupted

    /// A system call failed on a file.
    ///
    /// - Parameter action: completes "cannot ...".
    static func system(_ action: String, _ path: String, _ code: CInt) -> Failure {
        let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        return .message("cannot \(action) \(path): \(reason)")
    }

    /// A failure of this package, nil for an error of the argument parser.
    init?(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as SwiftletError: self = error.code == .cancelled ? .interrupted : .message(error.message)
        case let error as ConversionError:
            if case .quantization(.cancelled) = error { self = .interrupted } else { self = .message("\(error)") }
        case let error as HubError: self = error == .cancelled ? .interrupted : .message("\(error)")
        case let error as GGUFError: self = .message("\(error)")
        default: return nil
        }
    }

    var exitCode: CInt {
        switch self {
        case .message: 1
        case .interrupted: 130
        }
    }

    /// The message for the user.
    var text: String {
        switch self {
        case .message(let text): text
        case .interrupted: "interrupted"
        }
    }

    func print() {
        guard case .message(let text) = self else { return }
        StandardStream.printError(text)
    }
}
