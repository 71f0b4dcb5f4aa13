import ArgumentParser
import Swiftlet

/// Token ids as `1,403,407`.
struct TokenList: ExpressibleByArgument {
    let tokens: [Token]

    init?(argument: String) {
        var tokens: [Token] = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let token = Token(part.trimmingPrefix(while: \.isWhitespace)), token >= 0 else { return nil }
            tokens.append(token)
        }
        self.tokens = tokens
    }
}
