// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CSwiftlet
internal import Swiftlet

/// A translator that threads take turns with.
final class TranslatorObject: Handle, @unchecked Sendable {  // whoever has the turn uses the translator
    static var kind: HandleKind { .translator }
    /// How targets are found where a call does not say.
    let beams: BeamOptions
    private let turn: Turn
    private var translator: TextToText

    init(_ model: Model, _ pointer: UnsafePointer<swiftlet_translator_options>?) throws(Failure) {
        let options = try unsafe swiftlet_translator_options.read(pointer, "options")
        var beams = BeamOptions()
        if try choice(unsafe options.recommended, "options.recommended") ?? true {
            beams = try Failure.translating { () throws(SwiftletError) in try model.recommendedBeams() }
        }
        if unsafe options.beams > 0 { beams.beams = unsafe Int(options.beams) }
        var runtime = TextToTextOptions()
        runtime.threads = unsafe Int(options.threads)
        runtime.cacheType = try SessionOptions.CacheType(choice: unsafe options.cache_type, "options.cache_type")
        runtime.instructionSet = try unsafe Text.optional(options.instruction_set, "options.instruction_set")
        runtime.adapters = try unsafe scaledAdapters(
            options.adapters, options.adapter_scales, options.adapter_count, "options.adapters")
        runtime.hypotheses = beams.beams
        if unsafe options.batch > 0 { runtime.sources = unsafe Int(options.batch) }
        let task = try unsafe TextTask(options)
        let turn = try Turn()
        let translator = try Failure.translating { () throws(SwiftletError) in try TextToText(model, task, runtime) }
        self.beams = beams
        self.turn = turn
        self.translator = translator
    }

    /// Gives the caller what becomes of some texts, when it is this thread's turn.
    func translate(_ texts: TextList, _ request: TranslationRequest) throws(Failure) {
        try turn.wait { () throws(Failure) in
            try unsafe CancellationObject.run(
                request.cancellation, translator.cancellation
            ) { () throws(Failure) in
                var first = 0
                var goesOn = true
                // In chunks, so that memory is bounded.
                while goesOn, first < texts.count {
                    let count = min(Self.textsAtOnce, texts.count - first)
                    var batch: [String] = []
                    for index in first..<first + count { batch.append(try texts.text(index)) }
                    _ = try Failure.translating { () throws(SwiftletError) in
                        try translator.convert(batch, request.beams, limit: request.pieceTokens) { index, text in
                            goesOn = request.show(first + index, text)
                            return goesOn
                        }
                    }
                    first += count
                }
            }
        }
    }

    private static let textsAtOnce = 1024
}

extension TextTask {
    fileprivate init(_ options: swiftlet_translator_options) throws(Failure) {
        let source = try unsafe Text.optional(options.from, "options.from")
        let target = try unsafe Text.optional(options.to, "options.to")
        let task = unsafe Int(options.task)
        switch task {
        case SWIFTLET_TASK_TRANSLATE: self = .translation(from: source, to: target)
        case SWIFTLET_TASK_SUMMARIZE: self = .summary
        case SWIFTLET_TASK_PLAIN: self = .plain
        default: throw Failure(.argument, "options.task is \(task): use SWIFTLET_TASK_...", place: "options.task")
        }
        guard task == SWIFTLET_TASK_TRANSLATE || (source == nil && target == nil) else {
            throw Failure(
                .argument, "options.from and options.to are for SWIFTLET_TASK_TRANSLATE", place: "options.task")
        }
    }
}

@c @implementation
public func swiftlet_translator_open(
    _ model: OpaquePointer?, _ options: UnsafePointer<swiftlet_translator_options>?,
    _ out: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let model = try unsafe ModelObject.of(model).text
        try unsafe TranslatorObject(model, options).give(out)
    }
}

@c @implementation
public func swiftlet_translator_release(_ translator: OpaquePointer?) {
    unsafe TranslatorObject.release(translator)
}

@c @implementation
public func swiftlet_translate(
    _ translator: OpaquePointer?, _ texts: UnsafePointer<swiftlet_texts>?,
    _ options: UnsafePointer<swiftlet_translate_options>?, _ on_translation: swiftlet_on_translation?,
    _ user: UnsafeMutableRawPointer?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let translator = try unsafe TranslatorObject.of(translator)
        let request = try unsafe TranslationRequest(options, translator.beams, on_translation, user)
        try translator.translate(try unsafe TextList(texts, "texts"), request)
    }
}
