internal import Models
internal import Tokenizers

/// What a ``TextToText`` does with texts.
public enum TextTask: Sendable, Hashable {
    /// Texts go in as they are.
    case plain
    /// Texts are translated. A language is a code ("de"), the file's own ("deu_Latn"), or an English name; nil: the model has
    /// no choice, or makes its own.
    case translation(from: String?, to: String?)
    /// Texts are summarized.
    case summary
}

/// What a task puts around a text, so that the model does it.
struct TextFrame: Sendable {
    /// Stands before every text.
    private var instruction = ""
    /// Tokens before and behind those of every text, in place of the tokenizer's own; nil: these.
    private var sides: (before: [Token], after: [Token])?
    /// The target's first token.
    private var targetLanguage: Token?
    /// Before the first token of a target, where the task says.
    private(set) var startToken: Token?

    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for a language that the model does not know.
    init(_ task: TextTask, _ model: Model) throws(SwiftletError) {
        switch task {
        case .plain: return
        case .summary: if model.traits.isInstructedByText { instruction = "summarize: " }
        case .translation(let source, let target):
            if let languages = LanguageTokens(model.tokenizer) {
                try place(languages, source, target, model)
            } else if model.traits.isInstructedByText {
                instruction = try Self.instruction(source, target, model)
            } else {
                try FixedDirection(model).check(source, target)
            }
        }
    }

    /// T5's words for a translation.
    private static func instruction(
        _ source: String?, _ target: String?, _ model: Model
    ) throws(SwiftletError) -> String {
        guard let target else {
            throw SwiftletError(
                .invalidArgument, "\(model.path): the language to translate to is missing, such as \"de\"")
        }
        func name(_ language: String) throws(SwiftletError) -> String {
            if let name = LanguageNames.name(of: language) { return name }
            throw SwiftletError(
                .invalidArgument,
                "\(language.debugDescription) is no language that is known: use one of "
                    + LanguageNames.allCodes.joined(separator: ", "))
        }
        return "translate \(try name(source ?? "en")) to \(try name(target)): "
    }

    private mutating func place(
        _ languages: LanguageTokens, _ source: String?, _ target: String?, _ model: Model
    ) throws(SwiftletError) {
        guard let target = try target.map({ name throws(SwiftletError) in try languages.token(of: name, model) }) else {
            throw SwiftletError(
                .invalidArgument,
                "\(model.path): the language to translate to is missing: the model knows \(languages.list)")
        }
        let end = model.tokenizer.id(of: "</s>") ?? model.tokenizer.special.end
        let ends = end.map { [$0] } ?? []
        guard languages.namesSource else {
            // What the text is translated to stands before it.
            sides = ([target], ends)
            return
        }
        guard let source = try source.map({ name throws(SwiftletError) in try languages.token(of: name, model) }) else {
            throw SwiftletError(
                .invalidArgument,
                "\(model.path): the language to translate from is missing: the model knows \(languages.list)")
        }
        if model.text(forKey: "general.translation.layout") == "behind" {
            sides = ([], ends + [source])
            startToken = target
        } else {
            sides = ([source], ends)
            targetLanguage = target
        }
    }

    /// A text as the model takes it.
    func source(_ text: String, _ model: Model) -> [Token] {
        let text = instruction + text
        guard let sides else { return model.tokenize(text) }
        return sides.before + model.tokenize(text, addSpecial: false) + sides.after
    }

    /// Where the tokens of a text itself are among those of its source.
    func range(of text: String, in source: [Token], _ model: Model) -> Range<Int> {
        let plain = model.tokenize(text, addSpecial: false).count
        let special = model.tokenizer.special
        let before = sides?.before.count ?? (special.addBOS ? 1 : 0)
        let end = max(before, source.count - (sides?.after.count ?? (special.addEOS ? 1 : 0)))
        return max(before, end - plain)..<end
    }

    /// A target as the model is to give it, up to its end.
    func target(_ text: String, _ model: Model) -> [Token] {
        guard let sides else { return model.tokenize(text) }
        let end = sides.after.prefix(1)
        return (targetLanguage.map { [$0] } ?? []) + model.tokenize(text, addSpecial: false) + end
    }

    /// The options with the target's language.
    func apply(to options: BeamOptions) -> BeamOptions {
        guard let targetLanguage else { return options }
        var options = options
        options.forcedFirst = targetLanguage
        if !options.prefix.isEmpty { options.prefix.insert(targetLanguage, at: 0) }
        return options
    }
}

/// The one way in which a model translates.
private struct FixedDirection {
    private let model: Model

    init(_ model: Model) { self.model = model }

    /// A file that does not name its languages takes any.
    ///
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for other languages than the file names.
    func check(_ source: String?, _ target: String?) throws(SwiftletError) {
        for (word, key, found) in [("from", "source", source), ("to", "target", target)] {
            guard let found, let own = model.text(forKey: "general.translation.\(key)") else { continue }
            guard !LanguageCodes.all(of: found).isDisjoint(with: LanguageCodes.all(of: own)) else {
                throw SwiftletError(
                    .invalidArgument, "\(model.path): the model translates \(word) \(own) alone, not \(word) \(found)")
            }
        }
    }
}
