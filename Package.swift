// swift-tools-version: 6.2

import PackageDescription

/// Every Swift target is built with these: language mode 6, strict memory safety, warnings are errors.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableExperimentalFeature("Lifetimes"),
]

let package = Package(
    name: "swiftlet",
    platforms: [.macOS(.v26)],
    products: [
        .library(name: "Swiftlet", targets: ["Swiftlet"]),
        .executable(name: "swiftlet", targets: ["CLI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
    ],
    targets: [
        // C: kernels, threads, what Swift cannot call.
        .target(name: "CKernels", path: "CSupport/Kernels", exclude: ["README.md"]),
        .target(name: "CThreads", path: "CSupport/Threads"),
        .target(name: "CSystem", path: "CSupport/System"),
        .target(name: "CDefaultModel", path: "CSupport/DefaultModel"),
        .systemLibrary(
            name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),

        // The core. Arrows point down only; nothing here imports Foundation.
        .target(name: "GGUF", dependencies: ["CZstd", "CSystem"], exclude: ["README.md"], swiftSettings: settings),
        .target(name: "Tokenizers", swiftSettings: settings),
        .target(name: "Tensors", dependencies: ["CKernels"], swiftSettings: settings),
        .target(name: "Graph", dependencies: ["Tensors"], swiftSettings: settings),
        .target(name: "Interpreter", dependencies: ["Graph", "Tensors", "CThreads"], swiftSettings: settings),
        .target(
            name: "Models", dependencies: ["GGUF", "Graph", "Tensors"], exclude: ["README.md"],
            swiftSettings: settings),
        .target(
            name: "Swiftlet", dependencies: ["GGUF", "Graph", "Interpreter", "Models", "Tensors", "Tokenizers"],
            swiftSettings: settings),

        // The command line.
        .executableTarget(
            name: "CLI",
            dependencies: [
                "CDefaultModel", "GGUF", "Swiftlet",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
    ],
    cLanguageStandard: .gnu2x
)
