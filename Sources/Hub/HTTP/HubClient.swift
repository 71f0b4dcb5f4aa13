#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Asks the hub: with the token where it belongs, along redirects, again where that may help.
struct HubClient: ~Copyable {
    let settings: HubSettings
    private let connection: HTTPConnection
    private let observer: PullObserver

    private static let maxRedirects = 8

    init(_ settings: HubSettings, _ observer: PullObserver) throws(HubError) {
        self.settings = settings
        self.observer = observer
        connection = try HTTPConnection(
            stallSeconds: settings.stallSeconds, isCancelled: { observer.isCancelled })
    }

    /// An address on the endpoint.
    ///
    /// - Parameter target: without the first slash, escaped.
    func address(_ target: String) throws(HubError) -> WebAddress {
        let base = settings.endpoint.text
        return try WebAddress(base.hasSuffix("/") ? base + target : "\(base)/\(target)")
    }

    /// One try along redirects.
    ///
    /// The token goes to the endpoint's server only, also when a redirect leads back to it; http leads nowhere but from
    /// this machine to this machine.
    func get(
        _ address: WebAddress, fields: [String], into sink: any BodySink
    ) throws(HubError) -> HTTPConnection.Answer {
        var address = address
        for _ in 0...Self.maxRedirects {
            guard address.scheme == "https" || address.isLoopback && settings.endpoint.isLoopback else {
                throw .address(url: address.textWithoutQuery, problem: "it is not https")
            }
            var all = fields + ["User-Agent: swiftlet"]
            if let token = settings.token, address.hasOrigin(of: settings.endpoint) {
                all.append("Authorization: Bearer \(token)")
            }
            let answer = try connection.get(address, fields: all, into: sink)
            guard answer.head.isRedirect, case .complete = answer.ending else { return answer }
            guard let location = answer.head["location"] else {
                throw .answer(url: address.textWithoutQuery, problem: "a redirect without an address")
            }
            address = try address.resolving(location)
        }
        throw .answer(url: address.textWithoutQuery, problem: "more than \(Self.maxRedirects) redirects")
    }

    /// The whole body of an answer, tried again where that may help.
    func text(at address: WebAddress, limit: Int) throws(HubError) -> (head: ResponseHead, bytes: [UInt8]) {
        var retry = Retry(settings)
        while true {
            let sink = TextSink(limit: limit, url: address.textWithoutQuery)
            let answer = try get(address, fields: ["Accept: application/json"], into: sink)
            if case .complete = answer.ending, answer.head.hasContent { return (answer.head, sink.bytes) }
            try wait(&retry, answer, address)
        }
    }

    /// Waits before the next try.
    ///
    /// - Throws: what is wrong, where another try does not help or there were enough.
    func wait(_ retry: inout Retry, _ answer: HTTPConnection.Answer, _ address: WebAddress) throws(HubError) {
        let reason: String
        if case .interrupted(let problem) = answer.ending {
            reason = problem
        } else if Retry.mayHelp(answer.head.status) {
            reason = "the server answers \(answer.head.status)"
        } else {
            throw Refusal.error(answer, at: address, hasToken: settings.token != nil)
        }
        guard let seconds = retry.next(after: answer.head["retry-after"]) else {
            guard case .complete = answer.ending else {
                throw .unreachable(host: address.host, problem: reason, tries: settings.maxTries)
            }
            throw Refusal.error(answer, at: address, hasToken: settings.token != nil)
        }
        observer.take(.retrying(reason: reason.visible, seconds: seconds))
        try observer.sleep(seconds)
    }
}
