import Hummingbird
import JSON
import NIOCore
import Swiftlet

/// `POST /v1/audio/transcriptions` and `/v1/audio/translations`: the text of a recording.
struct AudioRoute: Sendable {
    let server: Server

    /// - Parameter translates: whether the text is to be English, whatever is spoken.
    func respond(_ request: Request, _ context: ServerContext, translates: Bool) async throws -> Response {
        let upload = try await Upload(request, context, limit: server.options.maxUploadBytes)
        let (model, service) = try server.catalog.model(upload["model"], for: "transcription") { $0.speech }
        let form = try AudioForm(upload, translates: translates)
        do throws(SwiftletError) {
            try form.options.check(service.speech)
        } catch {
            throw APIError(error, model)
        }
        let shape = AudioShape(form, model: model)
        let sound = upload.file
        if form.streams {
            return EventStream.response { stream in
                try await shape.stream(service, sound, context, into: &stream)
            }
        }
        let segments = SegmentList()
        // As long as the sound is: --timeout is for what is read at once.
        do {
            let result = try await context.whileConnected(timeout: .seconds(86_400)) {
                try await service.transcribe(path: sound.path, form.options) { segments.append($0) }
            }
            return shape.whole(segments.all, result)
        } catch let error as SwiftletError {
            throw Self.error(error, model, sound)
        }
    }

    static func error(_ error: SwiftletError, _ model: ServedModel, _ sound: TemporaryFile) -> APIError {
        APIError(
            SwiftletError(error.code, error.message.replacing(sound.path, with: "the file")), model)
    }
}

/// The fields of a request for a transcript.
struct AudioForm: Sendable {
    /// The form of the answer.
    enum Format: String, CaseIterable {
        case json, text, srt, vtt
        case verbose = "verbose_json"
    }

    let format: Format
    let streams: Bool
    let options: TranscriptionOptions
    let translates: Bool

    init(_ upload: Upload, translates: Bool) throws(APIError) {
        guard let format = Format(rawValue: upload["response_format"] ?? "json") else {
            throw .invalid(
                "response_format is \((upload["response_format"] ?? "").prefix(40)): use "
                    + Format.allCases.map(\.rawValue).joined(separator: ", "), param: "response_format")
        }
        self.format = format
        self.translates = translates
        streams = upload["stream"] == "true"
        var options = TranscriptionOptions()
        options.translates = translates
        if let language = upload["language"], !language.isEmpty { options.language = language }
        options.prompt = upload["prompt"] ?? ""
        if let text = upload["temperature"], !text.isEmpty {
            guard let temperature = Double(text), (0...1).contains(temperature) else {
                throw .invalid("temperature is \(text.prefix(40)): use 0 to 1", param: "temperature")
            }
            options.temperatures = options.temperatures.filter { $0 > temperature }
            options.temperatures.insert(temperature, at: 0)
        }
        let units = upload.all("timestamp_granularities[]") + upload.all("timestamp_granularities")
        if let unknown = units.first(where: { $0 != "word" && $0 != "segment" }) {
            throw .invalid(
                "timestamp_granularities[] is \(unknown.prefix(40)): use word or segment",
                param: "timestamp_granularities[]")
        }
        options.findsWords = units.contains("word")
        self.options = options
    }
}
