package import GGUF
internal import Models
internal import WhisperFiles

/// A model file of any kind.
package struct OpenedModel: Sendable {
    /// What it is for.
    package enum Kind: Sendable {
        case text(Model)
        case speech(SpeechModel)
    }

    package let kind: Kind
    /// What the file says of itself.
    package let metadata: Metadata

    /// Opens a GGUF file, or one of whisper.cpp's.
    ///
    /// - Throws: ``SwiftletError`` with the code `file`, `model` or `tokenizer`.
    package init(path: String) throws(SwiftletError) {
        let file: GGUFFile
        do throws(GGUFError) {
            file = try WhisperFile.isOne(path: path) ? WhisperFile.open(path: path) : GGUFFile(path: path)
        } catch {
            throw SwiftletError(error)
        }
        try self.init(file)
    }

    /// Opens a GGUF file in memory.
    ///
    /// - Parameters:
    ///   - bytes: valid and constant for as long as the model, or anything made from it, is used; at a multiple of 64.
    ///   - name: stands for the path in messages.
    /// - Throws: ``SwiftletError`` with the code `file`, `model` or `tokenizer`.
    @unsafe package init(staticBytes bytes: UnsafeRawBufferPointer, name: String) throws(SwiftletError) {
        let file: GGUFFile
        do throws(GGUFError) {
            file = try unsafe GGUFFile(staticBytes: bytes, name: name)
        } catch {
            throw SwiftletError(error)
        }
        try self.init(file)
    }

    private init(_ file: GGUFFile) throws(SwiftletError) {
        // A file that does not say what it is, is refused as a text model, in the words for that.
        let architecture = try? file.metadata.string("general.architecture")
        let isSpeech = Families.speech.contains { family in
            architecture.map { family.architectures.contains($0) } ?? false
        }
        kind = isSpeech ? .speech(try SpeechModel(file: file)) : .text(try Model(file: file))
        metadata = file.metadata
    }
}
