internal import GGUF

/// How one kind of model is converted: the classes of Hugging Face's `transformers` that it covers, the keys that it
/// writes, and which stored tensor becomes which.
protocol Family: Sendable {
    /// Values of `architectures` in `config.json`.
    static var classes: [String] { get }
    /// What names of tensors may begin with, to no effect; longer ones first.
    static var prefixes: [String] { get }
    /// `general.architecture` of the model file.
    var architecture: String { get }
    /// `block_count`, `attention.head_count`, `attention.head_count_kv`: what the choice of types depends on.
    var layers: Int { get }
    var heads: Int { get }
    var keyValueHeads: Int { get }
    /// Experts of a mixture, which the choice of types depends on too; 0: none.
    var expertCount: Int { get }
    /// Rows of the token embedding, which the vocabulary is filled up to.
    var vocabularySize: Int { get }
    /// What the tokenizer's files leave to the model's class.
    var tokenizer: TokenizerDefaults { get }

    /// - Parameters:
    ///   - className: one of ``classes``.
    ///   - keepsHeads: whether the heads of encoders are converted.
    /// - Throws: ``ConversionError`` for a setting that is missing, wrong, or cannot be expressed.
    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError)

    /// Reads what the folder says in other files than `config.json` and the tokenizer's.
    mutating func read(_ folder: ModelFolder) throws(ConversionError)

    /// Writes the architecture's keys.
    func describe(_ keys: inout ArchitectureKeys)

    /// Names every tensor.
    func map(_ t: inout TensorMap) throws(ConversionError)
}

extension Family {
    var expertCount: Int { 0 }

    mutating func read(_ folder: ModelFolder) throws(ConversionError) {}
}

/// A decoder's sizes, which the choice of types depends on.
protocol DecoderSizes: Sendable {
    var layers: Int { get }
    var heads: Int { get }
    var keyValueHeads: Int { get }
    var vocabularySize: Int { get }
}

/// A family that is a decoder, most of whose classes say the same of names and tokens.
protocol DecoderFamily: Family {
    associatedtype Sizes: DecoderSizes
    var decoder: Sizes { get }
}

extension DecoderFamily {
    static var prefixes: [String] { ["model."] }
    var tokenizer: TokenizerDefaults { TokenizerDefaults() }
    var layers: Int { decoder.layers }
    var heads: Int { decoder.heads }
    var keyValueHeads: Int { decoder.keyValueHeads }
    var vocabularySize: Int { decoder.vocabularySize }
}

/// Metadata under an architecture's prefix.
struct ArchitectureKeys {
    let architecture: String
    var contents: GGUFContents

    mutating func set<T: MetadataScalar>(_ key: String, _ value: T) { contents.set("\(architecture).\(key)", value) }

    mutating func set<T: MetadataScalar>(_ key: String, _ values: [T]) {
        contents.set("\(architecture).\(key)", values)
    }

    /// A size or count, which the format has as uint32.
    mutating func set(_ key: String, size: Int) { set(key, UInt32(clamping: size)) }
}
