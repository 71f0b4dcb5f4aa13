// The C library is built without what converts models.
#if !SWIFTLET_WITHOUT_CONVERSION
    internal import Conversion
    internal import GGUF

    extension Adapter {
        /// Opens an adapter of a model, from a folder as Hugging Face's PEFT stores it (`adapter_config.json`,
        /// `adapter_model.safetensors`): its matrices are copied.
        ///
        /// - Throws: ``SwiftletError`` with the code `file` for files that cannot be read, `model` for what is no LoRA of this
        ///   model.
        public convenience init(folder path: String, for model: Model) throws(SwiftletError) {
            let bytes: [UInt8]
            do throws(ConversionError) {
                bytes = try AdapterConverter.converter(folder: path, base: AdapterBase(file: model.file))
                    .bytes(labelled: path)
            } catch {
                throw SwiftletError(error)
            }
            let file: GGUFFile
            do throws(GGUFError) { file = try GGUFFile(copying: bytes, name: path) } catch {
                throw SwiftletError(error)
            }
            try self.init(file, path: path, for: model)
        }

        /// Whether a path is a folder with an adapter of PEFT's.
        public static func isFolder(_ path: String) -> Bool { AdapterConverter.reads(path) }
    }

    extension SwiftletError {
        fileprivate init(_ error: ConversionError) {
            if case .file(let error) = error { self.init(error) } else { self.init(.model, "\(error)") }
        }
    }
#endif
