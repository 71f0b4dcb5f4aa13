import Templates
import TestSupport

/// Random JSON, within bounds, for templates to be rendered with.
struct RandomContext {
    private static let texts = [
        "", "a", "Hello é🙂", "<|im_end|>", "{{ x }}", "{% for", "\u{0}\u{1}", "\n\n  ", "-7", "1e400", "user",
        "assistant",
        "A\u{301}\u{300}ß", "\u{202E}abc", "0x1F", "true", "\\u0041", "\"quoted\"",
    ]
    private static let names = ["a", "items", "keys", "role", "content", "", "é", "tool_calls", "0", "l"]
    private static let integers = [0, 1, -1, 7, 255, 65_536, .max, .min]
    private static let numbers = [0, -0.0, 1.5, -2.25, 1e300, 1e-300, .infinity, .nan]

    private var random: SeededRandom
    /// Values that may still be made.
    private var left = 0

    init(seed: Int) { random = SeededRandom(seed: seed) }

    /// Values of any kind for the names given, at most 60 in all.
    mutating func next(_ names: [String]) -> [String: TemplateValue] {
        left = 60
        var context: [String: TemplateValue] = [:]
        for name in names where random.chance(0.9) { context[name] = value(depth: 0) }
        return context
    }

    private mutating func value(depth: Int) -> TemplateValue {
        left -= 1
        switch random.below(depth < 5 && left > 0 ? 10 : 7) {
        case 0: return .none
        case 1: return .bool(random.chance(0.5))
        case 2: return .int(random.chance(0.5) ? random.pick(Self.integers) : random.below(200) - 100)
        case 3: return .float(random.pick(Self.numbers))
        case 4: return .string(text())
        case 5: return .trusted(random.pick(Self.texts))
        case 6: return .string(random.pick(Self.texts))
        case 7: return .list((0..<random.below(6)).map { _ in value(depth: depth + 1) })
        default:
            return .dictionary(
                (0..<random.below(5)).map { _ in
                    TemplateValue.Entry(random.pick(Self.names), value(depth: depth + 1))
                })
        }
    }

    private mutating func text() -> String {
        (0..<random.below(5)).map { _ in random.pick(Self.texts) }.joined(separator: random.pick(["", " ", ","]))
    }
}
