internal import GGUF
internal import Interpreter

/// The kind of a saved state: the prefix of its keys, and the file's architecture.
enum StateKind: String {
    case conversation, session

    var architecture: String { "swiftlet.\(rawValue)" }
    var version: UInt32 { 1 }

    func key(_ name: String) -> String { "\(rawValue).\(name)" }
}

/// A session in a file, or in memory: a GGUF file, compressed with zstd, that holds the tokens and the cache.
extension Session {
    /// Saves what the session holds, without tokens that would have to be computed again after ``rewind(to:)``. What was
    /// at the path is replaced once all is written.
    ///
    /// - Throws: ``SwiftletError`` with the code `file`, or `invalidArgument` where the path is that of a model that is open.
    public func save(to path: String) throws(SwiftletError) {
        try write(contents(.session), to: path)
    }

    /// What ``save(to:)`` writes.
    ///
    /// - Throws: ``SwiftletError`` with the code `file`.
    public func saved() throws(SwiftletError) -> [UInt8] { try bytes(of: contents(.session)) }

    /// Goes on with a saved session instead of this one. Logits are not part of it.
    ///
    /// - Throws: ``SwiftletError`` with the code `file` for a damaged file, one that is no session, or one with another
    ///   model or type of cache, `contextFull` for one that is longer than fits. The session then holds what it held, or
    ///   nothing.
    public mutating func restore(from path: String) throws(SwiftletError) {
        let file = try GGUFFile.state(path)
        try restore(.session, tokens: stateTokens(.session, file), from: file)
    }

    /// Goes on with what ``saved()`` returned; see ``restore(from:)``.
    public mutating func restore(saved bytes: [UInt8]) throws(SwiftletError) {
        let file = try GGUFFile.state(bytes)
        try restore(.session, tokens: stateTokens(.session, file), from: file)
    }

    /// The metadata and the tensors of a state.
    func contents(_ kind: StateKind) throws(SwiftletError) -> GGUFContents {
        var contents = GGUFContents()
        contents.set("general.architecture", kind.architecture)
        contents.set(kind.key("version"), kind.version)
        contents.set(kind.key("model"), model.identity(set))
        contents.set(kind.key("cache_type"), cacheType.rawValue)
        contents.set(kind.key("tokens"), Array(tokens.prefix(computedCount)))
        for part in try parts() {
            contents.addTensor(part.name, type: .I8, dimensions: [part.byteCount])
        }
        return contents
    }

    /// Writes contents that came from ``contents(_:)`` and the state.
    func write(_ contents: GGUFContents, to path: String) throws(SwiftletError) {
        var writer: GGUFWriter
        do throws(GGUFError) {
            writer = try GGUFWriter(path: path, contents: contents, compressed: true)
        } catch {
            throw SwiftletError(error)
        }
        try appendState(to: &writer)
        do throws(GGUFError) { try writer.finish() } catch { throw SwiftletError(error) }
    }

    /// The bytes that ``write(_:to:)`` would write.
    func bytes(of contents: GGUFContents) throws(SwiftletError) -> [UInt8] {
        var writer: GGUFWriter
        do throws(GGUFError) {
            writer = try GGUFWriter(labelled: GGUFFile.stateLabel, contents: contents, compressed: true)
        } catch {
            throw SwiftletError(error)
        }
        try appendState(to: &writer)
        do throws(GGUFError) { return try writer.finishInMemory() } catch { throw SwiftletError(error) }
    }

    private func appendState(to writer: inout GGUFWriter) throws(SwiftletError) {
        let parts = try parts()
        try engine.withInterpreter(sequence) { interpreter, index throws(SwiftletError) in
            do throws(GGUFError) {
                for part in parts {
                    try interpreter.store.withBytes(of: part, index) { bytes throws(GGUFError) in
                        try writer.append(bytes, to: part.name)
                    }
                }
            } catch {
                throw SwiftletError(error)
            }
        }
    }

    /// The saved parts of the states.
    private func parts() throws(SwiftletError) -> [StatePart] {
        try engine.withInterpreter(sequence) { interpreter, _ in interpreter.store.parts(length: computedCount) }
    }

    /// Takes what was saved.
    ///
    /// - Parameter tokens: what ``stateTokens(_:_:)`` gave.
    /// - Throws: see ``restore(from:)``.
    mutating func restore(_ kind: StateKind, tokens: [Token], from file: GGUFFile) throws(SwiftletError) {
        let isWhole = try replaceState(tokens) { store, sequence, part in
            guard let tensor = file.tensor(named: part.name) else { return false }
            return store.fill(part, sequence, from: file.bytes(of: tensor))
        }
        guard isWhole else { throw SwiftletError(.file, "\(file.path): the \(kind)'s cache is damaged") }
    }

    /// The tokens of a state that this session can take.
    ///
    /// - Throws: see ``restore(from:)``.
    func stateTokens(_ kind: StateKind, _ file: GGUFFile) throws(SwiftletError) -> [Token] {
        let tokens: [Token]
        let version: Int
        let identity: String
        let cacheType: String
        do throws(GGUFError) {
            let metadata = file.metadata
            let found = try metadata.string("general.architecture")
            guard found == kind.architecture else {
                throw .wrongValue(
                    key: "general.architecture", expected: kind.architecture, found: found, path: file.path)
            }
            version = try metadata.int(kind.key("version"))
            identity = try metadata.string(kind.key("model"))
            cacheType = try metadata.string(kind.key("cache_type"))
            tokens = try metadata.ints(kind.key("tokens")).map { Token(exactly: $0) ?? -1 }
        } catch {
            throw SwiftletError(error)
        }
        func refuse(_ problem: String) -> SwiftletError { SwiftletError(.file, "\(file.path): \(problem)") }
        guard version == Int(kind.version) else {
            throw refuse("version \(version) of the format is not known to this program")
        }
        guard identity == model.identity(set) else {
            throw refuse("the \(kind) was held with another model than \(model.path), or with other adapters")
        }
        guard cacheType == self.cacheType.rawValue else {
            throw refuse("the \(kind) has a cache of \(cacheType): use a session with that type")
        }
        guard tokens.allSatisfy({ $0 >= 0 && $0 < model.vocabularySize }) else {
            throw refuse("the \(kind)'s tokens are damaged")
        }
        guard tokens.count <= contextLength else {
            throw SwiftletError(
                .contextFull,
                "\(file.path): the \(kind) has \(tokens.count) tokens, the context holds \(contextLength)")
        }
        return tokens
    }
}

extension GGUFFile {
    /// Stands for the path of a state in memory.
    static var stateLabel: String { "saved state" }

    /// - Throws: ``SwiftletError`` with the code `file`.
    static func state(_ path: String) throws(SwiftletError) -> GGUFFile {
        do throws(GGUFError) { return try GGUFFile(path: path, isReplaceable: true) } catch {
            throw SwiftletError(error)
        }
    }

    /// - Throws: ``SwiftletError`` with the code `file`.
    static func state(_ bytes: [UInt8]) throws(SwiftletError) -> GGUFFile {
        do throws(GGUFError) {
            return try GGUFFile(copying: bytes, name: stateLabel)
        } catch {
            throw SwiftletError(error)
        }
    }
}
