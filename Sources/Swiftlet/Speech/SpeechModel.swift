package import GGUF
package import Graph
internal import Models
internal import Tensors
package import Tokenizers
internal import WhisperFiles

/// A speech model's file, open and checked. Immutable: any number of threads and sessions share one.
///
/// The weights stay in the file's map (see ``Model``). whisper.cpp's files have tensors at odd places, which are copied: up
/// to half of the file; its GGUF form, which `swiftlet convert` makes, needs no copy.
public final class SpeechModel: Sendable {
    /// Where the model was opened.
    public let path: String
    /// `general.architecture`: `whisper`.
    public let architecture: String
    /// How many tokens there are; the length of a row of logits.
    public let vocabularySize: Int
    /// Bands of the spectrogram: 80, or 128.
    public let melBands: Int
    /// Bins of the spectrum that a filter adds up: 201.
    public let melBins: Int
    /// The filters that make bands of a power spectrum, `[melBands, melBins]`.
    public let melFilters: [Float]
    /// Positions of a whole window, two frames of the spectrogram each: 1500.
    public let audioContext: Int
    /// Most tokens of a window: 448.
    public let textContext: Int
    /// Elements of the encoder's result.
    public let hiddenSize: Int
    /// Layers of the decoder.
    public let decoderLayers: Int
    /// Heads of each of the decoder's attentions.
    public let decoderHeads: Int
    /// The tokens that steer the model.
    public let tokens: SpeechTokens
    /// The heads whose attention follows the sound, where the file names them: `whisper.decoder.alignment_heads`, layer and
    /// head by turns. OpenAI's models in whisper.cpp's form are known by their sizes.
    public let alignmentHeads: [CrossAttentionHead]?
    /// Tokens that the model is not to give, where the file names them: `whisper.decoder.suppress_tokens`.
    public let suppressedTokens: [Token]?
    /// Whether it knows languages beside English, and can translate.
    public let isMultilingual: Bool
    package let tokenizer: Tokenizer
    package let encoder: Program
    package let decoder: Program
    /// The decoder's attentions to the encoder's result, by layer.
    let crossAttentions: [Node]
    /// Keeps the weights mapped for as long as the programs point at them.
    private let file: GGUFFile

    /// Opens a model of whisper.cpp's (`ggml-*.bin`) or a GGUF file of the same.
    ///
    /// - Throws: ``SwiftletError`` with the code `file`, `model` or `tokenizer`.
    public convenience init(path: String) throws(SwiftletError) {
        let file: GGUFFile
        do throws(GGUFError) {
            file = try WhisperFile.isOne(path: path) ? WhisperFile.open(path: path) : GGUFFile(path: path)
        } catch {
            throw SwiftletError(error)
        }
        try self.init(file: file)
    }

    /// Opens a model that is part of the program.
    ///
    /// - Parameters:
    ///   - bytes: a GGUF file's, valid and constant until the process ends, at a multiple of 64.
    ///   - name: stands for the path in messages.
    /// - Throws: ``SwiftletError`` with the code `file`, `model` or `tokenizer`.
    @unsafe public convenience init(staticBytes bytes: UnsafeRawBufferPointer, name: String) throws(SwiftletError) {
        let file: GGUFFile
        do throws(GGUFError) {
            file = try unsafe GGUFFile(staticBytes: bytes, name: name)
        } catch {
            throw SwiftletError(error)
        }
        try self.init(file: file)
    }

    /// Takes a file that is open already.
    ///
    /// - Throws: ``SwiftletError`` with the code `model` or `tokenizer`.
    package init(file: GGUFFile) throws(SwiftletError) {
        let definition: SpeechDefinition
        do throws(ModelError) { definition = try SpeechDefinition(file) } catch { throw SwiftletError(error) }
        let tokenizer = try Tokenizer(file)
        guard tokenizer.vocabularySize == definition.vocabularySize else {
            throw SwiftletError(
                .model,
                "\(file.path): the vocabulary has \(tokenizer.vocabularySize) tokens, but token_embd.weight has "
                    + "\(definition.vocabularySize) rows")
        }
        let sizes = definition.sizes
        (melFilters, melBins) = try Self.filters(file, bands: sizes.melBands)
        tokens = try SpeechTokens(tokenizer, path: file.path)
        alignmentHeads = try Self.alignmentHeads(file, definition)
        suppressedTokens = try Self.numbers(file, "\(definition.architecture).decoder.suppress_tokens")?
            .compactMap(Token.init(exactly:))
        self.file = file
        self.tokenizer = tokenizer
        path = file.path
        architecture = definition.architecture
        vocabularySize = definition.vocabularySize
        melBands = sizes.melBands
        audioContext = sizes.audioContext
        textContext = sizes.textContext
        hiddenSize = sizes.hiddenSize
        decoderLayers = sizes.decoderLayers
        decoderHeads = sizes.decoderHeads.queries
        isMultilingual = tokens.languages.count > 1 && vocabularySize != Self.englishVocabularySize
        encoder = definition.encoder.compile()
        decoder = definition.decoder.compile()
        crossAttentions = definition.crossAttentions
    }

    /// Of OpenAI's models for English alone, which have tokens for 99 languages all the same.
    private static let englishVocabularySize = 51_864

    private static func numbers(_ file: GGUFFile, _ key: String) throws(SwiftletError) -> [Int]? {
        guard file.metadata.contains(key) else { return nil }
        do throws(GGUFError) { return try file.metadata.ints(key) } catch { throw SwiftletError(error) }
    }

    private static func alignmentHeads(
        _ file: GGUFFile, _ definition: SpeechDefinition
    ) throws(SwiftletError) -> [CrossAttentionHead]? {
        let key = "\(definition.architecture).decoder.alignment_heads"
        guard let numbers = try numbers(file, key), !numbers.isEmpty else { return nil }
        let heads = stride(from: 0, to: numbers.count - 1, by: 2).map {
            CrossAttentionHead(layer: numbers[$0], head: numbers[$0 + 1])
        }
        let layers = 0..<definition.sizes.decoderLayers
        let places = 0..<definition.sizes.decoderHeads.queries
        guard numbers.count % 2 == 0, heads.allSatisfy({ layers.contains($0.layer) && places.contains($0.head) }) else {
            throw SwiftletError(
                .model,
                "\(file.path): \(key) must be pairs of a layer and a head of the decoder's \(layers.count) layers of "
                    + "\(places.count) heads, found \(numbers)")
        }
        return heads
    }

    private static func filters(_ file: GGUFFile, bands: Int) throws(SwiftletError) -> ([Float], Int) {
        guard let tensor = file.tensor(named: "mel_filters") else {
            throw SwiftletError(.model, "\(file.path): the tensor mel_filters is missing")
        }
        guard tensor.type == .F32, tensor.dimensions.count == 2, tensor.rows == bands else {
            throw SwiftletError(
                .model,
                "\(file.path): the tensor mel_filters is \(tensor.type.name) of the shape \(tensor.dimensions), expected "
                    + "F32 with \(bands) rows")
        }
        let bytes = file.bytes(of: tensor)
        let values = (0..<tensor.elementCount).map { Float(bitPattern: bytes.load(4 * $0, as: UInt32.self)) }
        return (values, tensor.columns)
    }

    /// Bytes of all tensors.
    public var tensorBytes: Int { file.tensors.reduce(0) { $0 + $1.byteCount } }

    /// Whether no weight was rounded to a shorter format.
    var isFloat32: Bool { (encoder.terms + decoder.terms).allSatisfy { $0.weights.format == .f32 } }

    /// The tokens of a text, without any that steer the model.
    public func tokenize(_ text: String) -> [Token] { tokenizer.encode(text, addSpecial: false, parseSpecial: false) }

    /// The text of some tokens; bytes that are no UTF-8 become U+FFFD.
    ///
    /// - Parameter renderSpecial: spells out the tokens that steer the model.
    public func detokenize(_ tokens: [Token], renderSpecial: Bool = false) -> String {
        String(decoding: tokenizer.decode(tokens, renderSpecial: renderSpecial), as: UTF8.self)
    }

    /// The bytes that some tokens stand for, which need not be whole characters.
    public func bytes(of tokens: [Token]) -> [UInt8] { tokenizer.decode(tokens) }
}
