internal import CSwiftlet
internal import Swiftlet

extension SamplingOptions {
    /// - Throws: ``Failure`` with the status `argument` for values out of their ranges, `model` for recommendations that
    ///   cannot be followed.
    init(
        _ pointer: UnsafePointer<swiftlet_sampling_options>?, for model: Model, _ place: String
    ) throws(Failure) {
        let options = try unsafe swiftlet_sampling_options.read(pointer, place)
        self.init()
        if try choice(unsafe options.recommended, "\(place).recommended") == true {
            self = try Failure.translating { () throws(SwiftletError) in try model.recommendedSampling() }
        }
        if unsafe options.temperature != 0 { temperature = unsafe options.temperature }
        if try choice(unsafe options.greedy, "\(place).greedy") == true { temperature = 0 }
        if unsafe options.top_k != 0 { topK = unsafe options.top_k < 0 ? 0 : Int(options.top_k) }
        if unsafe options.top_p != 0 { topP = unsafe options.top_p }
        if unsafe options.min_p != 0 { minP = unsafe options.min_p < 0 ? 0 : options.min_p }
        if unsafe options.typical_p != 0 { typicalP = unsafe options.typical_p }
        if unsafe options.repetition_penalty != 0 { repetitionPenalty = unsafe options.repetition_penalty }
        if unsafe options.frequency_penalty != 0 { frequencyPenalty = unsafe options.frequency_penalty }
        if unsafe options.presence_penalty != 0 { presencePenalty = unsafe options.presence_penalty }
        if unsafe options.penalty_window != 0 { penaltyWindow = unsafe Int(options.penalty_window) }
        if unsafe options.seed != 0 { seed = unsafe options.seed }
        try unsafe readBias(options, vocabularySize: model.vocabularySize, place)
        do throws(SwiftletError) {
            _ = try Sampler(self)
            try validate(vocabularySize: model.vocabularySize)
        } catch {
            throw Failure(.argument, error.message, place: place)
        }
    }

    private mutating func readBias(
        _ options: swiftlet_sampling_options, vocabularySize: Int, _ place: String
    ) throws(Failure) {
        guard unsafe options.bias_count > 0 else { return }
        guard let ids = unsafe options.bias_tokens, let values = unsafe options.bias_values,
            unsafe options.bias_count <= UInt64(vocabularySize)
        else {
            throw Failure(
                .argument, "\(place) has more biases than tokens, or no bias_tokens or bias_values for them",
                place: "\(place).bias_count")
        }
        let ids32 = try unsafe tokens(ids, Int(options.bias_count), vocabularySize: vocabularySize)
        for (index, token) in ids32.enumerated() { logitBias[token] = unsafe values[index] }
    }
}
