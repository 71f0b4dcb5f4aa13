import Foundation
import Swiftlet

/// A folder that gets a transcript for each sound, named after it.
struct TranscriptFolder {
    private let path: String
    private let format: TranscriptFormat

    /// Makes the folder where there is none.
    ///
    /// - Throws: `Failure` when that is not possible.
    init(_ path: String, _ format: TranscriptFormat) throws(Failure) {
        self.path = path
        self.format = format
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw .message("cannot make the folder \(path): \(error.localizedDescription)")
        }
    }

    /// A sound's name without folder and ending; `stdin` for standard input.
    static func stem(_ sound: String) -> String {
        let name = sound == "-" ? "stdin" : URL(fileURLWithPath: sound).lastPathComponent
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
        return String(name[..<dot])
    }

    /// The first two sounds whose transcripts would have the same name.
    static func collision(_ sounds: [String]) -> (String, String)? {
        var seen: [String: String] = [:]
        for sound in sounds {
            if let other = seen.updateValue(sound, forKey: stem(sound)) { return (other, sound) }
        }
        return nil
    }

    /// The file for a sound's transcript.
    ///
    /// - Throws: `Failure` when it cannot be written, or is one of the files that are read.
    func file(for sound: String) throws(Failure) -> OutputFile {
        let target = URL(fileURLWithPath: path).appendingPathComponent("\(Self.stem(sound)).\(format.rawValue)").path
        return try OutputFile(path: target)
    }
}
