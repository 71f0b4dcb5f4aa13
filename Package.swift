// swift-tools-version: 6.2

import PackageDescription

let features: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableExperimentalFeature("Lifetimes"),
]

/// Every Swift target is built with these: language mode 6, strict memory safety, warnings are errors.
let settings: [SwiftSetting] = [.swiftLanguageMode(.v6), .strictMemorySafety()] + features

/// A product that the server alone needs.
func serverProduct(_ name: String, _ package: String) -> Target.Dependency {
    .product(name: name, package: package, condition: .when(traits: ["Server"]))
}

/// For tests that call C in every line, and would say `unsafe` in every line.
let settingsForC: [SwiftSetting] = [.swiftLanguageMode(.v6)] + features

/// Whether the library has what converts models. The C library's build sets the variable: C converts none, and compiling the
/// converters takes two minutes.
let converts = Context.environment["SWIFTLET_WITHOUT_CONVERSION"] == nil

/// What CSupport/Page puts into the server's program.
let pageFiles = [
    "README.md", "index.html", "style.css", "icon.svg", "app.js", "api.js", "chat.js", "dom.js", "embed.js",
    "look.html", "look.js", "markdown.js", "speech.js", "store.js", "translate.js",
]

let package = Package(
    name: "swiftlet",
    platforms: [.macOS(.v26)],
    products: [
        .library(name: "Swiftlet", targets: ["Swiftlet"]),
        .executable(name: "swiftlet", targets: ["CLI"]),
        .executable(name: "swiftlet-serve", targets: ["Serve"]),
        // Every object of the C library, which CSupport/Library links and installs.
        .library(name: "SwiftletC", type: .static, targets: ["SwiftletC"]),
    ],
    // A package that depends on the library and says `traits: []` fetches swift-argument-parser alone.
    traits: [
        .default(enabledTraits: ["Server"]),
        .trait(name: "Server", description: "swiftlet-serve, and the packages that it alone needs"),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        // The server's alone.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.0.0"),
    ],
    targets: [
        // C: kernels, threads, what Swift cannot call.
        .target(name: "CKernels", path: "CSupport/Kernels", exclude: ["README.md", "Blocks.md"]),
        .target(name: "CQuantizers", dependencies: ["CKernels"], path: "CSupport/Quantizers", exclude: ["README.md"]),
        .target(name: "CThreads", path: "CSupport/Threads"),
        .target(name: "CPlatform", path: "CSupport/Platform"),
        .target(name: "CHub", path: "CSupport/Hub"),
        .target(name: "CPage", path: "CSupport/Page"),
        .target(name: "CDefaultModel", path: "CSupport/DefaultModel"),
        .target(
            name: "CLookPage", path: "CSupport/LookPage",
            exclude: [
                "README.md", "page.html", "page.css", "data.js", "attention.js", "predictions.js", "positions.js",
                "controls.js",
            ]),
        .target(name: "CLineEditor", dependencies: ["CLibEdit"], path: "CSupport/LineEditor"),
        .systemLibrary(
            name: "CLibEdit", pkgConfig: "libedit", providers: [.apt(["libedit-dev"]), .brew(["libedit"])]),
        .systemLibrary(
            name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),

        // The public contract of the C library: a header alone.
        .target(name: "CSwiftlet", path: "CSupport/API"),

        // The core. Arrows point down only; nothing here imports Foundation.
        .target(
            name: "GGUF", dependencies: ["CZstd", "CPlatform", "CThreads"], exclude: ["README.md"],
            swiftSettings: settings),
        .target(name: "Tokenizers", exclude: ["README.md"], swiftSettings: settings),
        .target(name: "Audio", swiftSettings: settings),
        .target(name: "WhisperFiles", dependencies: ["GGUF", "Tokenizers"], swiftSettings: settings),
        .target(name: "Templates", exclude: ["README.md"], swiftSettings: settings),
        .target(name: "JSON", swiftSettings: settings),
        .target(name: "Grammars", dependencies: ["JSON"], exclude: ["README.md"], swiftSettings: settings),
        .target(name: "Tensors", dependencies: ["CKernels"], swiftSettings: settings),
        .target(name: "Graph", dependencies: ["Tensors"], exclude: ["README.md"], swiftSettings: settings),
        .target(
            name: "Interpreter", dependencies: ["Graph", "Tensors", "CPlatform", "CThreads"],
            exclude: ["State/README.md"], swiftSettings: settings),
        .target(
            name: "Quantization", dependencies: ["CQuantizers", "GGUF", "Interpreter", "Tensors"],
            swiftSettings: settings),
        .target(
            name: "Models", dependencies: ["GGUF", "Graph", "Tensors"], exclude: ["README.md"],
            swiftSettings: settings),
        .target(name: "Safetensors", dependencies: ["GGUF", "JSON"], swiftSettings: settings),
        .target(
            name: "Conversion",
            dependencies: [
                "Audio", "GGUF", "JSON", "Quantization", "Safetensors", "Tensors", "Tokenizers", "WhisperFiles",
            ],
            exclude: ["README.md"], swiftSettings: settings),
        .target(
            name: "Swiftlet",
            dependencies: [
                "Audio", "GGUF", "Grammars", "Graph", "Interpreter", "JSON", "Models", "Quantization", "Safetensors",
                "Templates", "Tensors", "Tokenizers", "WhisperFiles",
            ] + (converts ? ["Conversion"] : []),
            swiftSettings: settings + (converts ? [] : [.define("SWIFTLET_WITHOUT_CONVERSION")])),

        // The C library: what `swiftlet.h` declares.
        .target(
            name: "SwiftletC",
            dependencies: ["Audio", "CSwiftlet", "CThreads", "GGUF", "Interpreter", "Models", "Swiftlet"],
            exclude: ["README.md"],
            swiftSettings: settings),

        // Models from Hugging Face, for the command line and the server.
        .target(
            name: "Hub", dependencies: ["CHub", "GGUF", "JSON"], exclude: ["README.md"], swiftSettings: settings),

        // Pages and pictures of what a model computes, for the command line and the server.
        .target(
            name: "Look", dependencies: ["CLookPage", "Models", "Swiftlet", "Tokenizers"], swiftSettings: settings),

        // The command line.
        .executableTarget(
            name: "CLI",
            dependencies: [
                "CDefaultModel", "CLineEditor", "Conversion", "GGUF", "Graph", "Hub", "Look", "Models",
                "Quantization", "Swiftlet", "Tokenizers",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),

        // The server. No other target depends on it or on its packages.
        .executableTarget(
            name: "Serve",
            dependencies: [
                "CDefaultModel", "CPage", "GGUF", "Hub", "JSON", "Look", "Models", "Swiftlet",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                serverProduct("Hummingbird", "hummingbird"),
                serverProduct("HummingbirdCore", "hummingbird"),
                serverProduct("HummingbirdTLS", "hummingbird"),
                serverProduct("HTTPTypes", "swift-http-types"),
                serverProduct("Logging", "swift-log"),
                serverProduct("NIOCore", "swift-nio"),
                serverProduct("NIOHTTPTypes", "swift-nio-extras"),
                serverProduct("NIOSSL", "swift-nio-ssl"),
                serverProduct("ServiceLifecycle", "swift-service-lifecycle"),
                serverProduct("UnixSignals", "swift-service-lifecycle"),
            ],
            exclude: ["README.md"] + pageFiles.map { "Page/\($0)" }, swiftSettings: settings),

        // Measures the kernels: `swift run -c release Bench`.
        .executableTarget(
            name: "Bench",
            dependencies: [
                "GGUF", "Interpreter", "JSON", "Swiftlet", "Tensors",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["README.md"], swiftSettings: settings),

        // Tests. The checks in C are also compiled by hand: for other CPUs, and under sanitizers.
        .target(
            name: "KernelChecks", dependencies: ["CKernels"], path: "Tests/KernelChecks", exclude: ["main.c"]),
        .target(
            name: "ThreadChecks", dependencies: ["CThreads"], path: "Tests/ThreadChecks", exclude: ["stress.c"]),
        .target(name: "TestSupport", dependencies: ["GGUF"], path: "Tests/TestSupport", swiftSettings: settings),
        .testTarget(name: "GGUFTests", dependencies: ["CZstd", "GGUF", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "TokenizersTests", dependencies: ["GGUF", "Swiftlet", "TestSupport", "Tokenizers"],
            swiftSettings: settings),
        .testTarget(
            name: "WhisperFilesTests", dependencies: ["GGUF", "TestSupport", "WhisperFiles"], swiftSettings: settings),
        .testTarget(name: "TemplatesTests", dependencies: ["Templates", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "AudioTests", dependencies: ["Audio", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "JSONTests", dependencies: ["JSON", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "GrammarsTests", dependencies: ["Grammars", "JSON", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "KernelTests", dependencies: ["KernelChecks"], swiftSettings: settings),
        .testTarget(name: "ThreadsTests", dependencies: ["CThreads", "ThreadChecks"], swiftSettings: settings),
        .testTarget(
            name: "GoldenTests", dependencies: ["GGUF", "Swiftlet", "TestSupport"], swiftSettings: settings),
        .target(name: "AllocationChecks", path: "Tests/AllocationChecks"),
        .testTarget(name: "GraphTests", dependencies: ["Graph", "Tensors", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "InterpreterTests",
            dependencies: ["AllocationChecks", "Graph", "Interpreter", "Tensors", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "ModelsTests", dependencies: ["GGUF", "Graph", "Models", "Swiftlet", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "QuantizationTests",
            dependencies: ["CQuantizers", "GGUF", "Quantization", "Swiftlet", "Tensors", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "ConversionTests",
            dependencies: [
                "Conversion", "GGUF", "JSON", "Quantization", "Safetensors", "Swiftlet", "TestSupport", "Tokenizers",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "SwiftletTests",
            dependencies: ["AllocationChecks", "Audio", "GGUF", "Swiftlet", "Tensors", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "SwiftletCTests", dependencies: ["CSwiftlet", "Swiftlet", "SwiftletC", "TestSupport"],
            swiftSettings: settingsForC),
        .testTarget(name: "HubTests", dependencies: ["Hub", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "BenchTests",
            dependencies: [
                "Bench", "Tensors", "TestSupport", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: settings),
        .testTarget(name: "ServeTests", dependencies: ["Serve", "Swiftlet", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "CLITests", dependencies: ["CLI", "GGUF", "TestSupport"], swiftSettings: settings),
    ],
    cLanguageStandard: .gnu2x
)

// `SWIFTLET_DOCS=1 swift package generate-documentation --target Swiftlet` builds the catalogue and the symbols' pages. Users
// of the package do not get the plugin.
if Context.environment["SWIFTLET_DOCS"] != nil {
    package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"))
}
