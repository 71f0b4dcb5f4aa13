internal import CThreads

/// Whose turn it is with something that one thread uses at a time; see `swl_turn.h`.
@safe struct Turn: ~Copyable, @unchecked Sendable {  // the C type is made for several threads
    private let turn: OpaquePointer

    init() throws(Failure) {
        guard let turn = unsafe swl_turn_create() else { throw Failure(.outOfMemory, "no memory is left") }
        unsafe self.turn = turn
    }

    deinit {
        unsafe swl_turn_destroy(turn)
    }

    /// Runs `body` when no other thread does.
    ///
    /// - Throws: ``Failure`` with the status `busy` within `body`, `forked` when a fork cut another's short; what `body` throws.
    func wait<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        try check(unsafe swl_turn_take(turn))
        defer { unsafe swl_turn_end(turn) }
        return try body()
    }

    /// Runs `body` unless another thread does.
    ///
    /// - Throws: ``Failure`` with the status `busy` when one does, `forked` when a fork cut one short; what `body` throws.
    func claim<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        try check(unsafe swl_turn_try(turn))
        defer { unsafe swl_turn_end(turn) }
        return try body()
    }

    private func check(_ result: swl_turn_result) throws(Failure) {
        switch result {
        case SWL_TURN_TAKEN: return
        case SWL_TURN_OWN:
            throw Failure(.busy, "the handle is in use by the call that this callback belongs to")
        case SWL_TURN_FORKED:
            throw Failure(.forked, "a call was using the handle when this process was forked off: open another here")
        default: throw Failure(.busy, "another thread is using the handle: use one for each")
        }
    }
}
