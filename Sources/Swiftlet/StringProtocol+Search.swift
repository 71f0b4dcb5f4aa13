extension StringProtocol {
    /// Without white space at both ends.
    var trimmed: String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }

    /// Whether a text is part of it, byte by byte. The C library has no module for strings, whose `contains` would do it.
    func includes(_ text: String) -> Bool {
        let pattern = Array(text.utf8)
        return pattern.isEmpty || Array(utf8).firstRange(of: pattern, from: 0) != nil
    }
}
