/// A sequence that is closed when nobody holds it any more.
final class OwnedSequence: Sendable {
    let engine: Engine
    let sequence: EngineSequence

    init(_ engine: Engine) throws(SwiftletError) {
        sequence = try engine.open()
        self.engine = engine
    }

    deinit {
        // Fails only in a forked child whose parent was in a step, where the engine is lost anyway.
        try? engine.close(sequence)
    }
}
