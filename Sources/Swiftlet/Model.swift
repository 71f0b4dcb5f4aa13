package import GGUF
package import Graph
internal import Interpreter
package import Models
internal import Tensors
package import Tokenizers
internal import WhisperFiles

/// A token's id: an index into the vocabulary.
public typealias Token = Int32

/// A model file of any kind, open and checked: weights, graphs and tokenizer. Immutable: any number of threads and sessions
/// share one.
///
/// The weights stay in the file's map, shared with every other process that has it open; opening takes milliseconds. The
/// quantized weights of an encoder are copied once, a byte each, when its first ``Embedder``, ``Reranker``, ``Classifier`` or
/// ``MaskFiller`` is made: all of a model share the copy.
/// A file that another process cuts short while it is mapped ends this process with SIGBUS: replace model files by
/// renaming, never by writing into them.
public final class Model: Sendable {
    /// Where the model was opened.
    public let path: String
    /// `general.architecture`: `llama`, `qwen2`, ...
    public let architecture: String
    /// What was asked for instead of the file's rotary embedding.
    public let rope: RopeOptions
    /// Max tokens of one session.
    public let contextLength: Int
    /// How many tokens there are; the length of a row of logits.
    public let vocabularySize: Int
    /// Elements of a token's embedding.
    public let hiddenSize: Int
    /// Whether it reads texts, every token seeing the whole, and writes none: for an ``Embedder``, not for a ``Session``.
    public var isEncoder: Bool { kind == .encoder }
    /// Its kind: decoder, encoder, text to text, or speech.
    package var kind: ModelKind { definition.kind }
    package let tokenizer: Tokenizer
    /// Of the task that it is made for: the next token of a decoder, the last state of an encoder.
    package let graph: Graph
    package let program: Program
    let definition: ModelDefinition
    /// Those of other tasks, made at the first use.
    private let programs = ForkSafeMutex<[ModelTask: Program]>([:])
    /// The weights of programs that read them packed, which they are when the first interpreter of one is made.
    let packed = PackedWeightsStore()
    private let texts = ForkSafeMutex<TokenTexts?>(nil)
    /// Keeps the weights mapped for as long as the programs point at them.
    let file: GGUFFile

    /// Opens a GGUF file: plain, split (any part), or compressed with zstd; or one of whisper.cpp's (`ggml-*.bin`).
    ///
    /// - Parameter rope: instead of the file's rotary embedding.
    /// - Throws: ``SwiftletError`` with the code `file`, `model` or `tokenizer`; `invalidArgument` for a `rope` that is not
    ///   possible, or not for this model.
    public convenience init(path: String, rope: RopeOptions = RopeOptions()) throws(SwiftletError) {
        let file: GGUFFile
        do throws(GGUFError) {
            file = try WhisperFile.isOne(path: path) ? WhisperFile.open(path: path) : GGUFFile(path: path)
        } catch {
            throw SwiftletError(error)
        }
        try self.init(file: file, rope: rope)
    }

    /// Opens a model that is part of the program.
    ///
    /// - Parameters:
    ///   - bytes: a GGUF file's, valid and constant until the process ends, at a multiple of 64.
    ///   - name: stands for the path in messages.
    ///   - rope: instead of the file's rotary embedding.
    /// - Throws: ``SwiftletError`` with the code `file`, `model` or `tokenizer`; `invalidArgument` for a `rope` that is not
    ///   possible, or not for this model.
    @unsafe public convenience init(
        staticBytes bytes: UnsafeRawBufferPointer, name: String, rope: RopeOptions = RopeOptions()
    ) throws(SwiftletError) {
        let file: GGUFFile
        do throws(GGUFError) {
            file = try unsafe GGUFFile(staticBytes: bytes, name: name)
        } catch {
            throw SwiftletError(error)
        }
        try self.init(file: file, rope: rope)
    }

    /// Takes a file that is open already.
    ///
    /// - Throws: ``SwiftletError`` with the code `model` or `tokenizer`.
    package init(file: GGUFFile, rope: RopeOptions = RopeOptions()) throws(SwiftletError) {
        let definition: ModelDefinition
        let graph: Graph
        let overrides = try rope.overrides
        do throws(ModelError) {
            definition = try ModelDefinition(file, rope: overrides)
            graph = try definition.graph(for: definition.tasks[0])
        } catch {
            throw SwiftletError(error)
        }
        let tokenizer = try Tokenizer(file)
        guard tokenizer.vocabularySize == definition.vocabularySize else {
            throw SwiftletError(
                .model,
                "\(file.path): the vocabulary has \(tokenizer.vocabularySize) tokens, but token_embd.weight has "
                    + "\(definition.vocabularySize) rows")
        }
        self.file = file
        self.rope = rope
        self.tokenizer = tokenizer
        path = file.path
        architecture = definition.architecture
        contextLength = definition.contextLength
        vocabularySize = definition.vocabularySize
        hiddenSize = definition.hiddenSize
        self.definition = definition
        self.graph = graph
        program = graph.compile(definition.weightLayout)
    }

    /// The tasks it supports, its main task first.
    package var tasks: [ModelTask] { definition.tasks }

    /// How its programs read quantized weights.
    var weightLayout: WeightLayout { definition.weightLayout }

    /// Traits that its family states.
    var traits: ModelTraits { definition.traits }

    /// The layers behind a text's vector that the file has, in order.
    var denseLayers: [DenseLayer] {
        get throws(SwiftletError) {
            do throws(ModelError) { return try definition.denseLayers } catch { throw SwiftletError(error) }
        }
    }

    /// The program for a task.
    ///
    /// - Throws: ``SwiftletError`` with the code `model` when the file lacks what the task needs.
    package func program(for task: ModelTask) throws(SwiftletError) -> Program {
        if task == tasks[0] { return program }
        try checkTask(task)
        if let made = programs.withLock({ $0[task] }) { return made }
        do throws(ModelError) {
            let made = try definition.graph(for: task).compile(definition.weightLayout)
            programs.withLock { $0[task] = made }
            return made
        } catch {
            throw SwiftletError(error)
        }
    }

    /// - Throws: ``SwiftletError`` with the code `model` for a task that is not one of ``tasks``.
    func checkTask(_ task: ModelTask) throws(SwiftletError) {
        guard tasks.contains(task) else { throw SwiftletError(.model, "\(path): \(kind.lack(of: task))") }
    }

    /// Bytes of all tensors: what one decode step reads, but for the rows of the embedding that it skips.
    public var tensorBytes: Int { file.tensors.reduce(0) { $0 + $1.byteCount } }

    /// Whether no weight of the main program was rounded to a shorter format.
    var isFloat32: Bool { program.terms.allSatisfy { $0.weights.format == .f32 } }

    /// An identifier of the model: a hash of its tensors' names, types, shapes and a sample of their bytes, and of ``rope``.
    public var identity: String { file.identity(mixing: rope.text) }

    /// The vocabulary as grammars see it, made at the first use.
    var tokenTexts: TokenTexts {
        if let texts = texts.withLock({ $0 }) { return texts }
        let made = TokenTexts(tokenizer)
        return texts.withLock { texts in
            if let texts { return texts }
            texts = made
            return made
        }
    }

    /// The metadata of the file.
    package var metadata: Metadata { file.metadata }

    /// A metadata value of the file, if it is a text.
    func text(forKey key: String) -> String? { try? file.metadata.string(key) }

    /// An integer of the file, nil where it has none of that key.
    ///
    /// - Throws: ``SwiftletError`` with the code `file` for a value of another type.
    func integer(forKey key: String) throws(SwiftletError) -> Int? {
        guard file.metadata.contains(key) else { return nil }
        do throws(GGUFError) { return try file.metadata.int(key) } catch { throw SwiftletError(error) }
    }

    /// Texts of the file, nil where it has none of that key.
    ///
    /// - Throws: ``SwiftletError`` with the code `file` for a value of another type.
    func strings(forKey key: String) throws(SwiftletError) -> [String]? {
        guard file.metadata.contains(key) else { return nil }
        do throws(GGUFError) { return try file.metadata.strings(key) } catch { throw SwiftletError(error) }
    }

    /// The tokens of a text.
    ///
    /// - Parameters:
    ///   - addSpecial: adds the tokens that the model expects around a text, as its file says.
    ///   - parseSpecial: control tokens spelt out in the text (`<|im_end|>`) become these tokens. Off for text from
    ///     outside, which could otherwise end its own turn.
    public func tokenize(_ text: String, addSpecial: Bool = true, parseSpecial: Bool = false) -> [Token] {
        tokenizer.encode(text, addSpecial: addSpecial, parseSpecial: parseSpecial)
    }

    /// The text of some tokens; bytes that are no UTF-8 become U+FFFD.
    ///
    /// - Parameter renderSpecial: spells out control tokens.
    public func detokenize(_ tokens: [Token], renderSpecial: Bool = false) -> String {
        String(decoding: tokenizer.decode(tokens, renderSpecial: renderSpecial), as: UTF8.self)
    }

    /// The bytes that a token adds to a text, which may be a part of a character; control tokens as they are spelt.
    package func bytes(of token: Token) -> [UInt8] {
        var bytes: [UInt8] = []
        tokenizer.appendBytes(of: token, to: &bytes, renderSpecial: true)
        return bytes
    }

    /// One token as the vocabulary spells it, nil when there is no such token.
    public func text(of token: Token) -> String? { tokenizer.text(of: token) }

    /// Whether a model that gives `token` has nothing more to say.
    public func isEndOfGeneration(_ token: Token) -> Bool { tokenizer.isEndOfGeneration(token) }

    /// The tokens that ``isEndOfGeneration(_:)`` tells of.
    var endTokens: [Token] { tokenizer.endTokens }

    /// Tokens that are never generated, as the file says.
    package var suppressedTokens: [Token] { tokenizer.special.suppressed }
}

extension ModelDefinition {
    /// An encoder's steps are whole texts, for which packed weights are the faster; a decoder's are single tokens, which read the
    /// fewest bytes as the file has them.
    var weightLayout: WeightLayout { kind == .encoder ? .packed : .blocks }
}

extension ModelKind {
    /// Why a model cannot do a task, and which command it is for.
    fileprivate func lack(of task: ModelTask) -> String {
        switch (self, task) {
        case (.speech, _): "the model transcribes speech (swiftlet transcribe)"
        case (_, .decoding), (_, .encoding): "the model \(self): it is no encoder with a decoder"
        case (.encoder, .nextToken):
            "the model is an encoder: it writes no text, but turns texts into vectors (swiftlet embed)"
        case (_, .nextToken): "the model \(self): it does not continue one"
        case (_, .embedding): "the model has no vectors"
        case (_, .maskedToken): "the model has no head for masked tokens (mlm.dense, mlm.norm)"
        case (_, .classification): "the model has no classifier (cls, cls.output)"
        }
    }
}
