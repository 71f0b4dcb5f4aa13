internal import CThreads
internal import Tensors

/// Lets one thread at a time use something, however long that takes; see `swl_turn.h`.
@safe package struct Turn: ~Copyable, @unchecked Sendable {  // the C type is made for several threads
    /// Why the turn cannot be had.
    package enum Refusal: Error {
        /// The calling thread has it already.
        case own
        /// A thread of the process that this one was forked off had it.
        case forked
    }

    private let turn: OpaquePointer

    /// - Throws: `tensors(.outOfMemory)`.
    package init() throws(InterpreterError) {
        guard let turn = unsafe swl_turn_create() else { throw .tensors(.outOfMemory(bytes: 0)) }
        unsafe self.turn = turn
    }

    deinit {
        unsafe swl_turn_destroy(turn)
    }

    /// Waits until no other thread has the turn, and takes it.
    package func take() throws(Refusal) {
        switch unsafe swl_turn_take(turn) {
        case SWL_TURN_OWN: throw .own
        case SWL_TURN_FORKED: throw .forked
        default: return
        }
    }

    /// Ends the turn that this thread took.
    package func end() { unsafe swl_turn_end(turn) }
}
