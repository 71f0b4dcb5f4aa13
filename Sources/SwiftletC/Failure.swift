internal import CSwiftlet
internal import Swiftlet

/// Why a call fails.
struct Failure: Error {
    /// The header's error codes.
    enum Code {
        case argument, handle, utf8, buffer, busy, forked, cancelled, file, model, tokenizer, contextFull, outOfMemory
        case notFound

        var status: swiftlet_status {
            let status =
                switch self {
                case .argument: SWIFTLET_ERROR_ARGUMENT
                case .handle: SWIFTLET_ERROR_HANDLE
                case .utf8: SWIFTLET_ERROR_UTF8
                case .buffer: SWIFTLET_ERROR_BUFFER
                case .busy: SWIFTLET_ERROR_BUSY
                case .forked: SWIFTLET_ERROR_FORKED
                case .cancelled: SWIFTLET_ERROR_CANCELLED
                case .file: SWIFTLET_ERROR_FILE
                case .model: SWIFTLET_ERROR_MODEL
                case .tokenizer: SWIFTLET_ERROR_TOKENIZER
                case .contextFull: SWIFTLET_ERROR_CONTEXT_FULL
                case .outOfMemory: SWIFTLET_ERROR_OUT_OF_MEMORY
                case .notFound: SWIFTLET_ERROR_NOT_FOUND
                }
            return swiftlet_status(status)
        }
    }

    let code: Code
    let message: String
    /// An argument or a file; empty where that is not known.
    let place: String
    /// Which text, token, sample or byte; -1 where that is not known.
    let index: Int

    init(_ code: Code, _ message: String, place: String = "", index: Int = -1) {
        self.code = code
        self.message = message
        self.place = place
        self.index = index
    }

    init(_ error: SwiftletError) {
        let code: Code =
            switch error.code {
            case .file: .file
            case .model: .model
            case .tokenizer: .tokenizer
            case .invalidArgument, .indexMismatch: .argument
            case .contextFull: .contextFull
            case .outOfMemory: .outOfMemory
            case .cancelled: .cancelled
            }
        self.init(code, error.message, place: error.path ?? "", index: error.text ?? error.offset ?? -1)
    }

    /// Runs something of Swift's.
    static func translating<Result: ~Copyable>(
        _ body: () throws(SwiftletError) -> Result
    ) throws(Failure) -> Result {
        do throws(SwiftletError) { return try body() } catch { throw Failure(error) }
    }
}

extension Failure {
    /// Runs something of Swift's on some of the caller's texts, from number `first` on.
    static func translating<Result: ~Copyable>(
        textsFrom first: Int, _ body: () throws(SwiftletError) -> Result
    ) throws(Failure) -> Result {
        do throws(SwiftletError) { return try body() } catch {
            guard let text = error.text else { throw Failure(error) }
            let message = first == 0 ? error.message : "\(error.message) (of those from text \(first + 1) on)"
            throw Failure(Failure(error).code, message, place: "texts", index: first + text)
        }
    }
}

/// Runs the body of a function of the header.
///
/// - Parameter out: the caller's place for an error, or NULL; set in any case.
func attempt(
    _ out: UnsafeMutablePointer<OpaquePointer?>?, _ body: () throws(Failure) -> Void
) -> swiftlet_status {
    unsafe out?.pointee = nil
    do throws(Failure) {
        try body()
        return swiftlet_status(SWIFTLET_OK)
    } catch {
        if error.code == .handle { Log.warn("handle", error.message) }
        if let out = unsafe out { unsafe out.pointee = try? ErrorObject(error).makeHandle() }
        return error.code.status
    }
}
