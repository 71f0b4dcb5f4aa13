import Foundation
import GGUF
import Models
import Swiftlet
import TestSupport
import Testing

struct FamilyTests {
    static let files =
        (try? FileManager.default.contentsOfDirectory(atPath: Fixtures.path("models")))?
        .filter { $0.hasSuffix(".gguf") && !$0.hasPrefix("vocab-") }.sorted() ?? []

    @Test func `there are models`() { #expect(Self.files.count > 60) }

    @Test(arguments: files) func `a model is of the kind that its architecture is listed with`(file: String) throws {
        let path = Fixtures.path("models/\(file)")
        let architecture = try GGUFFile(path: path).metadata.string("general.architecture")
        #expect(try Model(path: path).kind == Families.kind(of: architecture))
    }

    @Test func `no architecture has two families`() {
        #expect(Set(Families.architectures).count == Families.architectures.count)
        #expect(Families.kind(of: "no-such-architecture") == nil)
    }
}
