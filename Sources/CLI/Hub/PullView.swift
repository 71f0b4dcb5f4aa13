import Hub

/// Shows a download on standard error and ends it by Ctrl-C: a bar on a terminal, a line per file elsewhere.
final class PullView {
    private let bar = ProgressBar("pull")
    private let interruption = Interruption()

    /// For what is not a download, but may wait.
    var observer: PullObserver {
        PullObserver(isCancelled: { [interruption] in interruption.isRequested }, onEvent: { [self] in show($0) })
    }

    func pull(_ reference: ModelReference, _ settings: HubSettings) throws(HubError) -> HubModel {
        defer { bar.clear() }
        return try HubModel.pull(reference, settings, observer)
    }

    private func show(_ event: PullEvent) {
        if case .arrived(let done, let total) = event { return bar.update(done, of: total) }
        bar.clear()
        switch event {
        case .arrived: break
        case .started(let file, let byteCount, let present):
            let rest = present > 0 ? ", \(Format.bytes(present)) are there" : ""
            note("pulling \(Format.visible(file)) (\(Format.bytes(byteCount))\(rest))")
        case .waiting(let file): note("another process pulls \(Format.visible(file)): waiting for it")
        case .retrying(let reason, let seconds):
            note("\(reason): trying again in \(Format.decimal(seconds, seconds < 10 ? 1 : 0)) s")
        case .restarting(let file): note("what was there of \(Format.visible(file)) is damaged: pulling it all again")
        }
    }

    private func note(_ text: String) { StandardStream.printNote(text) }
}
