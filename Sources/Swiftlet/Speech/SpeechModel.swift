internal import GGUF
package import Graph
internal import Models
internal import Tensors
package import Tokenizers

/// A model that transcribes speech: a ``Model`` with what steers it. Immutable: any number of threads and sessions share one.
///
/// The weights stay in the file's map (see ``Model``). whisper.cpp's files have tensors at odd places, which are copied: up
/// to half of the file; its GGUF form, which `swiftlet convert` makes, needs no copy.
public final class SpeechModel: Sendable {
    /// The file's model.
    public let model: Model
    /// Bands of the spectrogram: 80, or 128.
    public let melBands: Int
    /// Bins of the spectrum that a filter adds up: 201.
    public let melBins: Int
    /// The filters that make bands of a power spectrum, `[melBands, melBins]`.
    public let melFilters: [Float]
    /// Positions of a whole window, two frames of the spectrogram each: 1500.
    public let audioContext: Int
    /// Layers of the decoder.
    public let decoderLayers: Int
    /// Heads of each of the decoder's attentions.
    public let decoderHeads: Int
    /// The tokens that steer the model.
    public let tokens: SpeechTokens
    /// The heads whose attention follows the sound, where the file names them: `whisper.decoder.alignment_heads`:
    /// layer, head, layer, head, ... OpenAI's models in whisper.cpp's form are recognized by their sizes.
    public let alignmentHeads: [CrossAttentionHead]?
    /// Tokens that the model is not to give, where the file names them: `whisper.decoder.suppress_tokens`.
    public let suppressedTokens: [Token]?
    /// Whether it knows languages beside English, and can translate.
    public let isMultilingual: Bool
    package let encoder: Program
    package let decoder: Program

    /// Opens a model of whisper.cpp's (`ggml-*.bin`) or a GGUF file of the same.
    ///
    /// - Throws: ``SwiftletError`` with the code `file`, `model` or `tokenizer`.
    public convenience init(path: String) throws(SwiftletError) { try self.init(Model(path: path)) }

    /// Opens a model that is part of the program.
    ///
    /// - Parameters:
    ///   - bytes: a GGUF file's, valid and constant until the process ends, at a multiple of 64.
    ///   - name: stands for the path in messages.
    /// - Throws: ``SwiftletError`` with the code `file`, `model` or `tokenizer`.
    @unsafe public convenience init(staticBytes bytes: UnsafeRawBufferPointer, name: String) throws(SwiftletError) {
        try self.init(unsafe Model(staticBytes: bytes, name: name))
    }

    /// Takes a model that is open already.
    ///
    /// - Throws: ``SwiftletError`` with the code `model` for one that does not transcribe speech, or lacks what steers it;
    ///   `tokenizer` for a vocabulary without the tokens that steer it.
    public init(_ model: Model) throws(SwiftletError) {
        guard model.kind == .speech, let encoder = model.definition.encoder, case .rows(let bands) = encoder.input
        else {
            throw SwiftletError(
                .model,
                "\(model.path): a model that transcribes speech was expected, but this one (\(model.architecture)) "
                    + "\(model.kind)")
        }
        melBands = bands
        audioContext = encoder.contextLength
        (melFilters, melBins) = try Self.filters(model.file, bands: bands)
        tokens = try SpeechTokens(model.tokenizer, path: model.path)
        self.encoder = try model.program(for: .encoding)
        decoder = try model.program(for: .decoding)
        let attentions = decoder.crossAttentions
        decoderLayers = attentions.count
        decoderHeads = attentions.map(\.heads.queries).min() ?? 0
        alignmentHeads = try Self.alignmentHeads(model, layers: decoderLayers, heads: decoderHeads)
        suppressedTokens = try Self.numbers(model.file, "\(model.architecture).decoder.suppress_tokens")?
            .compactMap(Token.init(exactly:))
        isMultilingual = tokens.languages.count > 1 && !model.traits.knowsOnlyEnglish
        self.model = model
    }

    private static func numbers(_ file: GGUFFile, _ key: String) throws(SwiftletError) -> [Int]? {
        guard file.metadata.contains(key) else { return nil }
        do throws(GGUFError) { return try file.metadata.ints(key) } catch { throw SwiftletError(error) }
    }

    private static func alignmentHeads(
        _ model: Model, layers: Int, heads: Int
    ) throws(SwiftletError) -> [CrossAttentionHead]? {
        let key = "\(model.architecture).decoder.alignment_heads"
        guard let numbers = try numbers(model.file, key), !numbers.isEmpty else { return nil }
        let found = stride(from: 0, to: numbers.count - 1, by: 2).map {
            CrossAttentionHead(layer: numbers[$0], head: numbers[$0 + 1])
        }
        let fits = found.allSatisfy { (0..<layers).contains($0.layer) && (0..<heads).contains($0.head) }
        guard numbers.count % 2 == 0, fits else {
            throw SwiftletError(
                .model,
                "\(model.path): \(key) must be pairs of a layer and a head of the decoder's \(layers) layers of "
                    + "\(heads) heads, found \(numbers)")
        }
        return found
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
}

/// Properties of its ``model``.
extension SpeechModel {
    /// Where the model was opened.
    public var path: String { model.path }

    /// `general.architecture`: `whisper`.
    public var architecture: String { model.architecture }

    /// How many tokens there are; the length of a row of logits.
    public var vocabularySize: Int { model.vocabularySize }

    /// Max tokens of a window: 448.
    public var textContext: Int { model.contextLength }

    /// Elements of the encoder's result.
    public var hiddenSize: Int { model.hiddenSize }

    /// Bytes of all tensors.
    public var tensorBytes: Int { model.tensorBytes }

    package var tokenizer: Tokenizer { model.tokenizer }

    /// Whether no weight was rounded to a shorter format.
    var isFloat32: Bool { (encoder.terms + decoder.terms).allSatisfy { $0.weights.format == .f32 } }

    /// The tokens of a text, without any that steer the model.
    public func tokenize(_ text: String) -> [Token] { model.tokenize(text, addSpecial: false) }

    /// The text of some tokens; bytes that are no UTF-8 become U+FFFD.
    ///
    /// - Parameter renderSpecial: spells out the tokens that steer the model.
    public func detokenize(_ tokens: [Token], renderSpecial: Bool = false) -> String {
        model.detokenize(tokens, renderSpecial: renderSpecial)
    }

    /// The bytes that some tokens stand for, which need not be whole characters.
    public func bytes(of tokens: [Token]) -> [UInt8] { tokenizer.decode(tokens) }
}
