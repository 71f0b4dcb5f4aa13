/// A model on the hub: `owner/repo`, then `@revision`, then `:QUANT` or `:path/of/file.gguf`.
///
/// Repository names as the hub allows them: letters, digits, `-`, `_`, `.`, at most 96 characters.
package struct ModelReference: Equatable, Sendable {
    package let owner: String
    package let name: String
    /// A branch, a tag or a commit.
    package let revision: String
    /// Which of the repository's files.
    package let choice: FileChoice

    package static let mainRevision = "main"

    /// `owner/repo`.
    package var repository: String { "\(owner)/\(name)" }

    /// As it is written on the command line.
    package var text: String {
        let suffix =
            switch choice {
            case .best: ""
            case .quantization(let tag): ":\(tag)"
            case .file(let path): ":\(path)"
            }
        return repository + (revision == Self.mainRevision ? "" : "@\(revision)") + suffix
    }

    package init(_ text: String) throws(HubError) {
        func fail(_ problem: String) -> HubError { .reference(text: text, problem: problem) }
        let (front, choice) = text.divided(at: ":")
        let (repository, revision) = front.divided(at: "@")
        let names = repository.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard names.count == 2 else { throw fail("it needs an owner and a repository, with one / between") }
        for name in names {
            guard Self.isName(name) else {
                throw fail(
                    "\(name.visible.isEmpty ? "an empty name" : name.visible) is no owner's or repository's name")
            }
        }
        (owner, name) = (names[0], names[1])
        if let revision {
            guard Self.isRevision(revision) else { throw fail("what follows @ is no branch, tag or commit") }
            self.revision = revision
        } else {
            self.revision = Self.mainRevision
        }
        switch choice {
        case nil: self.choice = .best
        case let choice? where FileChoice.isModelFile(choice):
            guard RepositoryPath.isSafe(choice) else { throw fail("what follows : is no file within a repository") }
            self.choice = .file(choice)
        case let choice?:
            guard !choice.isEmpty, choice.utf8.count <= 96, choice.utf8.allSatisfy(Self.isNameByte) else {
                throw fail("what follows : is no type such as Q4_K_M and no file")
            }
            self.choice = .quantization(choice)
        }
    }

    /// Whether an argument may mean a model on the hub: it has the form, and does not look like a path.
    ///
    /// `models/llama` in a folder that has `models` is a mistyped path, and no server is told of it.
    package static func isReference(_ text: String, folderExists: (String) -> Bool) -> Bool {
        let front = text.divided(at: ":").0
        guard text.contains("/"), !text.hasPrefix("/"), !text.hasPrefix("."), !text.hasPrefix("~"),
            !FileChoice.isModelFile(front), let owner = front.split(separator: "/").first
        else { return false }
        return !folderExists(String(owner)) && (try? ModelReference(text)) != nil
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, let last = name.utf8.last, name.utf8.count <= 96 else { return false }
        return name.utf8.allSatisfy(isNameByte) && isAlphanumeric(first) && last != UInt8(ascii: ".")
            && last != UInt8(ascii: "-") && !name.contains("--") && !name.contains("..")
    }

    private static func isRevision(_ revision: String) -> Bool {
        RepositoryPath.isSafe(revision) && revision.utf8.allSatisfy { isNameByte($0) || $0 == UInt8(ascii: "/") }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}

extension String {
    /// What stands before and behind the first such character; nil where it is missing.
    func divided(at separator: Character) -> (String, String?) {
        guard let place = firstIndex(of: separator) else { return (self, nil) }
        return (String(self[..<place]), String(self[index(after: place)...]))
    }
}
