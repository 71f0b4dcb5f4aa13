import JSON

extension Fields {
    /// A tool that another API describes, as chat has it and templates know it.
    ///
    /// - Parameter schema: the name of the field with the JSON schema of its arguments.
    func functionTool(schema: String) throws(APIError) -> JSONValue {
        .members([
            ("type", .string("function")),
            (
                "function",
                .members([
                    ("name", .string(try required("name", string("name")))),
                    ("description", try string("description").map { .string($0) }),
                    ("parameters", self[schema] ?? .object([.init("type", .string("object"))])),
                ])
            ),
        ])
    }
}
