import CLineEditor
import Foundation
import GGUF

/// Where the lines of a conversation come from: a terminal with editing and history, or a file or pipe.
@safe final class ChatInput {
    enum Line {
        /// A line that was typed alone: a command, if it begins with a slash.
        case typed(String)
        /// Several lines, or what was pasted: a message, whatever it begins with.
        case message(String)
        /// Ctrl-C: what was typed is dropped.
        case interrupted
        case end
    }

    /// Nil where standard input or output is no terminal.
    private let editor: OpaquePointer?
    /// The words of completion live as long as the editor.
    private let words: WordList

    /// Whether a person types.
    var isTerminal: Bool { unsafe editor != nil }

    /// - Parameters:
    ///   - words: what Tab completes at the beginning of a line.
    ///   - isUsed: false where nothing will be read.
    init(completing words: [String], isUsed: Bool) {
        self.words = WordList(words)
        let isTerminal =
            isUsed && isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
            && ProcessInfo.processInfo.environment["TERM"] != "dumb"
        unsafe editor =
            isTerminal
            ? swl_line_editor_open("swiftlet", Self.historyPath(), self.words.pointer, self.words.count) : nil
    }

    deinit { unsafe swl_line_editor_close(editor) }

    /// One message: lines that end with a backslash go on, and so does everything between two lines of `"""`.
    func readMessage(_ prompt: String, initial: String = "") -> Line {
        var lines: [String] = []
        var isBlock = false
        while true {
            let first = lines.isEmpty && !isBlock
            let read = readLine(first ? prompt : "... ", initial: first ? initial : "")
            switch read {
            case .end: return lines.isEmpty ? .end : finish(lines, isTyped: false)
            case .interrupted: return .interrupted
            case .typed(let line), .message(let line):
                if line.trimmingCharacters(in: .whitespaces) == "\"\"\"" {
                    if isBlock { return finish(lines, isTyped: false) }
                    if first {
                        isBlock = true
                        continue
                    }
                }
                if !isBlock, line.hasSuffix("\\") {
                    lines.append(String(line.dropLast()))
                    continue
                }
                lines.append(line)
                guard !isBlock else { continue }
                if first, case .typed = read { return finish(lines, isTyped: true) }
                return finish(lines, isTyped: false)
            }
        }
    }

    private func finish(_ lines: [String], isTyped: Bool) -> Line {
        let message = lines.joined(separator: "\n")
        if let editor = unsafe editor, !message.allSatisfy(\.isWhitespace) {
            // A line that is brought back from the history counts as typed.
            let isEscaped = !isTyped && message.hasPrefix("/") && !message.contains("\n")
            unsafe swl_line_editor_remember(editor, isEscaped ? "/" + message : message)
        }
        return isTyped ? .typed(message) : .message(message)
    }

    private func readLine(_ prompt: String, initial: String) -> Line {
        guard let editor = unsafe editor else {
            return Swift.readLine(strippingNewline: true).map { .typed($0) } ?? .end
        }
        var line: UnsafePointer<CChar>?
        switch unsafe swl_line_editor_read(editor, prompt, initial, &line) {
        case SWL_LINE_READ:
            guard let text = unsafe line.map({ unsafe String(cString: $0) }) else { return .end }
            let isPasted = unsafe swl_line_editor_was_pasted(editor)
            return isPasted || text.contains("\n") ? .message(text) : .typed(text)
        case SWL_LINE_INTERRUPTED: return .interrupted
        default: return .end
        }
    }

    /// In the user's state folder (XDG base directory specification); nil where there is none, or where it is an input.
    private static func historyPath() -> String? {
        let environment = ProcessInfo.processInfo.environment
        let state: String
        if let folder = environment["XDG_STATE_HOME"], folder.hasPrefix("/") {
            state = folder
        } else if let home = environment["HOME"], home.hasPrefix("/") {
            state = home + "/.local/state"
        } else {
            return nil
        }
        let folder = state + "/swiftlet"
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = folder + "/history"
        do throws(GGUFError) { try InputFiles.check(output: path) } catch { return nil }
        return path
    }
}

/// Strings for C, for as long as this lives.
@safe private final class WordList {
    let count: Int
    private let strings: [UnsafeMutablePointer<CChar>?]
    private let storage: UnsafeMutablePointer<UnsafePointer<CChar>?>

    init(_ words: [String]) {
        count = words.count
        unsafe strings = words.map { unsafe strdup($0) }
        unsafe storage = .allocate(capacity: max(1, words.count))
        for index in words.indices { unsafe storage[index] = UnsafePointer(strings[index]) }
    }

    var pointer: UnsafePointer<UnsafePointer<CChar>?> { unsafe UnsafePointer(storage) }

    deinit {
        for index in 0..<count { unsafe free(strings[index]) }
        unsafe storage.deallocate()
    }
}
