import NIOCore
import NIOHTTPTypes
import Synchronization

/// Tells when a client closes its connection, and closes those of clients that do not read what they asked for, or go on
/// sending what was refused.
final class ConnectionMonitor: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    private struct State {
        var isClosed = false
        var next = 0
        var actions: [Int: @Sendable () -> Void] = [:]
        /// Closes the connection when it comes, unless the client reads on before.
        var stall: Scheduled<Void>?
        /// Bytes that a client whose request was refused may still send; nil: it was not.
        var rest: Int?
    }

    /// Most clients send all before they read that it was refused.
    private static let maxRest = 64 << 20

    private let state = Mutex(State())
    private let patience: TimeAmount

    /// - Parameter patience: how long a client may read nothing while there is more for it.
    init(patience: TimeAmount = .seconds(30)) {
        self.patience = patience
    }

    /// Has `action` called once when the client closes the connection; at once if it has.
    func add(_ action: @escaping @Sendable () -> Void) -> Int {
        let (number, isClosed) = state.withLock { state in
            state.next += 1
            if !state.isClosed { state.actions[state.next] = action }
            return (state.next, state.isClosed)
        }
        if isClosed { action() }
        return number
    }

    func remove(_ number: Int) {
        state.withLock { _ = $0.actions.removeValue(forKey: number) }
    }

    /// Closes the connection once the client has sent much more than what it is told by the answer on its way.
    func refuse() { state.withLock { $0.rest = Self.maxRest } }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .body(let buffer) = unwrapInboundIn(data) {
            let isTooMuch = state.withLock { state in
                guard let rest = state.rest else { return false }
                state.rest = max(0, rest - buffer.readableBytes)
                return rest <= buffer.readableBytes
            }
            if isTooMuch { return context.close(promise: nil) }
        }
        context.fireChannelRead(data)
    }

    private func close() {
        let actions = state.withLock { state in
            state.isClosed = true
            state.stall?.cancel()
            state.stall = nil
            defer { state.actions = [:] }
            return Array(state.actions.values)
        }
        for action in actions { action() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        close()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A connection that was reset, or sent what is no HTTP.
        if !context.channel.isActive { close() }
        context.fireErrorCaught(error)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Clients do not close their half and wait on: who does is gone.
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { close() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let channel = context.channel
        state.withLock { state in
            state.stall?.cancel()
            state.stall =
                channel.isWritable
                ? nil : channel.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
        }
        context.fireChannelWritabilityChanged()
    }
}
