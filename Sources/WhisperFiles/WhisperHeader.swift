internal import GGUF

/// The sizes of a model and its mel filters.
struct WhisperHeader {
    /// One of the two halves of the model.
    struct Stack {
        let context: Int
        let width: Int
        let heads: Int
        let layers: Int

        init(_ cursor: inout Cursor, _ name: String) throws(FormatError) {
            context = try cursor.number("the \(name)'s context", in: 1...WhisperHeader.maxSize)
            width = try cursor.number("the \(name)'s width", in: 1...WhisperHeader.maxSize)
            heads = try cursor.number("the \(name)'s number of heads", in: 1...WhisperHeader.maxSize)
            layers = try cursor.number("the \(name)'s number of layers", in: 1...WhisperHeader.maxLayers)
        }
    }

    let vocabularySize: Int
    let encoder: Stack
    let decoder: Stack
    let melBands: Int
    let fileType: Int
    let filters: TensorInfo

    /// Sizes beyond these are lies. The largest model is 1280 wide, with 32 layers.
    private static let maxSize = 65_536
    private static let maxLayers = 512
    private static let maxBins = 4096

    init(_ cursor: inout Cursor) throws(FormatError) {
        let magic: UInt32 = try cursor.integer("the magic number")
        guard magic == WhisperFile.magic else { throw .notGGUF(magic: magic) }
        vocabularySize = try cursor.number("the vocabulary size", in: WhisperVocabulary.sizes)
        encoder = try Stack(&cursor, "encoder")
        decoder = try Stack(&cursor, "decoder")
        melBands = try cursor.number("the number of mel bands", in: 1...512)
        fileType = try cursor.number("the file type", in: 0...Int(Int32.max))
        _ = try cursor.number("the number of filters", in: melBands...melBands)
        let bins = try cursor.number("the length of a filter", in: 1...Self.maxBins)
        let name = "mel_filters"
        do throws(TensorError) {
            filters = try TensorInfo(name: name, type: .F32, dimensions: [bins, melBands], offset: cursor.offset)
        } catch {
            throw .tensor(name: name, error)
        }
        _ = try cursor.skip(UInt64(filters.byteCount), "the mel filters")
    }

    /// The GGUF metadata of this model.
    func metadata(_ vocabulary: WhisperVocabulary) -> GGUFContents {
        var contents = GGUFContents()
        contents.set("general.architecture", "whisper")
        contents.set("general.type", "model")
        contents.set("general.file_type", UInt32(fileType % 1000))
        contents.set("general.quantization_version", UInt32(max(2, fileType / 1000)))
        set(encoder, "encoder", &contents)
        contents.set("whisper.encoder.mels_count", UInt32(melBands))
        set(decoder, "decoder", &contents)
        if let heads = AlignmentHeads.find(sizes) {
            contents.set("whisper.\(AlignmentHeads.key)", heads.map { UInt32($0) })
        }
        vocabulary.write(to: &contents)
        return contents
    }

    private var sizes: AlignmentHeads.Sizes {
        AlignmentHeads.Sizes(
            vocabulary: vocabularySize, encoderLayers: encoder.layers, decoderLayers: decoder.layers,
            heads: decoder.heads)
    }

    private func set(_ stack: Stack, _ name: String, _ contents: inout GGUFContents) {
        contents.set("whisper.\(name).context_length", UInt32(stack.context))
        contents.set("whisper.\(name).embedding_length", UInt32(stack.width))
        contents.set("whisper.\(name).feed_forward_length", UInt32(4 * stack.width))
        contents.set("whisper.\(name).block_count", UInt32(stack.layers))
        contents.set("whisper.\(name).attention.head_count", UInt32(stack.heads))
    }
}
