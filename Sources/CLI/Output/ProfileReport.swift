import Swiftlet

/// Where the time of `bench` went.
struct ProfileReport {
    /// For each kind of step its name in JSON and in the text.
    private let steps: [(key: String, name: String, profile: Profile)]

    init(prompt: Profile, decode: Profile) {
        steps = [("prompt", "a step of the prompt", prompt), ("decode", "a step of decoding", decode)]
    }

    init(texts: Profile) {
        steps = [("texts", "a step of texts", texts)]
    }

    init(speech: SpeechProfile) {
        steps = [("encoder", "a window of sound", speech.encoder), ("decoder", "a step of text", speech.decoder)]
    }

    var text: String { steps.map { text($0.profile, $0.name) }.joined(separator: "\n") }

    var json: JSON { .object(Dictionary(uniqueKeysWithValues: steps.map { ($0.key, json($0.profile)) })) }

    private func text(_ profile: Profile, _ name: String) -> String {
        var table = Table(
            ("operation", .left), ("weights", .left), ("format", .left), ("shape", .left), ("calls", .right),
            ("ms", .right), ("share", .right), ("waiting ms", .right), ("GB/s", .right), ("GMAC/s", .right))
        func add(_ seconds: Double) -> (String, String) {
            (Format.decimal(seconds * 1e3, 4), Format.decimal(seconds / max(profile.seconds, 1e-12) * 100, 1) + " %")
        }
        func rate(_ rate: Double?) -> String { rate.map { Format.decimal($0 / 1e9, 1) } ?? "" }
        for row in profile.rows {
            let (time, share) = add(row.seconds)
            table.append(
                row.operation, Format.visible(row.weights), row.format, row.shape, "\(row.calls)", time, share,
                Format.decimal(row.waitingSeconds * 1e3, 4), rate(row.bytesPerSecond), rate(row.multiplyAddsPerSecond))
        }
        for (operation, seconds) in [
            ("waiting for other threads", profile.waitingSeconds), ("start and end", profile.otherSeconds),
            ("all", profile.seconds),
        ] {
            let (time, share) = add(seconds)
            table.append(operation, "", "", "", "", time, share, "", "", "")
        }
        let tokens = Format.decimal(Double(profile.tokens) / Double(max(profile.steps, 1)), 0)
        return "\(name): \(Format.decimal(profile.seconds * 1e3, 3)) ms (mean of \(profile.steps), tokens in each: "
            + "\(tokens); ms are the mean of all threads, rates count waiting in)\n" + table.text(for: .output)
    }

    private func json(_ profile: Profile) -> JSON {
        .object([
            "steps": .int(profile.steps), "tokens": .int(profile.tokens),
            "milliseconds_per_step": .number(profile.seconds * 1e3),
            "waiting_milliseconds": .number(profile.waitingSeconds * 1e3),
            "other_milliseconds": .number(profile.otherSeconds * 1e3),
            "rows": .array(
                profile.rows.map { row in
                    .object([
                        "operation": .string(row.operation), "weights": .string(row.weights),
                        "format": .string(row.format), "shape": .string(row.shape), "calls": .int(row.calls),
                        "milliseconds": .number(row.seconds * 1e3),
                        "waiting_milliseconds": .number(row.waitingSeconds * 1e3), "bytes": .number(row.bytes),
                        "multiply_adds": .number(row.multiplyAdds),
                        "gb_per_second": row.bytesPerSecond.map { .number($0 / 1e9) } ?? .null,
                        "gmac_per_second": row.multiplyAddsPerSecond.map { .number($0 / 1e9) } ?? .null,
                    ])
                }),
        ])
    }
}
