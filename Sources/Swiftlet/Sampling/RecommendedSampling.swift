internal import GGUF

extension Model {
    /// How the file's makers recommend to choose tokens: its `general.sampling.*` values over the defaults.
    ///
    /// Read are `temp`, `top_k`, `top_p`, `min_p`, `penalty_last_n`, `penalty_repeat` and `sequence`, which names the steps
    /// that there are to be, in order (ggml-org/llama.cpp `llama_model_meta_key`). What this library cannot do as recommended
    /// is an error rather than another kind of text: `mirostat`, `xtc_probability` above 0, steps in another order.
    ///
    /// - Throws: ``SwiftletError`` with the code `model` that names the key. The model can be used all the same, with options
    ///   of the caller's own.
    public func recommendedSampling() throws(SwiftletError) -> SamplingOptions {
        var options = SamplingOptions()
        do throws(GGUFError) {
            // llama.cpp takes any number below 1 as: all tokens.
            options.topK = max(0, try recommended("top_k", "an integer") ?? options.topK)
            options.temperature = try recommended("temp", "0 or more") { $0 >= 0 } ?? options.temperature
            options.topP = try recommended("top_p", "above 0 and up to 1") { $0 > 0 && $0 <= 1 } ?? options.topP
            options.minP = try recommended("min_p", "0 to 1") { $0 >= 0 && $0 <= 1 } ?? options.minP
            options.penaltyWindow =
                try recommended("penalty_last_n", "-1 or more") { $0 >= -1 } ?? options.penaltyWindow
            options.repetitionPenalty =
                try recommended("penalty_repeat", "above 0") { $0 > 0 } ?? options.repetitionPenalty
            _ = try recommended("mirostat", "0 (off), the only one supported") { (mode: Int) in mode == 0 }
            _ = try recommended("xtc_probability", "0 (off), the only one supported") { (share: Float) in share == 0 }
            let key = SamplingRecommendation.prefix + "sequence"
            if !SamplingRecommendation.keepSteps(of: try metadata.string(key, default: ""), &options) {
                throw unusable("sequence", "steps in the order \"\(SamplingRecommendation.order)\"")
            }
        } catch {
            throw SwiftletError(.model, "\(error); \(SamplingRecommendation.remedy)")
        }
        return options
    }

    /// An integer of the file; nil where it has none.
    private func recommended(
        _ name: String, _ expected: String, where isUsable: (Int) -> Bool = { _ in true }
    ) throws(GGUFError) -> Int? {
        let key = SamplingRecommendation.prefix + name
        guard metadata.contains(key) else { return nil }
        let value = try metadata.int(key)
        guard isUsable(value) else { throw unusable(name, expected) }
        return value
    }

    /// A finite number of the file; nil where it has none.
    private func recommended(
        _ name: String, _ expected: String, where isUsable: (Float) -> Bool
    ) throws(GGUFError) -> Float? {
        let key = SamplingRecommendation.prefix + name
        guard metadata.contains(key) else { return nil }
        let value = try metadata.float(key)
        guard value.isFinite, isUsable(value) else { throw unusable(name, expected) }
        return value
    }

    private func unusable(_ name: String, _ expected: String) -> GGUFError {
        let key = SamplingRecommendation.prefix + name
        let found = metadata.value(key).map { "\($0)" } ?? "nothing"
        return .wrongValue(key: key, expected: expected, found: found, path: path)
    }
}

/// The words of `general.sampling.*`.
private enum SamplingRecommendation {
    static let prefix = "general.sampling."
    static let remedy = "choose the sampling options yourself (on the command line: --no-recommended)"

    private struct Step {
        /// The first is llama.cpp's main spelling.
        let names: [String]
        let leaveOut: @Sendable (inout SamplingOptions) -> Void
    }

    private static let steps = [
        Step(names: ["penalties"]) { $0.penaltyWindow = 0 },
        Step(names: ["top_k", "top-k"]) { $0.topK = 0 },
        Step(names: ["typ_p", "typical", "typical-p", "typ-p", "typ"]) { $0.typicalP = 1 },
        Step(names: ["top_p", "top-p", "nucleus"]) { $0.topP = 1 },
        Step(names: ["min_p", "min-p"]) { $0.minP = 0 },
        Step(names: ["temperature", "temp"]) { $0.temperature = 1 },
    ]

    /// Steps that do nothing, as no key gives their strength or it is 0.
    private static let idle: Set<String> = ["dry", "xtc", "top_n_sigma", "top-n-sigma"]

    static var order: String { steps.compactMap(\.names.first).joined(separator: ";") }

    /// Leaves the steps out that the sequence does not have; an empty one changes nothing. Returns false, and has changed
    /// nothing, for steps that are not known or in another order.
    static func keepSteps(of sequence: String, _ options: inout SamplingOptions) -> Bool {
        let names = sequence.split(separator: ";").map(String.init).filter { !idle.contains($0) }
        let places = names.compactMap { name in steps.firstIndex { $0.names.contains(name) } }
        guard places.count == names.count, zip(places, places.dropFirst()).allSatisfy(<) else { return false }
        guard !sequence.isEmpty else { return true }
        for place in steps.indices where !places.contains(place) { steps[place].leaveOut(&options) }
        return true
    }
}
