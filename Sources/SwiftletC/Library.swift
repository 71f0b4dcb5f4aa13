// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CSwiftlet

@c @implementation
public func swiftlet_abi_version() -> UInt32 { UInt32(SWIFTLET_ABI_VERSION) }

@c @implementation
public func swiftlet_version() -> UnsafePointer<CChar>? { unsafe Text.constant("0.1.0") }

@c @implementation
public func swiftlet_has(_ feature: UnsafePointer<CChar>?) -> Bool {
    guard let feature = unsafe feature else { return false }
    return Feature(rawValue: unsafe String(cString: feature)) != nil
}

/// What ``swiftlet_has(_:)`` knows.
private enum Feature: String {
    case embed, similarity, rerank, classify, complete, chat, translate, transcribe, tokens, state, grammar, drafting
    case trace, tag
    case zeroShot = "zero_shot"
    case chatTools = "chat_tools"
    case chatEvents = "chat_events"
    case wordTimes = "word_times"
    case jsonSchema = "json_schema"
    case modelMemory = "model_memory"
    case cacheF32 = "kv_f32"
    case cacheF16 = "kv_f16"
    case cacheQ8 = "kv_q8_0"
    case parseSpecial = "parse_special"
    case adapters
}

@c @implementation
public func swiftlet_status_name(_ status: swiftlet_status) -> UnsafePointer<CChar>? {
    let name: StaticString =
        switch Int(status) {
        case SWIFTLET_OK: "ok"
        case SWIFTLET_ERROR_ARGUMENT: "invalid argument"
        case SWIFTLET_ERROR_HANDLE: "invalid handle"
        case SWIFTLET_ERROR_UTF8: "invalid UTF-8"
        case SWIFTLET_ERROR_BUFFER: "buffer too small"
        case SWIFTLET_ERROR_BUSY: "busy"
        case SWIFTLET_ERROR_FORKED: "forked during a call"
        case SWIFTLET_ERROR_CANCELLED: "cancelled"
        case SWIFTLET_ERROR_FILE: "bad file"
        case SWIFTLET_ERROR_MODEL: "unsuitable model"
        case SWIFTLET_ERROR_TOKENIZER: "bad tokenizer"
        case SWIFTLET_ERROR_CONTEXT_FULL: "context full"
        case SWIFTLET_ERROR_OUT_OF_MEMORY: "out of memory"
        case SWIFTLET_ERROR_NOT_FOUND: "not found"
        case SWIFTLET_TRUNCATED: "truncated"
        default: "unknown status"
        }
    return unsafe Text.constant(name)
}
