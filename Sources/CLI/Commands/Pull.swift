import ArgumentParser
import Hub

/// Fetches models.
struct Pull: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fetches models from Hugging Face.",
        discussion: """
            NAME is owner/repo, owner/repo:QUANT, such as Q4_K_M, or owner/repo:FILE; owner/repo@REVISION takes another \
            branch, tag or commit than main. Without QUANT or FILE it is Q4_K_M, else Q8_0, else the first GGUF file; of \
            a split model all files. The same names are taken by -m, which pulls what is not in the cache.

            Prints the path of each model. The cache is shared with Python's huggingface_hub and with llama.cpp. A \
            download that was stopped goes on where it was; digests are verified.

            Environment: HF_TOKEN (or the file HF_HOME/token) opens private and gated models; HF_HUB_CACHE or HF_HOME \
            set the folder of the cache, HF_ENDPOINT a mirror; HF_HUB_OFFLINE=1 forbids connections.

            Example:
              swiftlet pull Qwen/Qwen3-0.6B-GGUF:Q8_0
            """)

    @Argument(help: ArgumentHelp("Model on the hub.", valueName: "name"))
    var names: [String]

    @Flag(name: .customLong("list"), help: "List the files to choose from; fetch nothing.")
    var lists = false

    func validate() throws { for name in names { try ModelName.check(name) } }

    func run() throws {
        let settings = try HubSettings()
        let view = PullView()
        for name in names {
            let reference = try ModelReference(name)
            if lists {
                try list(reference, settings, view)
            } else {
                try StandardStream.output.write(try view.pull(reference, settings).path + "\n")
            }
        }
    }

    private func list(_ reference: ModelReference, _ settings: HubSettings, _ view: PullView) throws {
        var table = Table(("size", .right), ("name", .left))
        for file in try HubModel.available(reference, settings, view.observer) {
            table.append(Format.bytes(file.byteCount), Format.visible("\(reference.repository):\(file.path)"))
        }
        try StandardStream.output.write(table.text(for: .output))
    }
}

/// Names of models as arguments.
enum ModelName {
    static func check(_ name: String) throws {
        do throws(HubError) { _ = try ModelReference(name) } catch { throw ValidationError("\(error)") }
    }
}
