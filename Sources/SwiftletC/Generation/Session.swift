// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CSwiftlet
internal import Swiftlet

/// A session that one thread uses at a time.
final class SessionObject: Handle, @unchecked Sendable {  // whoever has the turn uses the session and the sampler
    static var kind: HandleKind { .session }
    let model: Model
    private let turn: Turn
    private var session: Session
    private var sampler: Sampler

    init(_ model: Model, _ options: SessionOptions) throws(Failure) {
        turn = try Turn()
        (sampler, self.model) = try Failure.translating { () throws(SwiftletError) in
            (try Sampler(SamplingOptions().suppressing(model.suppressedTokens)), model)
        }
        session = try Failure.translating { () throws(SwiftletError) in try Session(model, options) }
    }

    /// - Throws: ``Failure`` with the status `busy` while another thread uses it; what `body` throws.
    func use<Result>(_ body: (inout Session) throws(Failure) -> Result) throws(Failure) -> Result {
        try turn.claim { () throws(Failure) in try body(&session) }
    }

    func setSampling(_ options: SamplingOptions) throws(Failure) {
        try turn.claim { () throws(Failure) in
            sampler = try Failure.translating { () throws(SwiftletError) in
                try Sampler(options.suppressing(model.suppressedTokens))
            }
        }
    }

    func sample() throws(Failure) -> Token {
        try turn.claim { () throws(Failure) in
            guard let token = session.withLogits({ sampler.sample($0, after: session.tokens) }) else {
                throw Self.noLogits
            }
            return token
        }
    }

    static var noLogits: Failure { Failure(.notFound, "there are no logits: take in a token first") }
}

extension SessionOptions {
    /// - Parameter place: the argument's name.
    init(_ pointer: UnsafePointer<swiftlet_session_options>?, _ place: String) throws(Failure) {
        let options = try unsafe swiftlet_session_options.read(pointer, place)
        self.init()
        threads = unsafe Int(options.threads)
        contextLength = try size(unsafe options.context_length, "\(place).context_length")
        cacheType = try CacheType(choice: unsafe options.cache_type, "\(place).cache_type")
        if unsafe options.step_tokens > 0 { stepTokens = unsafe Int(options.step_tokens) }
        instructionSet = try unsafe Text.optional(options.instruction_set, "\(place).instruction_set")
        adapters = try unsafe scaledAdapters(
            options.adapters, options.adapter_scales, options.adapter_count, "\(place).adapters")
    }
}

extension SessionOptions.CacheType {
    /// Nil for the default.
    init?(choice value: UInt32, _ place: String) throws(Failure) {
        switch Int(value) {
        case SWIFTLET_CACHE_DEFAULT: return nil
        case SWIFTLET_CACHE_F32: self = .f32
        case SWIFTLET_CACHE_F16: self = .f16
        case SWIFTLET_CACHE_Q8_0: self = .q8_0
        default: throw Failure(.argument, "\(place) is \(value): use 0 to 3", place: place)
        }
    }

    var number: UInt32 {
        switch self {
        case .f32: UInt32(SWIFTLET_CACHE_F32)
        case .f16: UInt32(SWIFTLET_CACHE_F16)
        case .q8_0: UInt32(SWIFTLET_CACHE_Q8_0)
        }
    }
}

@c @implementation
public func swiftlet_session_open(
    _ model: OpaquePointer?, _ options: UnsafePointer<swiftlet_session_options>?,
    _ out: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let model = try unsafe ModelObject.of(model).text
        try unsafe SessionObject(model, SessionOptions(options, "options")).give(out)
    }
}

@c @implementation
public func swiftlet_session_release(_ session: OpaquePointer?) { unsafe SessionObject.release(session) }

@c @implementation
public func swiftlet_session_get_info(
    _ session: OpaquePointer?, _ info: UnsafeMutablePointer<swiftlet_session_info>?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let found = try unsafe SessionObject.of(session).use { session throws(Failure) in
            var info = swiftlet_session_info()
            info.threads = UInt32(session.threadCount)
            info.position = UInt64(session.position)
            info.context_length = UInt64(session.contextLength)
            info.vocabulary_size = UInt64(session.model.vocabularySize)
            info.cache_bytes = UInt64(session.cacheByteCount)
            info.cache_type = session.cacheType.number
            info.has_logits = session.withLogits { _ in true } == true ? 1 : 0
            copy(session.instructionSet, to: &info.instruction_set)
            return info
        }
        try unsafe found.write(info, "info")
    }
}

@c @implementation
public func swiftlet_session_tokens(
    _ session: OpaquePointer?, _ tokens: UnsafeMutablePointer<Int32>?, _ capacity: Int,
    _ needed: UnsafeMutablePointer<Int>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let session = try unsafe SessionObject.of(session)
        let output = try unsafe Output(tokens, capacity, needed, "tokens")
        try output.write(session.use { session throws(Failure) in session.tokens })
    }
}

@c @implementation
public func swiftlet_session_prefill(
    _ session: OpaquePointer?, _ tokens: UnsafePointer<Int32>?, _ count: Int, _ cancellation: OpaquePointer?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let session = try unsafe SessionObject.of(session)
        let tokens = try unsafe SwiftletC.tokens(tokens, count, vocabularySize: session.model.vocabularySize)
        try session.use { session throws(Failure) in
            try unsafe CancellationObject.run(cancellation, session.cancellation) { () throws(Failure) in
                try Failure.translating { () throws(SwiftletError) in try session.append(tokens) }
            }
        }
    }
}

@c @implementation
public func swiftlet_session_step(
    _ session: OpaquePointer?, _ token: Int32, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let session = try unsafe SessionObject.of(session)
        guard token >= 0, Int(token) < session.model.vocabularySize else {
            throw Failure(
                .argument, "token \(token) is none of the vocabulary's 0 to \(session.model.vocabularySize - 1)",
                place: "token")
        }
        try session.use { session throws(Failure) in
            try Failure.translating { () throws(SwiftletError) in try session.append([token]) }
        }
    }
}

@c @implementation
public func swiftlet_session_logits(
    _ session: OpaquePointer?, _ logits: UnsafeMutablePointer<Float>?, _ capacity: Int,
    _ needed: UnsafeMutablePointer<Int>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let session = try unsafe SessionObject.of(session)
        let output = try unsafe Output(logits, capacity, needed, "logits")
        try session.use { session throws(Failure) in
            let isThere = try session.withLogits { row throws(Failure) in
                if let room = try unsafe output.room(row.count) {
                    for index in row.indices { unsafe room[index] = row[index] }
                }
                return true
            }
            guard isThere == true else { throw SessionObject.noLogits }
        }
    }
}

@c @implementation
public func swiftlet_session_set_sampling(
    _ session: OpaquePointer?, _ options: UnsafePointer<swiftlet_sampling_options>?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let session = try unsafe SessionObject.of(session)
        try session.setSampling(unsafe SamplingOptions(options, for: session.model, "options"))
    }
}

@c @implementation
public func swiftlet_session_sample(
    _ session: OpaquePointer?, _ token: UnsafeMutablePointer<Int32>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let session = try unsafe SessionObject.of(session)
        guard let token = unsafe token else { throw Failure(.argument, "token is NULL", place: "token") }
        unsafe token.pointee = try session.sample()
    }
}

@c @implementation
public func swiftlet_session_rewind(
    _ session: OpaquePointer?, _ position: UInt64, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        try unsafe SessionObject.of(session).use { session throws(Failure) in
            guard let position = Int(exactly: position), position <= session.position else {
                throw Failure(
                    .argument, "the session holds \(session.position) tokens: it cannot go back to \(position)",
                    place: "position")
            }
            session.rewind(to: position)
        }
    }
}
