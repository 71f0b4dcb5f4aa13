import JSON

/// What an error of the hub means.
enum Refusal {
    /// - Parameter hasToken: whether one was sent.
    static func error(_ answer: HTTPConnection.Answer, at address: WebAddress, hasToken: Bool) -> HubError {
        let status = answer.head.status
        return .refused(host: address.host, status: status, problem: problem(answer, hasToken))
    }

    private static func problem(_ answer: HTTPConnection.Answer, _ hasToken: Bool) -> String {
        let login = hasToken ? "the token of HF_TOKEN does not open it" : "set HF_TOKEN if it is private"
        switch answer.head["x-error-code"] {
        case "RepoNotFound": return "there is no such repository, or it is private; \(login)"
        case "GatedRepo":
            return "the repository asks for an agreement: accept it on its page, then set HF_TOKEN; \(login)"
        case "RevisionNotFound": return "the repository has no such branch, tag or commit"
        case "EntryNotFound": return "the repository has no such file"
        default: break
        }
        let said = answer.head["x-error-message"] ?? message(answer.errorText)
        switch answer.head.status {
        case 401, 403: return "\(said ?? "not allowed"); \(login)"
        case 404: return said ?? "there is no such repository"
        case 429:
            return "too many requests"
                + (answer.head["retry-after"].map { "; try again in \($0) seconds" } ?? "")
                + (hasToken ? "" : "; with HF_TOKEN more are allowed")
        default: return said ?? "no reason given"
        }
    }

    /// `{"error": "..."}`
    private static func message(_ text: String) -> String? {
        guard let value = try? JSONParser.parse(text), case .string(let message)? = value["error"] else { return nil }
        return message
    }
}
