/// Files of the repository's `Fixtures` folder.
package enum Fixtures {
    package static func path(_ name: String) -> String {
        let components = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        // <package>/Tests/TestSupport/Fixtures.swift
        return components.dropLast(3).joined(separator: "/") + "/Fixtures/\(name)"
    }
}
