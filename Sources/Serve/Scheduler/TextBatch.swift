import Swiftlet

/// The requests of one model, and the steps that they share. The scheduler's thread alone has it.
struct TextBatch {
    let engine: Engine
    let limits: TextScheduler.Limits
    let metrics: Metrics
    private(set) var active: [ActiveRequest] = []
    private(set) var prefixes: PrefixCache
    /// Tokens of prompts in a step whose decoding texts wait for them, such that it takes about ``stepSeconds``. Where none
    /// decodes, those that come meanwhile wait alone: four times as many.
    private var chunk = 64

    private static let stepSeconds = 0.5
    /// Fewer in a step make poor use of the weights that it reads.
    private static let minChunk = 32
    /// How many tokens shorter a prompt counts for each second that it has waited.
    private static let tokensPerSecondWaited = 20.0

    /// An entry of the running step.
    private enum Share {
        case prompt(request: Int, count: Int)
        case token(request: Int, text: Int)
    }

    init(_ engine: Engine, _ limits: TextScheduler.Limits, _ metrics: Metrics) {
        self.engine = engine
        self.limits = limits
        self.metrics = metrics
        prefixes = PrefixCache(engine, maxBytes: limits.prefixBytes, maxCount: limits.prefixCount)
    }

    var isEmpty: Bool { active.isEmpty }

    /// Sequences that its requests take.
    var width: Int { active.reduce(0) { $0 + $1.width } }

    // MARK: Requests

    enum Admission {
        case begun, noRoom
        /// It is of use to wait until a prompt with the same beginning has been computed.
        case held
    }

    /// Begins a request, if there is room for it.
    mutating func admit(_ job: TextJob) -> Admission {
        let request = job.request
        guard active.isEmpty || width + request.choosers.count <= limits.parallel else { return .noRoom }
        let plan = PromptPlan(
            count: request.prompt.count, uniformTokens: engine.uniformTokens, sharesPrefixes: !engine.dependsOnReach)
        let cached = prefixes.reusable(request, plan)
        for other in active
        where other.isInPrompt && limits.prefixBytes > 0 && other.job.request.adapters == request.adapters {
            let common = zip(other.job.request.prompt, request.prompt).prefix { $0 == $1 }.count
            guard plan.reusable(common: min(common, other.plan.uniformCount)) < cached + 64 else { return .held }
        }
        do throws(SwiftletError) {
            var (sequence, computed) = (prefixes.sequence(for: request, plan)) ?? (nil, 0)
            if sequence == nil { sequence = try open(request.adapters) }
            guard let sequence else { return .noRoom }
            active.append(
                ActiveRequest(
                    job: job, plan: plan, cachedTokens: computed, sequence: sequence, computed: computed))
            metrics.prefix(tokens: request.prompt.count, cached: computed)
        } catch {
            job.fail(APIError(error))
        }
        return .begun
    }

    private mutating func open(_ adapters: AdapterChoice) throws(SwiftletError) -> EngineSequence {
        while true {
            do throws(SwiftletError) {
                let sequence = try engine.open()
                do throws(SwiftletError) {
                    try engine.setAdapters(adapters.adapters, of: sequence)
                } catch {
                    try engine.close(sequence)
                    throw error
                }
                return sequence
            } catch {
                guard error.code != .model, prefixes.dropOldest() else { throw error }
            }
        }
    }

    /// Drops requests that nobody waits for, or that are done.
    mutating func sweep() {
        let now = ContinuousClock.now
        for index in active.indices where !active[index].isDone {
            if active[index].job.isCancelled {
                active[index].failure = .cancelled
            } else if active[index].job.request.deadline <= now {
                active[index].failure = .timeout
            }
        }
        for request in active where request.isDone {
            for sequence in request.sequences { try? engine.close(sequence) }
            if let failure = request.failure { request.job.fail(failure) } else { request.job.finish() }
            metrics.finished(request)
        }
        active.removeAll { $0.isDone }
    }

    // MARK: Steps

    /// Computes the next tokens of all requests: one of each text, and a chunk of the prompts.
    mutating func step() {
        var (entries, shares) = decodeEntries()
        let decodes = entries.count
        addPromptEntries(&entries, &shares, budget: decodes == 0 ? 4 * chunk : chunk)
        guard !entries.isEmpty else { return }
        let start = ContinuousClock.now
        var taken = [Bool](repeating: false, count: shares.count)
        do throws(SwiftletError) {
            try engine.step(entries.span) { [shares] entry, outcome in
                taken[entry] = true
                take(outcome, of: shares[entry])
            }
        } catch {
            // Entries with other adapters may have had their turn.
            finishPrompts(shares.indices.filter { taken[$0] }.map { shares[$0] })
            return fail(error)
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let prompt = shares.reduce(0) { if case .prompt(_, let count) = $1 { $0 + count } else { $0 } }
        metrics.step(seconds: seconds, promptTokens: prompt, decodedTokens: decodes)
        if prompt >= 16, seconds > 0 {
            let fitting = Double(prompt) / seconds * Self.stepSeconds
            chunk = min(max(Self.minChunk, (chunk + Int(min(fitting, 4096))) / 2), engine.stepTokens)
        }
        finishPrompts(shares)
    }

    private func decodeEntries() -> ([EngineEntry], [Share]) {
        var entries: [EngineEntry] = []
        var shares: [Share] = []
        for (index, request) in active.enumerated() {
            for text in request.texts where text.end == nil {
                entries.append(EngineEntry(text.sequence, text.pending, cancellation: request.job.cancellation))
                shares.append(.token(request: index, text: text.index))
            }
        }
        return (entries, shares)
    }

    /// The prompt with the fewest tokens left comes first: a short one does not wait for a long one, and one after the other
    /// ends rather than all at the end. Those that wait for long move forward.
    private func addPromptEntries(_ entries: inout [EngineEntry], _ shares: inout [Share], budget: Int) {
        var left = min(budget, engine.stepTokens - entries.count)
        let now = ContinuousClock.now
        func rank(_ index: Int) -> Double {
            let request = active[index]
            let waited = (now - request.job.submitted) / .seconds(1)
            return Double(request.plan.count - request.computed) - Self.tokensPerSecondWaited * waited
        }
        let prompts = active.indices.filter { active[$0].isInPrompt }.map { (index: $0, rank: rank($0)) }
            .sorted { $0.rank != $1.rank ? $0.rank < $1.rank : $0.index < $1.index }.map(\.index)
        for index in prompts where left > 0 {
            let request = active[index]
            let range = request.plan.next(after: request.computed, budget: left)
            var entry = EngineEntry(
                request.sequence, request.job.request.prompt[range],
                logits: range.upperBound == request.plan.count ? .last : .none, reach: request.plan.count,
                cancellation: request.job.cancellation)
            entry.wholeCount = request.plan.count
            entries.append(entry)
            shares.append(.prompt(request: index, count: range.count))
            left -= range.count
        }
    }

    private mutating func take(_ outcome: EngineOutcome, of share: Share) {
        if case .cancelled = outcome { return }
        switch share {
        case .token(let request, let text):
            _ = outcome.withLogits(0) { active[request].advance(text, $0) }
        case .prompt(let request, let count):
            active[request].computed += count
            guard active[request].computed == active[request].plan.count else { return }
            // The sequences of the other texts are made when the step is done.
            let (job, sequence) = (active[request].job, active[request].sequence)
            active[request].texts = (0..<active[request].width).map { ActiveText($0, sequence, job.request, engine) }
            _ = outcome.withLogits(0) { logits in
                for text in 0..<active[request].width { active[request].advance(text, logits) }
            }
        }
    }

    /// Keeps the states of prompts for later ones, and gives each text a sequence of its own.
    private mutating func finishPrompts(_ shares: [Share]) {
        for case .prompt(let index, _) in shares {
            let request = active[index]
            keepPrefix(request)
            guard !request.isInPrompt, request.width > 1 else { continue }
            do throws(SwiftletError) {
                for text in 1..<request.width { active[index].texts[text].move(to: try engine.fork(request.sequence)) }
            } catch {
                active[index].failure = APIError(error)
            }
        }
    }

    /// When the last of the tokens has been computed that other prompts can share.
    private mutating func keepPrefix(_ request: ActiveRequest) {
        guard request.computed == request.plan.uniformCount, request.computed > request.cachedTokens else { return }
        prefixes.keep(
            request.sequence, Array(request.job.request.prompt[..<request.computed]), request.job.request.adapters)
    }

    /// Gives up a request where there is no memory for all.
    private mutating func fail(_ error: SwiftletError) {
        if error.code == .outOfMemory, prefixes.dropOldest() { return }
        guard let last = active.indices.last(where: { !active[$0].isDone }) else { return }
        active[last].failure = APIError(error)
    }
}
