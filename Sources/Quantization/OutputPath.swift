internal import GGUF

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Where a model file is to be written.
package enum OutputPath {
    /// Checks that the output is none of the files that the model is read from, and no directory or device.
    package static func check(_ path: String, inputs: [String]) throws(QuantizationError) {
        var output = stat()
        guard unsafe stat(path, &output) == 0 else { return }
        let kind = output.st_mode & S_IFMT
        guard kind == S_IFREG else {
            let found = kind == S_IFDIR ? "a directory" : "not a regular file"
            throw .file(.notRegularFile(path: path, found: found))
        }
        for part in inputs {
            var input = stat()
            if unsafe stat(part, &input) == 0, input.st_dev == output.st_dev, input.st_ino == output.st_ino {
                throw .sameFile(path: path)
            }
        }
    }
}
