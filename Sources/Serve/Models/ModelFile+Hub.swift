import Foundation
import Hub

extension ModelFile {
    /// With the path of a file where it named a model on the hub, such as owner/repo:Q8_0, which is pulled if need be.
    func resolved() throws(ServeFailure) -> ModelFile {
        do throws(HubError) {
            var file = self
            file.path = try ModelArgument.path(path) { reference, settings throws(HubError) in
                Self.note("pulling \(reference.text) from \(settings.host)")
                return try HubModel.pull(reference, settings, PullObserver(onEvent: Self.show))
            }
            return file
        } catch {
            throw ServeFailure(message: "\(error)")
        }
    }

    private static func show(_ event: PullEvent) {
        switch event {
        case .started(let file, let byteCount, _): note("pulling \(file) (\(byteCount / 1_000_000) MB)")
        case .retrying(let reason, let seconds): note("\(reason): trying again in \(seconds) s")
        case .waiting(let file): note("another process pulls \(file): waiting for it")
        case .restarting(let file): note("what was there of \(file) is damaged: pulling it all again")
        case .arrived: break
        }
    }

    private static func note(_ text: String) {
        FileHandle.standardError.write(Data("swiftlet-serve: \(text)\n".utf8))
    }
}
