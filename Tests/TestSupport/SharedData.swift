#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Real models and vocabularies, which are not in the repository: in the folder that the environment variable
/// SWIFTLET_SHARED names, else in `shared` beside the package.
package enum SharedData {
    package static let isPresent = unsafe access(path("."), R_OK) == 0

    /// Whether a file of it is there.
    package static func has(_ name: String) -> Bool { unsafe access(path(name), R_OK) == 0 }

    package static let absent = "no shared data: set SWIFTLET_SHARED to its folder"

    package static func path(_ name: String) -> String { "\(folder)/data/\(name)" }

    private static let folder: String = {
        if let value = unsafe getenv("SWIFTLET_SHARED") { return unsafe String(cString: value) }
        let components = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        // <package>/Tests/TestSupport/SharedData.swift
        return components.dropLast(3).joined(separator: "/") + "/../shared"
    }()
}
