internal import CHub

/// Sends GET requests and waits for their answers, over connections that it keeps. For one thread at a time.
@safe struct HTTPConnection: ~Copyable {
    /// How an answer ended that was not refused.
    enum Ending {
        case complete
        /// Another try may help.
        case interrupted(String)
    }

    struct Answer {
        var head = ResponseHead()
        var ending = Ending.complete
        /// The beginning of the body where the status is an error's.
        var errorText = ""
    }

    private let client: OpaquePointer
    private let stallSeconds: Int
    private let isCancelled: () -> Bool

    init(stallSeconds: Int, isCancelled: @escaping () -> Bool) throws(HubError) {
        guard let client = unsafe swl_http_open() else { throw .noHTTP }
        unsafe self.client = client
        self.stallSeconds = stallSeconds
        self.isCancelled = isCancelled
    }

    deinit { unsafe swl_http_close(client) }

    /// - Parameter fields: `Name: value` each.
    func get(_ address: WebAddress, fields: [String], into sink: any BodySink) throws(HubError) -> Answer {
        if isCancelled() { throw .cancelled }
        let exchange = Exchange(sink, url: address.textWithoutQuery, isCancelled: isCancelled)
        var message = [CChar](repeating: 0, count: Int(SWL_HTTP_MESSAGE_SIZE))
        var status = 0
        let end = unsafe Self.withCStrings(fields) { fields in
            unsafe address.text.withCString { url in
                var request = unsafe swl_http_request()
                unsafe request.url = url
                unsafe request.headers = fields.baseAddress
                unsafe request.header_count = fields.count
                unsafe request.stall_seconds = stallSeconds
                unsafe request.context = Unmanaged.passUnretained(exchange).toOpaque()
                unsafe request.take_header = { unsafe Exchange.of($0).takeHeader($1, $2) }
                unsafe request.take_body = { unsafe Exchange.of($0).takeBody($1, $2) }
                unsafe request.is_cancelled = { unsafe Exchange.of($0).isCancelled() ? 1 : 0 }
                return withExtendedLifetime(exchange) {
                    unsafe swl_http_get(client, &request, &status, &message)
                }
            }
        }
        if let error = exchange.error { throw error }
        if isCancelled() { throw .cancelled }
        let text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var answer = Answer(head: exchange.head)
        answer.errorText = String(decoding: exchange.errorBytes, as: UTF8.self)
        switch end {
        case SWL_HTTP_DONE, SWL_HTTP_STOPPED: break
        case SWL_HTTP_INTERRUPTED: answer.ending = .interrupted(text)
        default: throw .answer(url: address.textWithoutQuery, problem: text)
        }
        return answer
    }

    private static func withCStrings<Result>(
        _ texts: [String], _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let bytes = texts.map { Array($0.utf8CString) }
        let all = bytes.flatMap(\.self)
        return unsafe all.withUnsafeBufferPointer { all in
            var place = 0
            var pointers: [UnsafePointer<CChar>?] = unsafe []
            for text in bytes {
                unsafe pointers.append(all.baseAddress.map { unsafe $0 + place })
                place += text.count
            }
            return unsafe pointers.withUnsafeBufferPointer { unsafe body($0) }
        }
    }
}

/// What the callbacks of one request share.
private final class Exchange {
    private(set) var head = ResponseHead()
    private(set) var error: HubError?
    private(set) var errorBytes: [UInt8] = []
    let isCancelled: () -> Bool
    private let sink: any BodySink
    private let url: String
    private var headBytes = 0

    private static let headLimit = 1 << 18
    private static let errorLimit = 1 << 13

    init(_ sink: any BodySink, url: String, isCancelled: @escaping () -> Bool) {
        self.sink = sink
        self.url = url
        self.isCancelled = isCancelled
    }

    static func of(_ context: UnsafeMutableRawPointer?) -> Exchange {
        // The request's context is set above and is never nil.
        unsafe Unmanaged<Exchange>.fromOpaque(context.unsafelyUnwrapped).takeUnretainedValue()
    }

    func takeHeader(_ bytes: UnsafePointer<CChar>?, _ count: Int) -> CInt {
        headBytes += count
        guard headBytes <= Self.headLimit else {
            return fail(.answer(url: url, problem: "the answer's head is larger than \(Self.headLimit) bytes"))
        }
        let line = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
        unsafe head.append(String(decoding: line, as: UTF8.self))
        return 0
    }

    func takeBody(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        let bytes = unsafe UnsafeBufferPointer(start: bytes, count: count)
        guard head.hasContent else {
            unsafe errorBytes += bytes.prefix(Self.errorLimit - errorBytes.count)
            // What an error's page says stands at its beginning.
            return errorBytes.count < Self.errorLimit ? 0 : 1
        }
        if let encoding = head["content-encoding"], encoding.lowercased() != "identity" {
            return fail(.answer(url: url, problem: "the answer is compressed (\(encoding)), which nobody asked for"))
        }
        do throws(HubError) {
            unsafe try sink.take(Span(_unsafeElements: bytes), of: head)
            return 0
        } catch {
            return fail(error)
        }
    }

    private func fail(_ error: HubError) -> CInt {
        self.error = error
        return 1
    }
}
