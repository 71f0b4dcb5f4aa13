// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CSwiftlet
internal import Models
internal import Swiftlet

/// Tokens that lie with the caller.
///
/// - Throws: ``Failure`` with the status `argument` for NULL with a count, and for ids outside the vocabulary.
func tokens(
    _ start: UnsafePointer<Int32>?, _ count: Int, vocabularySize: Int
) throws(Failure) -> [Token] {
    guard count >= 0, count <= Int.max / 4, unsafe start != nil || count == 0 else {
        throw Failure(.argument, "tokens is NULL, or their count is not possible", place: "tokens")
    }
    let tokens = unsafe UnsafeBufferPointer(start: start, count: count)
    if let index = unsafe tokens.firstIndex(where: { $0 < 0 || Int($0) >= vocabularySize }) {
        throw Failure(
            .argument, "token \(unsafe tokens[index]) is none of the vocabulary's 0 to \(vocabularySize - 1)",
            place: "tokens", index: index)
    }
    return unsafe Array(tokens)
}

/// - Throws: ``Failure`` with the status `argument` for unknown flags.
private func check(_ flags: UInt32, _ known: Int) throws(Failure) {
    guard flags & ~UInt32(known) == 0 else {
        throw Failure(.argument, "flags is \(flags): there are only \(known)", place: "flags")
    }
}

@c @implementation
public func swiftlet_tokenize(
    _ model: OpaquePointer?, _ text: UnsafePointer<CChar>?, _ size: Int, _ flags: UInt32,
    _ tokens: UnsafeMutablePointer<Int32>?, _ capacity: Int, _ needed: UnsafeMutablePointer<Int>?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let model = try unsafe ModelObject.of(model).model
        let output = try unsafe Output(tokens, capacity, needed, "tokens")
        try check(flags, SWIFTLET_TOKENIZE_NO_SPECIAL | SWIFTLET_TOKENIZE_PARSE_SPECIAL)
        let text = try unsafe Text.sized(text, size, "text")
        // Tokens that steer a speech model are no part of a text.
        let isText = model.kind != .speech
        try output.write(
            model.tokenize(
                text, addSpecial: isText && flags & UInt32(SWIFTLET_TOKENIZE_NO_SPECIAL) == 0,
                parseSpecial: isText && flags & UInt32(SWIFTLET_TOKENIZE_PARSE_SPECIAL) != 0))
    }
}

@c @implementation
public func swiftlet_detokenize(
    _ model: OpaquePointer?, _ tokens: UnsafePointer<Int32>?, _ count: Int, _ flags: UInt32,
    _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int, _ needed: UnsafeMutablePointer<Int>?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let model = try unsafe ModelObject.of(model).model
        let output = try unsafe Output(buffer, capacity, needed, "buffer")
        try check(flags, SWIFTLET_DETOKENIZE_SPECIAL)
        let tokens = try unsafe SwiftletC.tokens(tokens, count, vocabularySize: model.vocabularySize)
        try output.write(model.detokenize(tokens, renderSpecial: flags & UInt32(SWIFTLET_DETOKENIZE_SPECIAL) != 0))
    }
}

@c @implementation
public func swiftlet_token_is_end(_ model: OpaquePointer?, _ token: Int32) -> Bool {
    guard let model = unsafe ModelObject.peek(model)?.model, model.kind != .speech, token >= 0,
        Int(token) < model.vocabularySize
    else { return false }
    return model.isEndOfGeneration(token)
}
