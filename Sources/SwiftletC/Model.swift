// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CSwiftlet
internal import GGUF
internal import Models
internal import Swiftlet

/// A model of any kind.
final class ModelObject: Handle {
    static var kind: HandleKind { .model }
    let model: Model
    /// Its speech model, if it transcribes speech.
    private let speechModel: SpeechModel?

    init(_ model: Model) throws(SwiftletError) {
        self.model = model
        speechModel = model.kind == .speech ? try SpeechModel(model) : nil
        Log.inform("model", "opened \(model.path): \(model.architecture)")
    }

    /// The model that reads or writes text.
    ///
    /// - Throws: ``Failure`` with the status `model` for a speech model.
    var text: Model {
        get throws(Failure) {
            if speechModel == nil { return model }
            throw Failure(
                .model, "\(model.path): the model turns speech to text: use a transcriber", place: model.path)
        }
    }

    /// The speech model.
    ///
    /// - Throws: ``Failure`` with the status `model` for another.
    var speech: SpeechModel {
        get throws(Failure) {
            if let speechModel { return speechModel }
            throw Failure(
                .model, "\(model.path): a \(model.architecture) model hears nothing: use one of Whisper",
                place: model.path)
        }
    }

    var info: swiftlet_model_info {
        var info = swiftlet_model_info()
        switch model.kind {
        case .decoder: info.kind = UInt32(SWIFTLET_MODEL_DECODER)
        case .encoder: info.kind = UInt32(SWIFTLET_MODEL_ENCODER)
        case .speech: info.kind = UInt32(SWIFTLET_MODEL_SPEECH)
        case .textToText: info.kind = UInt32(SWIFTLET_MODEL_TEXT_TO_TEXT)
        }
        info.context_length = UInt64(model.contextLength)
        info.vocabulary_size = UInt64(model.vocabularySize)
        info.hidden_size = UInt64(model.hiddenSize)
        info.tensor_bytes = UInt64(model.tensorBytes)
        info.metadata_count = UInt64(model.metadata.count)
        copy(model.architecture, to: &info.architecture)
        return info
    }
}

extension swiftlet_model_options {
    /// What is asked for instead of the file's rotary embedding.
    fileprivate var rope: RopeOptions {
        get throws(Failure) {
            var rope = RopeOptions()
            let (kind, scale, base) = unsafe (rope_scaling, rope_scale, rope_base)
            switch Int(kind) {
            case 0: break
            case SWIFTLET_ROPE_NONE: rope.scaling = RopeOptions.Scaling.none
            case SWIFTLET_ROPE_LINEAR: rope.scaling = .linear
            case SWIFTLET_ROPE_YARN: rope.scaling = .yarn
            case SWIFTLET_ROPE_DYNAMIC: rope.scaling = .dynamic
            default:
                throw Failure(
                    .argument, "options.rope_scaling is \(kind): use SWIFTLET_ROPE_NONE, ...",
                    place: "options.rope_scaling")
            }
            rope.scale = scale == 0 ? nil : Double(scale)
            rope.base = base == 0 ? nil : Double(base)
            rope.originalContextLength = try unsafe size(rope_original_length, "options.rope_original_length")
            return rope
        }
    }
}

/// Copies as much of a text as fits, ended by a zero, into an array of characters that is all zero.
func copy<Characters: BitwiseCopyable>(_ text: String, to characters: inout Characters) {
    unsafe withUnsafeMutableBytes(of: &characters) { bytes in
        for (index, byte) in text.utf8.prefix(bytes.count - 1).enumerated() { unsafe bytes[index] = byte }
    }
}

@c @implementation
public func swiftlet_model_open(
    _ path: UnsafePointer<CChar>?, _ options: UnsafePointer<swiftlet_model_options>?,
    _ out: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let rope = try unsafe swiftlet_model_options.read(options, "options").rope
        let path = try unsafe Text.required(path, "path")
        let object = try Failure.translating { () throws(SwiftletError) in
            try ModelObject(Model(path: path, rope: rope))
        }
        try unsafe object.give(out)
    }
}

@c @implementation
public func swiftlet_model_open_memory(
    _ data: UnsafeRawPointer?, _ size: Int, _ options: UnsafePointer<swiftlet_model_options>?,
    _ out: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let options = try unsafe swiftlet_model_options.read(options, "options")
        let name = try unsafe Text.optional(options.name, "options.name") ?? "model in memory"
        guard let data = unsafe data, size > 0 else {
            throw Failure(.argument, "data is NULL, or its size is not possible", place: "data")
        }
        guard UInt(bitPattern: data) % 64 == 0 else {
            throw Failure(.argument, "data must begin at a multiple of 64", place: "data")
        }
        let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size)
        let rope = try unsafe options.rope
        let object = try Failure.translating { () throws(SwiftletError) in
            try unsafe ModelObject(Model(staticBytes: bytes, name: name, rope: rope))
        }
        try unsafe object.give(out)
    }
}

@c @implementation
public func swiftlet_model_retain(
    _ model: OpaquePointer?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in try unsafe ModelObject.retain(model) }
}

@c @implementation
public func swiftlet_model_release(_ model: OpaquePointer?) { unsafe ModelObject.release(model) }

@c @implementation
public func swiftlet_model_get_info(
    _ model: OpaquePointer?, _ info: UnsafeMutablePointer<swiftlet_model_info>?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        try unsafe ModelObject.of(model).info.write(info, "info")
    }
}

@c @implementation
public func swiftlet_model_metadata(
    _ model: OpaquePointer?, _ key: UnsafePointer<CChar>?, _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int,
    _ needed: UnsafeMutablePointer<Int>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let metadata = try unsafe ModelObject.of(model).model.metadata
        let output = try unsafe Output(buffer, capacity, needed, "buffer")
        let key = try unsafe Text.required(key, "key")
        guard let value = metadata.value(key) else {
            throw Failure(.notFound, "the file has no key \(key.debugDescription)", place: "key")
        }
        // Only a string is one: others describe themselves.
        try output.write((try? metadata.string(key)) ?? value.description)
    }
}

@c @implementation
public func swiftlet_model_metadata_key(
    _ model: OpaquePointer?, _ index: UInt64, _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int,
    _ needed: UnsafeMutablePointer<Int>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let metadata = try unsafe ModelObject.of(model).model.metadata
        let output = try unsafe Output(buffer, capacity, needed, "buffer")
        guard let index = Int(exactly: index), index < metadata.count else {
            throw Failure(.notFound, "the file has \(metadata.count) keys, not number \(index)", place: "index")
        }
        try output.write(metadata[index].key)
    }
}
