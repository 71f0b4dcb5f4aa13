import ArgumentParser
import Hub

/// Lists and removes models that were fetched.
struct ListModels: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "Lists, verifies and removes pulled models.",
        discussion: """
            Shows the models in the cache of Hugging Face, whichever program put them there, by the names that -m takes. \
            --remove takes away a model's files; other files of its repository stay.

            Example:
              swiftlet models --remove Qwen/Qwen3-0.6B-GGUF:Q8_0
            """)

    @Flag(name: .customLong("json"), help: "Print JSON: name, path, bytes, files and commit.")
    var printsJSON = false

    @Flag(name: .customLong("verify"), help: "Compare all bytes with their digests.")
    var verifies = false

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Remove this model; may be repeated.", valueName: "name"))
    var remove: [String] = []

    func validate() throws {
        for name in remove { try ModelName.check(name) }
        if !remove.isEmpty, printsJSON || verifies {
            throw ValidationError("--remove prints no list: use it without --json and --verify")
        }
    }

    func run() throws {
        let settings = try HubSettings()
        let models = CachedModels(settings)
        let view = PullView()
        for name in remove {
            let reference = try ModelReference(name)
            guard let freed = try models.remove(reference, view.observer) else {
                throw Failure.message("\(name) is not in \(settings.cacheFolder): swiftlet models lists what is")
            }
            StandardStream.printNote("removed \(name): \(Format.bytes(freed))")
        }
        guard remove.isEmpty else { return }
        let entries = try models.entries()
        if printsJSON {
            try JSON.array(entries.map(json)).print(isPretty: true)
        } else {
            var table = Table(("size", .right), ("files", .right), ("name", .left))
            for entry in entries {
                table.append(
                    Format.bytes(entry.model.byteCount), "\(entry.model.fileCount)",
                    Format.visible(entry.reference.text))
            }
            try StandardStream.output.write(table.text(for: .output))
        }
        guard verifies else { return }
        let damaged = try entries.flatMap { try models.damaged($0, view.observer) }
        for path in damaged {
            StandardStream.printError("\(Format.visible(path)) is damaged: remove and pull it again")
        }
        if !damaged.isEmpty { throw Failure.message("\(damaged.count) files are damaged") }
        StandardStream.printNote("all files are whole")
    }

    private func json(_ entry: CachedModels.Entry) -> JSON {
        .object([
            "name": .string(entry.reference.text), "path": .string(entry.model.path),
            "bytes": .int(entry.model.byteCount), "files": .int(entry.model.fileCount),
            "commit": .string(entry.model.commit),
        ])
    }
}
