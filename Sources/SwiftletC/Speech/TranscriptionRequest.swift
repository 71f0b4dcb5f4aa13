internal import CSwiftlet
internal import Swiftlet

/// Where a transcription goes.
@safe struct TranscriptionRequest {
    let cancellation: OpaquePointer?
    private let onSegment: swiftlet_on_segment?
    private let user: UnsafeMutableRawPointer?
    private let result: UnsafeMutablePointer<swiftlet_transcription>?
    private let text: UnsafeMutablePointer<OpaquePointer?>?

    init(
        _ cancellation: OpaquePointer?, _ onSegment: swiftlet_on_segment?, _ user: UnsafeMutableRawPointer?,
        _ result: UnsafeMutablePointer<swiftlet_transcription>?, _ text: UnsafeMutablePointer<OpaquePointer?>?
    ) throws(Failure) {
        // Looked at before anything runs.
        if unsafe result != nil { _ = try unsafe swiftlet_transcription.read(UnsafePointer(result), "result") }
        unsafe self.cancellation = unsafe cancellation
        unsafe self.onSegment = unsafe onSegment
        unsafe self.user = unsafe user
        unsafe self.result = unsafe result
        unsafe self.text = unsafe text
    }

    /// Gives the caller's function a segment; returns whether to go on.
    func show(_ segment: TranscriptSegment) -> Bool {
        guard let onSegment = unsafe onSegment else { return true }
        let text = CText(segment.text)
        let wordTexts = (segment.words ?? []).map { CText($0.text) }
        var words: [swiftlet_word] = unsafe []
        for (word, text) in zip(segment.words ?? [], wordTexts) {
            unsafe words.append(
                swiftlet_word(
                    text: text.start, size: UInt64(text.count), start: word.start, end: word.end,
                    probability: word.probability))
        }
        let goesOn = unsafe words.withUnsafeBufferPointer { words in
            unsafe segment.tokens.withUnsafeBufferPointer { tokens in
                var shown = unsafe swiftlet_segment()
                unsafe shown.struct_size = UInt32(MemoryLayout<swiftlet_segment>.size)
                unsafe shown.start = segment.start
                unsafe shown.end = segment.end
                unsafe shown.text = text.start
                unsafe shown.size = UInt64(text.count)
                unsafe shown.words = segment.words == nil ? nil : words.baseAddress
                unsafe shown.word_count = UInt64(words.count)
                unsafe shown.tokens = tokens.baseAddress
                unsafe shown.token_count = UInt64(tokens.count)
                unsafe shown.mean_log_probability = segment.meanLogProbability
                unsafe shown.no_speech_probability = segment.noSpeechProbability
                return unsafe onSegment(user, &shown) == SWIFTLET_CONTINUE
            }
        }
        withExtendedLifetime((text, wordTexts)) {}
        return goesOn
    }

    /// Tells the caller what is known behind the sound's end.
    func finish(_ text: String, _ transcription: Transcription) throws(Failure) {
        // The handle first, as it may fail: nothing is then written.
        try unsafe BufferObject.give(text.utf8, self.text)
        var found = swiftlet_transcription()
        found.is_complete = transcription.isComplete ? 1 : 0
        found.duration = transcription.duration
        found.language_probability = transcription.languageProbability ?? 0
        found.window_count = UInt64(transcription.windowCount)
        copy(transcription.language ?? "", to: &found.language)
        try unsafe found.writeIfWanted(result, "result")
    }
}

extension TranscriptionOptions {
    init(_ pointer: UnsafePointer<swiftlet_transcriber_options>?) throws(Failure) {
        let options = try unsafe swiftlet_transcriber_options.read(pointer, "options")
        self.init()
        threads = unsafe Int(options.threads)
        language = try unsafe Text.optional(options.language, "options.language")
        prompt = try unsafe Text.optional(options.prompt, "options.prompt") ?? ""
        translates = try choice(unsafe options.translate, "options.translate") ?? translates
        findsTimes = try choice(unsafe options.times, "options.times") ?? findsTimes
        findsWords = try choice(unsafe options.words, "options.words") ?? findsWords
        if unsafe options.beams > 0 { beams = unsafe Int(options.beams) }
        if try choice(unsafe options.fallback, "options.fallback") == false { temperatures = [0] }
        conditionsOnPrevious =
            try choice(unsafe options.condition_on_previous, "options.condition_on_previous") ?? conditionsOnPrevious
        skipsSilence = try choice(unsafe options.skip_silence, "options.skip_silence") ?? skipsSilence
        cacheType = try SessionOptions.CacheType(choice: unsafe options.cache_type, "options.cache_type")
        seed = unsafe options.seed
        instructionSet = try unsafe Text.optional(options.instruction_set, "options.instruction_set")
        adapters = try unsafe scaledAdapters(
            options.adapters, options.adapter_scales, options.adapter_count, "options.adapters")
    }
}
