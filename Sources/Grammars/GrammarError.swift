package import JSON

/// Why a grammar or a schema cannot be used.
package enum GrammarError: Error, Equatable {
    /// The text is no GBNF from this place on; lines and columns count from 1.
    case syntax(line: Int, column: Int, problem: String)
    case undefinedRule(String)
    case missingRoot
    /// The rule begins with itself, so that it would have to be entered without end before the first character.
    case leftRecursion(String)
    /// No text, however long, ends the rule.
    case endless(String)
    /// Written out, it has more states than ``Grammar/stateLimit``.
    case tooLarge
    /// A JSON schema asks for what no grammar is made for.
    case schema(path: String, problem: String)
    /// The schema's text is no JSON.
    case json(JSONError)
}

extension GrammarError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .syntax(let line, let column, let problem): "the grammar's line \(line), column \(column): \(problem)"
        case .undefinedRule(let name): "the grammar uses the rule '\(name)', but does not define it"
        case .missingRoot: "the grammar has no rule 'root', at which the text begins"
        case .leftRecursion(let name):
            "the grammar's rule '\(name)' begins with itself; put what it repeats first, or use '*'"
        case .endless(let name): "no text ends the grammar's rule '\(name)': give it an alternative without itself"
        case .tooLarge:
            "the grammar has more than \(Grammar.stateLimit) states; use smaller counts in its repetitions"
        case .schema(let path, let problem): "the JSON schema at \(path): \(problem)"
        case .json(let error): "the JSON schema's \(error)"
        }
    }
}
