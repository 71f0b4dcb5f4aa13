/// The result of `bench --speech`.
struct SpeechReport {
    let model: String
    let threads: Int
    let instructionSet: String
    let runs: Int
    let openMilliseconds: Double
    /// A whole window through the encoder.
    let windowSeconds: Double
    /// A token through the decoder.
    let stepSeconds: Double
    let soundSeconds: Double
    /// For the whole file.
    let fileSeconds: Double
    /// Of its text, with times.
    let tokens: Int

    private var realTimeFactor: Double { soundSeconds > 0 ? fileSeconds / soundSeconds : 0 }

    var text: String {
        var table = Table(("measured", .left), ("value", .right), ("unit", .left))
        table.append("encoder", Format.decimal(windowSeconds * 1e3, 2), "ms a window (median of \(runs))")
        table.append("decoder", Format.decimal(stepSeconds * 1e3, 3), "ms a token (median of \(runs))")
        table.append(
            "whole file", Format.decimal(fileSeconds, 3),
            "s for \(Format.decimal(soundSeconds, 1)) s of sound, \(Format.count(tokens)) tokens (median of \(runs))")
        table.append("real-time factor", Format.decimal(realTimeFactor, 4), "")
        table.append("open", Format.decimal(openMilliseconds, 2), "ms")
        return "\(Format.visible(model)), threads: \(threads), instruction set: \(instructionSet)\n\n"
            + table.text(for: .output)
    }

    func json(profile: JSON?) -> JSON {
        .object([
            "model": .string(model), "threads": .int(threads), "instruction_set": .string(instructionSet),
            "repeat": .int(runs), "open_milliseconds": .number(openMilliseconds),
            "encoder_milliseconds": .number(windowSeconds * 1e3), "decoder_milliseconds": .number(stepSeconds * 1e3),
            "file_seconds": .number(fileSeconds), "sound_seconds": .number(soundSeconds), "tokens": .int(tokens),
            "real_time_factor": .number(realTimeFactor), "profile": profile ?? .null,
        ])
    }
}
