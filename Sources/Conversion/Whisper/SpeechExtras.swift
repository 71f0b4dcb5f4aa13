internal import Audio
internal import JSON

/// What a folder says about a speech model beside `config.json`: `generation_config.json`, `preprocessor_config.json` or,
/// in its place, `processor_config.json`.
struct SpeechExtras: Sendable {
    /// Layer, head, layer, head, ...; nil where the folder names none.
    var alignmentHeads: [Int]?
    /// Tokens that are never given; nil where the folder does not say.
    private(set) var suppressedTokens: [Int]?
    /// `[bands, MelSpectrogram.bins]`, row after row.
    private(set) var melFilters: [Float] = []

    private var generation = Configuration(path: "", value: .null)

    /// Nothing is known.
    init() {}

    /// - Throws: ``ConversionError`` when a file says what cannot be, or asks for another spectrogram.
    init(_ folder: ModelFolder, melBands: Int) throws(ConversionError) {
        let name = "generation_config.json"
        generation = Configuration(path: folder.path(name), value: try folder.json(name) ?? .null)
        if let (key, value) = generation.find(["alignment_heads"]) {
            guard let pairs = value.items else { throw generation.wrong(key, "an array of pairs") }
            alignmentHeads = []
            for pair in pairs {
                guard let numbers = pair.items?.compactMap(\.int), numbers.count == 2, pair.items?.count == 2 else {
                    throw generation.wrong(key, "an array of pairs of layer and head")
                }
                alignmentHeads? += numbers
            }
        }
        if let (key, value) = generation.find(["suppress_tokens"]) {
            guard let items = value.items else { throw generation.wrong(key, "an array of ids") }
            // -1 stands for the symbols that nobody says, which the runtime knows.
            let ids = items.compactMap(\.int)
            guard ids.count == items.count, ids.allSatisfy({ (-1...Int(Int32.max)).contains($0) }) else {
                throw generation.wrong(key, "an array of ids")
            }
            if !ids.contains(-1) { suppressedTokens = ids }
        }
        melFilters = try Self.filters(folder, bands: melBands)
    }

    /// - Throws: ``ConversionError`` when a head is none of the decoder's.
    func checkHeads(layers: Int, heads: Int) throws(ConversionError) {
        guard let found = alignmentHeads else { return }
        for place in stride(from: 0, to: found.count, by: 2) {
            guard (0..<layers).contains(found[place]), (0..<heads).contains(found[place + 1]) else {
                throw generation.wrong("alignment_heads", "heads of \(layers) layers of \(heads)")
            }
        }
    }

    // MARK: Filters

    private static func filters(_ folder: ModelFolder, bands: Int) throws(ConversionError) -> [Float] {
        let settings = try preprocessor(folder)
        let usual = [
            ("feature_size", bands), ("sampling_rate", MelSpectrogram.sampleRate),
            ("n_fft", MelSpectrogram.frameLength),
            ("hop_length", MelSpectrogram.hop),
        ]
        for (key, value) in usual where try settings.index(key, default: value) != value {
            throw settings.wrong(key, String(value))
        }
        guard let rows = settings.find(["mel_filters"])?.value.items else {
            guard let filters = MelFilters.slaney(bands: bands) else { return [] }
            return filters.values
        }
        let bins = MelSpectrogram.bins
        let wrong = settings.wrong("mel_filters", "\(bands) rows of \(bins) numbers, or the other way round")
        let numbers = rows.map { $0.items?.compactMap(\.double).map { Float($0) } ?? [] }
        let isTransposed = numbers.count == bins && bands != bins
        guard numbers.count == (isTransposed ? bins : bands),
            numbers.allSatisfy({ $0.count == (isTransposed ? bands : bins) && $0.allSatisfy(\.isFinite) })
        else { throw wrong }
        guard isTransposed else { return numbers.flatMap { $0 } }
        return (0..<bands).flatMap { band in numbers.map { $0[band] } }
    }

    private static func preprocessor(_ folder: ModelFolder) throws(ConversionError) -> Configuration {
        if let value = try folder.json("preprocessor_config.json") {
            return Configuration(path: folder.path("preprocessor_config.json"), value: value)
        }
        let name = "processor_config.json"
        let whole = Configuration(path: folder.path(name), value: try folder.json(name) ?? .null)
        return try whole.object("feature_extractor") ?? Configuration(path: whole.path, value: .null)
    }
}
