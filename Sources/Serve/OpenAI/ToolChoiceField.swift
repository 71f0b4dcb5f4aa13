import JSON
import Swiftlet

extension Fields {
    /// `tool_choice`: a word, or an object that names a function, in the forms of OpenAI's chat and responses and of Anthropic's
    /// messages. A choice that is missing is the model's.
    func toolChoice() throws(APIError) -> ToolChoice {
        guard let value = self["tool_choice"] else { return .auto }
        switch value.string ?? value["type"]?.string {
        case "none": return .none
        case "auto": return .auto
        case "required", "any": return .required
        case "function", "tool":
            if let name = value["function"]?["name"]?.string ?? value["name"]?.string { return .function(name) }
        default: break
        }
        throw .invalid(
            "\(place)tool_choice is neither none, auto, required nor a function with its name",
            param: place + "tool_choice")
    }
}
