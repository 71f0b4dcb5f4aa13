internal import GGUF
internal import JSON

/// A JSON file of settings, or an object within one: values by name, each checked to be of its kind. A missing one, and
/// null, is nil.
struct SidecarFile: Sendable {
    let path: String
    let value: JSONValue

    private static let maxBytes = 1 << 20

    /// Nil when there is no file of that name.
    ///
    /// - Throws: ``SwiftletError`` with the code `file`.
    init?(_ path: String) throws(SwiftletError) {
        let file: MappedFile
        do throws(GGUFError) {
            file = try MappedFile(path: path)
        } catch {
            if error.isMissingFile { return nil }
            throw SwiftletError(error)
        }
        let bytes = file.bytes
        guard bytes.byteCount <= Self.maxBytes else {
            throw SwiftletError(.file, "\(path): \(bytes.byteCount) bytes are too many for settings")
        }
        let copy = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
        do throws(JSONError) {
            value = try JSONParser.parse(copy.span, allowsNonFinite: true)
        } catch {
            throw SwiftletError(.file, "\(path): \(error)")
        }
        self.path = path
    }

    private init(path: String, value: JSONValue) {
        self.path = path
        self.value = value
    }

    func elements() throws(SwiftletError) -> [SidecarFile] {
        guard let items = value.items else { throw unexpected("an array", value) }
        return items.map { SidecarFile(path: path, value: $0) }
    }

    func members() throws(SwiftletError) -> [JSONValue.Member] {
        guard let members = value.members else { throw unexpected("an object", value) }
        return members
    }

    func object(_ name: String) throws(SwiftletError) -> SidecarFile? {
        guard let found = find(name) else { return nil }
        guard found.members != nil else { throw unexpected("an object as \(name)", found) }
        return SidecarFile(path: path, value: found)
    }

    func text(_ name: String) throws(SwiftletError) -> String? {
        guard let found = find(name) else { return nil }
        guard let text = found.string else { throw unexpected("a string as \(name)", found) }
        return text
    }

    func flag(_ name: String) throws(SwiftletError) -> Bool {
        guard let found = find(name) else { return false }
        guard let flag = found.bool else { throw unexpected("true or false as \(name)", found) }
        return flag
    }

    func positive(_ name: String) throws(SwiftletError) -> Int? {
        guard let found = find(name) else { return nil }
        guard let number = found.int, number >= 1 else {
            throw unexpected("a positive whole number as \(name)", found)
        }
        return number
    }

    private func find(_ name: String) -> JSONValue? {
        value[name].flatMap { $0.isNull ? nil : $0 }
    }

    private func unexpected(_ expected: String, _ found: JSONValue) -> SwiftletError {
        SwiftletError(.file, "\(path): expected \(expected), found \(found.text.prefix(80))")
    }
}
