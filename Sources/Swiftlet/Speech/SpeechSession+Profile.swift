internal import Interpreter
internal import Tensors

/// Where a session's time went.
public struct SpeechProfile: Sendable {
    /// Of the windows of sound; its tokens are positions.
    public let encoder: Profile
    /// Of the steps of text.
    public let decoder: Profile
}

extension SpeechSession {
    /// Measures what comes by operation, which makes each step slower by some microseconds.
    public mutating func startProfile() {
        core.encoder.startTiming()
        core.decoder.startTiming()
    }

    /// Stops profiling; returns the profile since ``startProfile()``, empty if there was none.
    public mutating func endProfile() -> SpeechProfile {
        let formats = (core.encoder.store.format, core.decoder.store.format)
        let programs = (core.encoder.program, core.decoder.program)
        return SpeechProfile(
            encoder: Profile(core.encoder.endTiming(), programs.0, formats.0, crossCache: formats.0),
            decoder: Profile(core.decoder.endTiming(), programs.1, formats.1, crossCache: formats.0))
    }
}
