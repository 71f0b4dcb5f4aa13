import Foundation
import Swiftlet

/// Prints what became of lines, a line each.
final class TranslationPrinter {
    private enum Target {
        case stream(StandardStream)
        case file(OutputFile)
        case growing(GrowingFile)
    }

    private let format: LineFormat
    private let hasList: Bool
    private let target: Target
    /// Lines that are there, those of earlier runs counted in.
    private(set) var lineCount = 0

    /// - Parameters:
    ///   - hasList: objects list all targets.
    ///   - path: nil: standard output.
    ///   - resumes: goes on behind the lines that the file has.
    init(_ format: LineFormat, hasList: Bool, path: String?, resumes: Bool) throws(Failure) {
        self.format = format
        self.hasList = hasList
        guard let path else {
            target = .stream(.output)
            return
        }
        guard resumes else {
            target = .file(try OutputFile(path: path))
            return
        }
        let file = try GrowingFile(path: path)
        lineCount = file.lineCount
        target = .growing(file)
    }

    func append(_ text: ConvertedText, _ aligned: AlignedTokens? = nil) throws {
        lineCount += 1
        let bytes = format == .text ? Array(text.text.onOneLine.utf8) : try object(text, aligned).bytes(isPretty: false)
        switch target {
        case .stream(let stream): try stream.write(bytes + [0x0A])
        case .file(let file): try file.write(bytes + [0x0A])
        case .growing(let file): try file.write(bytes + [0x0A])
        }
    }

    private func object(_ text: ConvertedText, _ aligned: AlignedTokens?) -> JSON {
        var members: [String: JSON] = [
            "line": .int(lineCount), "text": .string(text.text),
            "score": text.targets.first.map { .number($0.score) } ?? .null,
        ]
        if text.pieces.count > 1 { members["pieces"] = .array(text.pieces.map { .string($0) }) }
        if hasList {
            members["n_best"] = .array(
                text.targets.map { .object(["text": .string($0.text), "score": .number($0.score)]) })
        }
        if let aligned {
            members["source_tokens"] = .array(aligned.source.map { .string($0) })
            members["target_tokens"] = .array(aligned.target.map { .string($0) })
            members["alignment"] = .array(aligned.pairs.map { .ints([$0.target, $0.source]) })
        }
        return .object(members)
    }

    /// Puts a file in its place.
    func finish() throws(Failure) {
        switch target {
        case .stream: break
        case .file(let file): try file.finish()
        case .growing(let file): try file.finish()
        }
    }
}

extension String {
    /// The text with spaces in place of line breaks.
    var onOneLine: String { String(map { $0.isNewline ? " " : $0 }) }
}
