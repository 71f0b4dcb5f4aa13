internal import Interpreter
internal import Tensors

/// Runs the hypotheses of a search side by side: those of an encoder-decoder (``EncoderDecoder``), or of a decoder
/// (``DecoderHypotheses``). Hypotheses are numbered from 0 on, as ``continueFrom(_:)`` left them.
protocol HypothesisRunner: ~Copyable {
    var kernels: Kernels { get }
    /// Max number of hypotheses.
    var capacity: Int { get }
    /// Max tokens of one step.
    var stepTokens: Int { get }
    /// Starts a search, without hypotheses.
    mutating func begin()
    /// Takes in sources, and begins a hypothesis of each, without a token, behind those that there are.
    mutating func add(_ sources: [[Token]]) throws(SwiftletError)
    /// Takes in the next tokens of each hypothesis, at least one, all in one step; leaves the logits behind the last of each.
    mutating func decodeEach(_ tokens: [[Token]]) throws(SwiftletError)
    /// What `body` makes of each of the first `count` rows of logits, in the rows' order; `body` runs on all threads.
    func mapLogits<Result: Sendable>(
        _ count: Int, _ body: @Sendable (_ row: Int, _ logits: Span<Float>) -> Result
    ) -> [Result]
    /// Hypothesis i continues from `parents[i]`, and those that are no parent are dropped.
    mutating func continueFrom(_ parents: [Int])
    /// Ends a search, whatever came of it.
    mutating func end()
}

/// What is to be found.
struct SearchRequest {
    /// What the runner takes in of each source, none of it empty.
    let sources: [[Token]]
    /// Tokens that a source's hypothesis takes in first, at least one, by the source's number.
    let opening: (_ source: Int) -> [Token]
    /// Tokens that the rules about repetition look at, beside those that are generated.
    let context: (_ source: Int) -> [Token]
    let options: BeamOptions
    /// Max tokens of a target, by the source's number.
    let maxTokens: (_ source: Int) -> Int
    /// Tokens that end a target.
    let ends: [Token]
    /// Max tokens of sources that are taken in together, where that is more than one.
    let sourceTokens: Int
}

extension HypothesisRunner where Self: ~Copyable {
    /// Finds the targets of many sources. Long ones begin first; as searches end, others take their places. What is found of
    /// a source does not depend on the others.
    ///
    /// - Parameter onResult: gets each source's number and its targets, the best first, as soon as they are found. Returns
    ///   whether to go on.
    mutating func search(
        _ request: SearchRequest, onResult: (_ source: Int, [BeamResult]) -> Bool
    ) throws(SwiftletError) {
        begin()
        defer { end() }
        var waiting = try request.searches()[...]
        var running: [TargetSearch] = []
        while !waiting.isEmpty || !running.isEmpty {
            var inputs = running.flatMap(\.nextTokens)
            let admitted = admit(waiting, beside: running, inputs: inputs.reduce(0) { $0 + $1.count }, request)
            if !admitted.isEmpty {
                waiting = waiting.dropFirst(admitted.count)
                try add(admitted.map { request.sources[$0.source] })
                inputs += admitted.map { request.opening($0.source) }
                running += admitted
            }
            try decodeEach(inputs)
            let rows = running.flatMap(\.rows)
            let kernels = kernels
            let choices = mapLogits(rows.count) { row, logits in rows[row].choose(logits, kernels) }
            var parents: [Int] = []
            var next: [TargetSearch] = []
            var first = 0
            for var search in running {
                let count = search.hypothesisCount
                let own = search.advance(choices[first..<first + count])
                parents += own.map { first + $0 }
                first += count
                if !search.isDone {
                    next.append(search)
                } else if let results = search.finish(), !onResult(search.source, results) {
                    return
                }
            }
            continueFrom(parents)
            running = next
        }
    }

    /// The next sources to begin with: as many as there is room for, once that is worth a step of the encoder.
    private func admit(
        _ waiting: ArraySlice<TargetSearch>, beside running: [TargetSearch], inputs: Int, _ request: SearchRequest
    ) -> [TargetSearch] {
        let places = max(1, capacity / request.options.beams)
        guard running.isEmpty || places - running.count >= max(1, places / 4) else { return [] }
        var admitted: [TargetSearch] = []
        var (source, opening) = (0, inputs)
        for search in waiting.prefix(places - running.count) {
            source += request.sources[search.source].count
            opening += request.opening(search.source).count
            let fits = source <= request.sourceTokens && opening <= stepTokens
            guard fits || (admitted.isEmpty && running.isEmpty) else { break }
            admitted.append(search)
        }
        return admitted
    }
}

extension SearchRequest {
    /// A search for each source, or for each text that is drawn of it, the longest sources first.
    fileprivate func searches() throws(SwiftletError) -> [TargetSearch] {
        let order = sources.indices.sorted { (sources[$1].count, $0) < (sources[$0].count, $1) }
        var searches: [TargetSearch] = []
        for source in order {
            let rules = BeamScores(
                options, maxTokens: maxTokens(source), ends: ends, context: context(source))
            guard let sampling = options.sampling else {
                searches.append(TargetSearch(source, options, rules, sampler: nil, draws: nil))
                continue
            }
            let draws = SourceDraws(count: options.results)
            for number in 0..<options.results {
                var own = sampling
                own.seed = own.seed.map { $0 &+ UInt64(number) }
                searches.append(TargetSearch(source, options, rules, sampler: try Sampler(own), draws: draws))
            }
        }
        return searches
    }
}
