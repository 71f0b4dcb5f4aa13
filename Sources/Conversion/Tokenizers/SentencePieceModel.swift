internal import Tokenizers

/// A SentencePiece model file: a protobuf message of pieces and settings.
///
/// Source: github.com/google/sentencepiece, `src/sentencepiece_model.proto`.
struct SentencePieceModel {
    enum Algorithm: UInt64 {
        case unigram = 1
        case bpe = 2
        case word = 3
        case character = 4
    }

    struct Piece {
        var text: [UInt8] = []
        var score: Float = 0
        var kind = TokenKind.normal
    }

    private(set) var pieces: [Piece] = []
    private(set) var algorithm = Algorithm.unigram
    private(set) var charsMap: [UInt8] = []
    private(set) var addsSpacePrefix = true
    private(set) var removesExtraSpaces = true

    /// - Throws: ``ConversionError/tokenizer(_:path:)`` for what is no such message.
    init(_ bytes: Span<UInt8>, path: String) throws(ConversionError) {
        do throws(ProtobufReader.Malformed) {
            var reader = ProtobufReader(bytes)
            while let (field, value) = try reader.next() {
                guard case .bytes(let range) = value else { continue }
                let part = bytes.extracting(range)
                switch field {
                case 1: pieces.append(try Self.piece(part, at: range.lowerBound))
                case 2: try readTrainer(part, at: range.lowerBound)
                case 3: try readNormalizer(part)
                default: break
                }
            }
        } catch {
            throw .tokenizer("no SentencePiece model: byte \(error.offset) is not what protobuf has there", path: path)
        }
        guard !pieces.isEmpty else { throw .tokenizer("no SentencePiece model: it has no pieces", path: path) }
    }

    private static func piece(_ bytes: Span<UInt8>, at offset: Int) throws(ProtobufReader.Malformed) -> Piece {
        var piece = Piece()
        var reader = ProtobufReader(bytes)
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (1, .bytes(let range)): piece.text = copy(bytes.extracting(range))
            case (2, .fixed(let bits)): piece.score = Float(bitPattern: UInt32(truncatingIfNeeded: bits))
            case (3, .number(let number)):
                guard let raw = UInt8(exactly: number), let kind = TokenKind(rawValue: raw) else {
                    throw ProtobufReader.Malformed(offset: offset)
                }
                piece.kind = kind
            default: break
            }
        }
        return piece
    }

    private mutating func readTrainer(_ bytes: Span<UInt8>, at offset: Int) throws(ProtobufReader.Malformed) {
        var reader = ProtobufReader(bytes)
        while let (field, value) = try reader.next() {
            guard field == 3, case .number(let number) = value else { continue }
            guard let found = Algorithm(rawValue: number) else { throw ProtobufReader.Malformed(offset: offset) }
            algorithm = found
        }
    }

    private mutating func readNormalizer(_ bytes: Span<UInt8>) throws(ProtobufReader.Malformed) {
        var reader = ProtobufReader(bytes)
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (2, .bytes(let range)): charsMap = Self.copy(bytes.extracting(range))
            case (3, .number(let number)): addsSpacePrefix = number != 0
            case (4, .number(let number)): removesExtraSpaces = number != 0
            default: break
            }
        }
    }

    private static func copy(_ bytes: Span<UInt8>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(bytes.count)
        for index in bytes.indices { copy.append(bytes[index]) }
        return copy
    }
}
