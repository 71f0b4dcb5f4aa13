internal import JSON

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A decoder's rotary embedding, as `config.json` has it: `rope_theta` and `rope_scaling`, or `rope_parameters` in newer
/// files.
struct RotarySettings: Sendable {
    enum Scaling: Sendable {
        case none
        case linear(factor: Double)
        case yarn(factor: Double, originalLength: Int)
        /// The base grows with the length, beyond that of the configuration.
        case dynamic(factor: Double, originalLength: Int)
        /// Llama 3.1's: slow frequencies become slower, those between in part.
        case llama3(factor: Double, low: Double, high: Double, originalLength: Int)
        /// Each pair's frequency is divided by its factor, one of two that the settings have.
        case longrope(Configuration, originalLength: Int, attentionFactor: Double)
    }

    let base: Double
    /// The part of a head that rotates.
    let rotatedShare: Double
    let scaling: Scaling
    /// Whether the ramp of YaRN ends at whole pairs.
    private(set) var roundsRamp = true

    init(
        _ c: Configuration, defaultBase: Double = 10_000, shareKey: String = "partial_rotary_factor",
        defaultShare: Double = 1
    ) throws(ConversionError) {
        self = try RotarySettings(
            c, c.object("rope_parameters", "rope_scaling"), defaultBase: defaultBase, shareKey: shareKey,
            defaultShare: defaultShare)
    }

    /// - Parameters:
    ///   - parameters: the object with `rope_type` and its settings.
    ///   - baseKey: of the base, where `parameters` has none.
    ///   - shareKey: of the part of a head that rotates, where `parameters` has none.
    ///   - knownYaRN: settings of YaRN that the family writes.
    ///   - knowsProportional: whether the class rotates the first pairs alone, at the frequencies of a whole head.
    ///   - alphaDimension: the size of heads whose base a fixed `alpha` raises; nil: the class knows none.
    init(
        _ c: Configuration, _ parameters: Configuration?, baseKey: String = "rope_theta", defaultBase: Double = 10_000,
        shareKey: String = "partial_rotary_factor", defaultShare: Double = 1, knownYaRN: [String] = [],
        knowsProportional: Bool = false, alphaDimension: Int? = nil
    ) throws(ConversionError) {
        let givenBase =
            if let parameters, parameters.has("rope_theta") {
                try parameters.number("rope_theta")
            } else {
                try c.number(baseKey, default: defaultBase)
            }
        guard givenBase > 0 else { throw c.wrong("rope_theta", "more than 0") }
        let share = try c.number(shareKey, default: defaultShare)
        rotatedShare = try parameters?.number("partial_rotary_factor", default: share) ?? share
        guard rotatedShare > 0, rotatedShare <= 1 else {
            throw c.wrong("partial_rotary_factor", "more than 0, up to 1")
        }
        guard let parameters else {
            (base, scaling) = (givenBase, .none)
            return
        }
        base = givenBase * (try Self.baseFactor(parameters, dimension: alphaDimension))
        let kind = try parameters.string("rope_type", "type", default: "default")
        func originalLength(default fallback: Int? = nil) throws(ConversionError) -> Int {
            if parameters.has("original_max_position_embeddings") {
                return try parameters.size("original_max_position_embeddings")
            }
            return try c.size("original_max_position_embeddings", default: fallback)
        }
        switch kind {
        // Positions of images have parts, which are the same for text.
        case "default", "mrope": scaling = .none
        case "proportional" where knowsProportional:
            guard try parameters.number("factor", default: 1) == 1 else {
                throw parameters.unsupported("the factor of a proportional rope")
            }
            scaling = .none
        case "dynamic" where alphaDimension != nil && parameters.has("alpha"): scaling = .none
        case "linear": scaling = .linear(factor: try Self.positive("factor", parameters))
        case "dynamic":
            let factor = try Self.positive("factor", parameters)
            let length = try c.size("max_position_embeddings")
            guard factor >= 1, Double(length) * factor < Double(Int32.max) else {
                throw parameters.wrong("factor", "1 or more, by which the context is a size")
            }
            scaling = .dynamic(factor: factor, originalLength: length)
        case "yarn":
            for key in ["mscale", "mscale_all_dim", "attention_factor"]
            where parameters.has(key) && !knownYaRN.contains(key) {
                throw parameters.unsupported("the setting \(key) of YaRN")
            }
            for (key, usual) in [("beta_fast", 32.0), ("beta_slow", 1)] where !knownYaRN.contains(key) {
                let isUsual = try parameters.number(key, default: usual) == usual
                guard isUsual else { throw parameters.unsupported("the setting \(key) of YaRN") }
            }
            roundsRamp = try parameters.bool("truncate", default: true)
            scaling = .yarn(
                factor: try Self.positive("factor", parameters),
                originalLength: try originalLength(default: c.size("max_position_embeddings")))
        case "llama3":
            let low = try Self.positive("low_freq_factor", parameters, default: 1)
            let high = try Self.positive("high_freq_factor", parameters, default: 4)
            guard low < high else { throw parameters.wrong("high_freq_factor", "more than low_freq_factor") }
            scaling = .llama3(
                factor: try Self.positive("factor", parameters, default: 8), low: low, high: high,
                originalLength: try originalLength(default: 8_192))
        case "longrope", "su":
            scaling = try Self.longrope(parameters, originalLength: originalLength(), c)
        default: throw parameters.unsupported("rope scaling of the kind \(kind.visible)")
        }
    }

    /// Cosines and sines are multiplied by `sqrt(1 + ln(scale) / ln(original length))`, unless a factor is given.
    private static func longrope(
        _ parameters: Configuration, originalLength: Int, _ c: Configuration
    ) throws(ConversionError) -> Scaling {
        let length = Double(try c.size("max_position_embeddings"))
        let scale = try parameters.number("factor", default: length / Double(originalLength))
        let usual = scale <= 1 || originalLength == 1 ? 1 : (1 + log(scale) / log(Double(originalLength))).squareRoot()
        return .longrope(
            parameters, originalLength: originalLength,
            attentionFactor: try parameters.number("attention_factor", default: usual))
    }

    /// `alpha` to the power `dimension / (dimension - 2)` (NTK-aware scaling); 1 where there is none.
    private static func baseFactor(_ parameters: Configuration, dimension: Int?) throws(ConversionError) -> Double {
        guard let dimension, dimension > 2, parameters.has("alpha") else { return 1 }
        return pow(try positive("alpha", parameters), Double(dimension) / Double(dimension - 2))
    }

    /// Some files alone have a place for the scaling of Llama 3, for long and short factors, or for heads that rotate in part.
    func requirePlain(
        _ c: Configuration, orLlama3 hasFactors: Bool = false, orPartial isPartial: Bool = false
    ) throws(ConversionError) {
        if !roundsRamp { throw c.unsupported("truncate: false of YaRN") }
        if rotatedShare != 1, !isPartial { throw c.unsupported("a partial_rotary_factor of \(rotatedShare)") }
        switch scaling {
        case .llama3 where !hasFactors: throw c.unsupported("rope scaling of the kind \"llama3\"")
        case .longrope: throw c.unsupported("rope scaling of the kind \"longrope\"")
        default: break
        }
    }

    /// Columns of a head that rotate.
    func rotated(of headDimension: Int, _ c: Configuration) throws(ConversionError) -> Int {
        let rotated = Int(Double(headDimension) * rotatedShare)
        guard rotated > 0, rotated % 2 == 0 else { throw c.wrong("partial_rotary_factor", "an even part of a head") }
        return rotated
    }

    /// LongRoPE's factors, `[pairs]` each; nil with other scaling.
    func longFactors(pairs: Int) throws(ConversionError) -> (short: [Float], long: [Float])? {
        guard case .longrope(let c, _, _) = scaling else { return nil }
        func factors(_ key: String) throws(ConversionError) -> [Float] {
            let numbers = c.find([key])?.value.items?.compactMap { $0.double.map { Float($0) } } ?? []
            guard numbers.count == pairs, numbers.allSatisfy({ $0 > 0 && $0.isFinite }) else {
                throw c.wrong(key, "an array of \(pairs) numbers above 0")
            }
            return numbers
        }
        return (try factors("short_factor"), try factors("long_factor"))
    }

    private static func positive(
        _ key: String, _ c: Configuration, default fallback: Double? = nil
    ) throws(ConversionError) -> Double {
        let value = try c.number(key, default: fallback)
        guard value > 0 else { throw c.wrong(key, "more than 0") }
        return value
    }

    func describe(_ keys: inout ArchitectureKeys) {
        keys.set("rope.freq_base", Float(base))
        switch scaling {
        case .none, .llama3: break
        case .longrope(_, let originalLength, let attentionFactor):
            keys.set("rope.scaling.original_context_length", size: originalLength)
            keys.set("rope.scaling.attn_factor", Float(attentionFactor))
        case .linear(let factor):
            keys.set("rope.scaling.type", "linear")
            keys.set("rope.scaling.factor", Float(factor))
        case .dynamic(let factor, let originalLength):
            keys.set("context_length", size: Int(Double(originalLength) * factor))
            keys.set("rope.scaling.type", "dynamic")
            keys.set("rope.scaling.factor", Float(factor))
            keys.set("rope.scaling.original_context_length", size: originalLength)
        case .yarn(let factor, let originalLength):
            keys.set("rope.scaling.type", "yarn")
            keys.set("rope.scaling.factor", Float(factor))
            keys.set("rope.scaling.original_context_length", size: originalLength)
        }
    }

    /// What each pair's frequency is divided by; nil where nothing is: `[dimension / 2]`.
    ///
    /// Source: github.com/meta-llama/llama-models, `models/llama3/model.py`, `apply_scaling`.
    func frequencyFactors(dimension: Int) -> [Float]? {
        guard case .llama3(let factor, let low, let high, let originalLength) = scaling else { return nil }
        return (0..<dimension / 2).map { pair in
            let frequency = pow(base, -2 * Double(pair) / Double(dimension))
            let turns = Double(originalLength) * frequency / (2 * Double.pi)
            if turns > high { return 1 }
            if turns < low { return Float(factor) }
            let share = (turns - low) / (high - low)
            return Float(1 / ((1 - share) / factor + share))
        }
    }
}
