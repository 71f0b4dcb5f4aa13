import Swiftlet

/// What `/set` shows and changes.
struct ChatSettings {
    private struct Setting {
        var name: String
        var read: (ChatSettings) -> String
        /// Returns whether the text is a value of it.
        var write: (inout ChatSettings, String) -> Bool
    }

    var generation: GenerationOptions
    var reasoning = AnswerPrinter.Reasoning.show
    var thinking: Bool?

    private static var settings: [Setting] {
        [
            Setting(
                name: "logit-bias", read: { TokenBias.text($0.generation.sampling.logitBias) },
                write: { settings, text in
                    guard let biases = TokenBias.biases(text) else { return false }
                    settings.generation.sampling.logitBias = biases
                    return true
                }),
            number("repeat-penalty", \.generation.sampling.repetitionPenalty),
            number("frequency-penalty", \.generation.sampling.frequencyPenalty),
            number("presence-penalty", \.generation.sampling.presencePenalty),
            number("repeat-last-n", \.generation.sampling.penaltyWindow),
            number("top-k", \.generation.sampling.topK),
            number("typical-p", \.generation.sampling.typicalP),
            number("top-p", \.generation.sampling.topP),
            number("min-p", \.generation.sampling.minP),
            number("temperature", \.generation.sampling.temperature),
            optional("seed", \.generation.sampling.seed),
            number("min-tokens", \.generation.minTokens),
            optional("max-tokens", \.generation.maxTokens),
            Setting(
                name: "reasoning", read: { $0.reasoning.rawValue },
                write: { settings, text in
                    guard let value = AnswerPrinter.Reasoning(rawValue: text) else { return false }
                    settings.reasoning = value
                    return true
                }),
            Setting(
                name: "thinking", read: { $0.thinking.map { $0 ? "on" : "off" } ?? "auto" },
                write: { settings, text in
                    guard let value = ["auto": Bool?.none, "on": true, "off": false][text] else { return false }
                    settings.thinking = value
                    return true
                }),
        ]
    }

    static var names: [String] { settings.map(\.name) }

    /// The settings, those for the choice of a token in the order in which they work.
    func table(for stream: StandardStream) -> String {
        var table = Table(("setting", .left), ("value", .left))
        for setting in Self.settings { table.append(setting.name, setting.read(self)) }
        return table.text(for: stream)
    }

    /// - Throws: `Failure` for an unknown name or value; nothing has then changed.
    mutating func set(_ name: String, _ value: String) throws(Failure) {
        guard let setting = Self.settings.first(where: { $0.name == name }) else {
            throw .message("there is no setting '\(name)': use one of \(Self.names.joined(separator: ", "))")
        }
        var changed = self
        guard setting.write(&changed, value), changed.generation.minTokens >= 0 else {
            throw .message("'\(value)' is no value for \(name)")
        }
        do throws(SwiftletError) {
            _ = try Sampler(changed.generation.sampling)
        } catch {
            throw .message(error.message)
        }
        self = changed
    }

    private static func number<Value: LosslessStringConvertible>(
        _ name: String, _ path: WritableKeyPath<ChatSettings, Value>
    ) -> Setting {
        Setting(
            name: name, read: { "\($0[keyPath: path])" },
            write: { settings, text in
                guard let value = Value(text) else { return false }
                settings[keyPath: path] = value
                return true
            })
    }

    private static func optional<Value: LosslessStringConvertible>(
        _ name: String, _ path: WritableKeyPath<ChatSettings, Value?>
    ) -> Setting {
        Setting(
            name: name, read: { $0[keyPath: path].map { "\($0)" } ?? "auto" },
            write: { settings, text in
                guard let value = Value(text) else {
                    settings[keyPath: path] = nil
                    return text == "auto"
                }
                settings[keyPath: path] = value
                return true
            })
    }
}
