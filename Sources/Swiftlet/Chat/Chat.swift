// The C library leaves tasks out, and the runtime that they need.
#if !SWIFTLET_WITHOUT_TASKS
    internal import Synchronization

    /// A conversation whose answers come as asynchronous sequences. Any thread and task may use it; answers queue up.
    public final class Chat: Sendable {
        private let session: Mutex<ChatSession>
        private let cancellation: SessionCancellation
        private let begun = Mutex(0)
        /// The number of the answer that is being generated: a cancellation must not meet the one after it.
        private let running = Mutex<Int?>(nil)

        /// Takes a conversation over.
        public init(_ session: consuming sending ChatSession) {
            cancellation = session.cancellation
            self.session = Mutex(session)
        }

        /// The conversation so far; waits for an answer that is being generated.
        public var messages: [ChatMessage] { session.withLock { $0.messages } }

        /// Adds a message of the user; the pieces of the answer come as they are generated.
        ///
        /// Ending the iteration early, or cancelling its task, cancels the answer; what came of it stays in the conversation.
        public func respond(to content: String) -> AsyncThrowingStream<String, any Error> {
            stream { session, yield throws(SwiftletError) in
                _ = try session.respond(to: content) { text in
                    yield(text)
                    return !Task.isCancelled
                }
            }
        }

        /// Adds a message of the user, unless it is nil; the content, the reasoning and the calls of the answer come apart, as
        /// they are generated. Ending the iteration is as in ``respond(to:)``.
        public func answer(to content: String?) -> AsyncThrowingStream<ChatEvent, any Error> {
            stream { session, yield throws(SwiftletError) in
                _ = try session.answer(to: content) { event in
                    yield(event)
                    return !Task.isCancelled
                }
            }
        }

        private typealias Body<Element> =
            @Sendable (
                inout ChatSession, _ yield: (Element) -> Void
            ) throws(SwiftletError) -> Void

        private func stream<Element: Sendable>(
            _ body: @escaping Body<Element>
        ) -> AsyncThrowingStream<Element, any Error> {
            AsyncThrowingStream { continuation in
                let number = begun.withLock {
                    $0 += 1
                    return $0
                }
                let task = Task.detached {
                    do throws(SwiftletError) {
                        try self.generate(number: number) { session throws(SwiftletError) in
                            try body(&session) { continuation.yield($0) }
                        }
                        continuation.finish()
                    } catch {
                        continuation.finish(throwing: error)
                    }
                }
                continuation.onTermination = { ending in
                    guard case .cancelled = ending else { return }
                    task.cancel()
                    self.running.withLock { if $0 == number { self.cancellation.cancel() } }
                }
            }
        }

        private func generate(
            number: Int, _ body: (inout ChatSession) throws(SwiftletError) -> Void
        ) throws(SwiftletError) {
            let result: Result<Void, SwiftletError> = session.withLock { session in
                running.withLock { $0 = number }
                defer {
                    running.withLock { $0 = nil }
                    cancellation.reset()
                }
                guard !Task.isCancelled else { return .success(()) }
                do throws(SwiftletError) {
                    try body(&session)
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
            try result.get()
        }
    }
#endif
