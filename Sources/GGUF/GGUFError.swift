/// Why a model file could not be opened, read or written.
package enum GGUFError: Error, Equatable, CustomStringConvertible {
    /// A system call failed. `call` is its name in the manual.
    case system(call: String, path: String, errno: CInt)
    case notRegularFile(path: String, found: String)
    case emptyFile(path: String)
    /// A Git LFS pointer, which stands for a file that was not downloaded.
    case largeFilePointer(path: String)
    /// Bytes compiled into the program must start at a multiple of 8.
    case misalignedStaticBytes(name: String)
    /// The zstd stream around the file is bad.
    case compression(path: String, ZstdError)
    /// The file breaks a rule of the format.
    case format(path: String, FormatError)
    /// The parts of a split model do not fit together.
    case split(path: String, SplitError)
    case missingKey(String, path: String)
    /// A metadata value has another type, or does not fit.
    case wrongValue(key: String, expected: String, found: String, path: String)
    /// A directory, or what is no regular file, has the name of an output.
    case notWritable(path: String, found: String)
    /// An output would replace a file that is being read.
    case input(path: String, input: String)
    /// The contents to be written break a rule of the format.
    case cannotWrite(path: String, WriteError)

    /// The file, or what stands for its path.
    package var path: String {
        switch self {
        case .system(_, let path, _), .notRegularFile(let path, _), .emptyFile(let path), .largeFilePointer(let path),
            .misalignedStaticBytes(let path), .compression(let path, _), .format(let path, _), .split(let path, _),
            .missingKey(_, let path),
            .wrongValue(_, _, _, let path), .notWritable(let path, _), .input(let path, _), .cannotWrite(let path, _):
            path
        }
    }

    /// The byte of the decompressed file that is wrong, where it is one.
    package var offset: Int? {
        if case .format(_, let error) = self { error.offset } else { nil }
    }

    package var description: String {
        switch self {
        case .system(let call, let path, let code): "\(path): \(call): \(GGUF.describe(errno: code))"
        case .notRegularFile(let path, let found):
            "\(path): a model file was expected, but this is \(found)"
                + (found == "a directory" ? "; swiftlet convert makes a model file of a folder from Hugging Face" : "")
        case .emptyFile(let path): "\(path): the file is empty"
        case .largeFilePointer(let path):
            "\(path): this is a Git LFS pointer, not the file itself: run git lfs pull in its folder, or download the file"
        case .misalignedStaticBytes(let name): "\(name): the model's bytes must start at a multiple of 8"
        case .compression(let path, let error): "\(path): \(error)"
        case .format(let path, let error): "\(path): \(error)"
        case .split(let path, let error): "\(path): \(error)"
        case .missingKey(let key, let path): "\(path): the key \(key.quoted) is missing"
        case .wrongValue(let key, let expected, let found, let path):
            "\(path): the key \(key.quoted) must be \(expected), found \(found)"
        case .notWritable(let path, let found):
            "\(path): cannot write: this is \(found), not a regular file; name another path for the output"
        case .input(let path, let input):
            "\(path): cannot write: the output would replace its own input \(input); name another path for the output"
        case .cannotWrite(let path, let error): "\(path): cannot write: \(error)"
        }
    }
}

extension String {
    /// For messages: in quotes, at most 80 characters, control characters escaped. Names in a file may hold anything,
    /// a terminal's commands included.
    package var quoted: String { count <= 80 ? debugDescription : "\(prefix(80))...".debugDescription }
}
