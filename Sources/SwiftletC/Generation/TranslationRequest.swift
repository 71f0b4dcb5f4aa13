internal import CSwiftlet
internal import Swiftlet

/// How texts are translated, and where the translations go.
@safe struct TranslationRequest {
    let cancellation: OpaquePointer?
    let beams: BeamOptions
    let pieceTokens: Int?
    private let onTranslation: swiftlet_on_translation
    private let user: UnsafeMutableRawPointer?

    /// - Parameter beams: what holds where the options say nothing.
    init(
        _ pointer: UnsafePointer<swiftlet_translate_options>?, _ beams: BeamOptions,
        _ onTranslation: swiftlet_on_translation?, _ user: UnsafeMutableRawPointer?
    ) throws(Failure) {
        let options = try unsafe swiftlet_translate_options.read(pointer, "options")
        guard let onTranslation = unsafe onTranslation else {
            throw Failure(.argument, "on_translation is NULL", place: "on_translation")
        }
        var beams = beams
        if unsafe options.n_best > 0 { beams.results = unsafe Int(options.n_best) }
        if let most = count(unsafe options.max_tokens) { beams.maxTokens = most }
        if let least = count(unsafe options.min_tokens) { beams.minTokens = least }
        if unsafe options.length_penalty != 0 { beams.lengthPenalty = unsafe options.length_penalty }
        if unsafe options.repetition_penalty != 0 { beams.repetitionPenalty = unsafe options.repetition_penalty }
        if unsafe options.no_repeat_ngram > 0 { beams.noRepeatNgram = unsafe Int(options.no_repeat_ngram) }
        switch unsafe Int(options.early_stopping) {
        case SWIFTLET_EARLY_STOPPING_DEFAULT: break
        case SWIFTLET_EARLY_STOPPING_TRUE: beams.earlyStopping = .true
        case SWIFTLET_EARLY_STOPPING_FALSE: beams.earlyStopping = .false
        case SWIFTLET_EARLY_STOPPING_NEVER: beams.earlyStopping = .never
        case let other:
            throw Failure(
                .argument, "options.early_stopping is \(other): use SWIFTLET_EARLY_STOPPING_...",
                place: "options.early_stopping")
        }
        pieceTokens = try size(unsafe options.piece_tokens, "options.piece_tokens")
        self.beams = beams
        unsafe cancellation = unsafe options.cancellation
        unsafe self.onTranslation = unsafe onTranslation
        unsafe self.user = unsafe user
    }

    /// Gives the caller's function what became of a text, the best first; returns whether to go on.
    func show(_ index: Int, _ text: ConvertedText) -> Bool {
        for (rank, target) in text.targets.enumerated() {
            let written = CText(target.text)
            let tokens = target.tokens.flatMap(\.self)
            let goesOn = unsafe tokens.withUnsafeBufferPointer { tokens in
                var shown = unsafe swiftlet_translation()
                unsafe shown.struct_size = UInt32(MemoryLayout<swiftlet_translation>.size)
                unsafe shown.rank = UInt32(rank)
                unsafe shown.index = UInt64(index)
                unsafe shown.text = written.start
                unsafe shown.size = UInt64(written.count)
                unsafe shown.score = target.score
                unsafe shown.tokens = tokens.baseAddress
                unsafe shown.token_count = UInt64(tokens.count)
                unsafe shown.piece_count = UInt64(text.pieces.count)
                return unsafe onTranslation(user, &shown) == SWIFTLET_CONTINUE
            }
            withExtendedLifetime(written) {}
            guard goesOn else { return false }
        }
        return true
    }
}
