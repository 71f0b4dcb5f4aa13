import ArgumentParser
import Swiftlet

/// How tokens are guessed ahead.
struct DraftFlags: ParsableArguments {
    @Option(
        name: .customLong("draft"), parsing: .unconditional,
        help: ArgumentHelp(
            "Draft model: smaller, with the same vocabulary.", valueName: "path"), completion: .file())
    var path: String?

    @Flag(name: .customLong("lookup"), help: "Draft by prompt lookup instead of a model.")
    var looksUp = false

    @Option(
        name: .customLong("draft-tokens"), parsing: .unconditional,
        help: ArgumentHelp(
            "Tokens drafted at once, 1 to 64. (default: \(Drafting.defaultMaxTokens))", valueName: "n"))
    var maxTokens: Int?

    /// Whether one of them was given.
    var isGiven: Bool { path != nil || looksUp }

    func validate() throws {
        if path == "" {
            throw ValidationError("the path of the draft model is empty: use --draft model.gguf, or leave it out")
        }
        if path != nil && looksUp { throw ValidationError("--draft and --lookup exclude each other") }
        guard let maxTokens else { return }
        guard isGiven else { throw ValidationError("--draft-tokens needs --draft model.gguf or --lookup") }
        if !(1...64).contains(maxTokens) {
            throw ValidationError("drafts of \(maxTokens) tokens are not possible: use --draft-tokens with 1 to 64")
        }
    }

    /// Opens the draft model, where there is one, and checks that it can draft for `model`.
    func drafting(for model: Model) throws -> Drafting? {
        let most = maxTokens ?? Drafting.defaultMaxTokens
        if looksUp { return .lookup(maxTokens: most) }
        guard let path else { return nil }
        let drafting = Drafting.model(try Model(path: ModelFile.path(path)), maxTokens: most)
        try drafting.validate(for: model)
        return drafting
    }
}
