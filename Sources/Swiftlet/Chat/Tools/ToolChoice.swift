/// Whether an answer calls tools.
public enum ToolChoice: Sendable, Hashable {
    /// The model decides.
    case auto
    /// The model is not told of the tools.
    case none
    /// The answer is calls of tools, after what the model reasons.
    case required
    /// The answer is a call of this tool, after what the model reasons.
    case function(String)

    /// - Parameter word: `auto`, `none`, `required`, or the name of a tool.
    public init(word: String) {
        switch word {
        case "auto": self = .auto
        case "none": self = .none
        case "required": self = .required
        default: self = .function(word)
        }
    }
}
