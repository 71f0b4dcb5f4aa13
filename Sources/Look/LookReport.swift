internal import Models
package import Swiftlet
internal import Tokenizers

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What a look shows: a trace, and what is made of it.
package struct LookReport {
    let model: Model
    /// The model's, for people.
    let name: String
    let subject: LookSubject
    package let trace: Trace
    /// Positions of the main stage that are shown.
    let shown: Range<Int>
    /// Positions that are shown as one.
    private(set) var pool = 1
    private(set) var lens: [[LensReading]] = []
    private(set) var change: (name: String, change: LookChange)?
    /// `[count, count]`, or why there is none.
    package private(set) var flow: [Float]?
    private(set) var flowProblem: String?
    let contributions: LogitContributions?
    let measures: [(kind: String, measures: [HeadMeasures])]
    /// How the model tells positions apart.
    let encodings: [PositionalEncoding]

    /// - Parameters:
    ///   - name: the model's, for people.
    ///   - shown: begins within the text; nil: all of it.
    package init(_ model: Model, name: String, _ subject: LookSubject, _ trace: Trace, shown: Range<Int>? = nil) {
        self.model = model
        self.name = name
        self.subject = subject
        self.trace = trace
        let all = 0..<trace.main.count
        self.shown = shown?.clamped(to: all) ?? all
        // Models whose logits are no sum have none.
        contributions = trace.main.isDecoder ? try? model.contributions(of: trace) : nil
        encodings = (try? model.positionalEncodings()) ?? []
        measures = trace.stages.map { stage in
            (Self.kindName(.own, isEncoder: stage.tokens.isEmpty || !stage.isDecoder, trace), stage.headMeasures)
        }
    }

    static func kindName(_ kind: AttentionTrace.Kind, isEncoder: Bool, _ trace: Trace) -> String {
        guard kind == .own else { return "cross" }
        return trace.encoder == nil ? "self" : isEncoder ? "encoder self" : "decoder self"
    }

    /// An attention beside its stage and what of it is shown.
    package struct Shown {
        package let attention: AttentionTrace
        package let name: String
        let stage: Int
        let columnStage: Int
        package let rows: Range<Int>
        package let columns: Range<Int>
    }

    package var attentions: [Shown] {
        let last = trace.stages.count - 1
        return trace.stages.enumerated().flatMap { index, stage in
            stage.attentions.map { attention in
                let rows = index == last ? shown : 0..<attention.rows
                return Shown(
                    attention: attention,
                    name: Self.kindName(attention.kind, isEncoder: index < last, trace), stage: index,
                    columnStage: attention.kind == .cross ? 0 : index, rows: rows,
                    columns: attention.kind == .cross ? 0..<attention.columns : rows)
            }
        }
    }

    /// Pools blocks of positions until the weights fit.
    ///
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` where they do not even then.
    package mutating func choosePool(maxBytes: Int) throws(SwiftletError) {
        while size > maxBytes {
            pool *= 2
            guard pool <= 64 else {
                throw SwiftletError(
                    .invalidArgument,
                    "the weights take more than \(maxBytes >> 20) MB even pooled by 64 positions: show fewer with --layers, "
                        + "--heads or --tokens, or allow more with --max-size")
            }
        }
    }

    private var size: Int {
        attentions.reduce(0) { sum, one in
            let (rows, columns) = ((one.rows.count + pool - 1) / pool, (one.columns.count + pool - 1) / pool)
            let weights = one.attention.isCausal ? rows * (rows + 1) / 2 : rows * columns
            return sum + one.attention.heads.count * (weights + 4 * rows) * 4 / 3
        }
    }

    /// Reads what the layers predict, of some layers alone where a text is long.
    ///
    /// - Parameter maxWork: multiply-adds that it may take.
    /// - Throws: ``SwiftletError``.
    package mutating func readLens(
        _ runtime: RuntimeOptions, maxWork: Int = 300_000_000_000
    ) throws(SwiftletError) {
        guard model.kind != .encoder || model.tasks.contains(.maskedToken) else { return }
        let last = trace.main.layerCount
        let rows = max(1, maxWork / (model.vocabularySize * model.hiddenSize))
        let step = max(1, (shown.count * (last + 1) + rows - 1) / rows)
        var reader = try LogitLens(model, runtime)
        lens = try reader.read(
            trace.main, layers: (0...last).filter { ($0 - last) % step == 0 }, positions: shown, top: 5)
    }

    /// Computes attention flow, where that does not take too long.
    package mutating func readFlow() {
        do throws(SwiftletError) { flow = try trace.main.flow() } catch { flowProblem = error.message }
    }

    package mutating func addChange(_ change: LookChange, name: String) { self.change = (name, change) }

    // MARK: Words

    /// A token as people read it; bytes that are no text by their value.
    func text(_ token: Token) -> String {
        let spelled = model.text(of: token) ?? ""
        let bytes = model.tokenizer.decode([token], renderSpecial: true)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return bytes.map { "⟨0x" + ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) + "⟩" }.joined()
        }
        let whole = spelled.hasPrefix("\u{2581}") && !text.hasPrefix(" ") ? " " + text : text
        return whole.isEmpty ? spelled : Words.visible(whole)
    }

    var title: String { "Inside \(name)" }

    var facts: String {
        let main = trace.main
        let attention = main.attentions.first { $0.kind == .own }
        var parts = [model.architecture, "\(main.layerCount) layers"]
        if let attention {
            parts.append(
                "\(attention.headCount) heads"
                    + (attention.keyValueHeadCount == attention.headCount
                        ? "" : ", \(attention.keyValueHeadCount) key/value heads"))
        }
        if let encoder = trace.encoder { parts.append("\(encoder.count) positions of the encoder") }
        parts.append("\(main.count) tokens")
        if shown.count < main.count { parts.append("\(shown.lowerBound) to \(shown.upperBound - 1) shown") }
        if pool > 1 { parts.append("attention pooled by blocks of \(pool) positions (maximum)") }
        return parts.joined(separator: ", ")
    }

    /// Mean surprisal's exponential over the positions that the lens read.
    var perplexity: Double? {
        let found = (lens.last ?? []).compactMap(\.target)
        return trace.main.isDecoder && !found.isEmpty ? exp(-found.reduce(0, +) / Double(found.count)) : nil
    }

    var changeSummary: String? {
        guard let (_, change) = change else { return nil }
        guard !change.rows.isEmpty else {
            return
                "The states behind the last layer differ by up to \(Words.decimal(100 * (change.distances.last ?? 0), 2)) %."
        }
        let worst = change.rows.max { abs($0.after - $0.before) < abs($1.after - $1.before) }
        let part = worst.map {
            "; the greatest change is of \"\(text($0.token))\" at \($0.position): \(Words.percent($0.before)) to "
                + Words.percent($0.after)
        }
        return "Perplexity \(Words.decimal(change.perplexity(\.before), 3)) becomes "
            + Words.decimal(change.perplexity(\.after), 3) + (part ?? "")
    }

    /// Lines for people: the model, the heads with the greatest measures, the change.
    package var summary: [String] {
        var lines = [facts]
        for (kind, list) in measures {
            let named: [(String, (HeadMeasures) -> Double?)] = [
                ("induction", \.induction), ("previous token", \.previous), ("first token", \.first),
            ]
            let best = named.compactMap { name, value in
                list.max { (value($0) ?? -1) < (value($1) ?? -1) }.flatMap { head in
                    value(head).map { "\(name) L\(head.layer)H\(head.head) \(Words.decimal($0, 2))" }
                }
            }
            if !best.isEmpty { lines.append("\(kind): " + best.joined(separator: ", ")) }
        }
        if let (name, _) = change, let changeSummary { lines.append("\(name): \(changeSummary)") }
        return lines
    }
}
