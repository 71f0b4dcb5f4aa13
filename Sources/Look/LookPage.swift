internal import CLookPage

/// The page that a look is shown in: one file whose policy forbids every access to a network.
package enum LookPage {
    /// What the page may load: its own style and script, named by their SHA-256, and pictures within it.
    package static var policy: String {
        "default-src 'none'; img-src data:; style-src \(styleSource); script-src \(scriptSource)"
    }

    /// The style and the script as a policy names them.
    package static var styleSource: String { "'sha256-\(hash(style))'" }
    package static var scriptSource: String { "'sha256-\(hash(script))'" }

    /// - Parameters:
    ///   - data: JSON; no text in it can end the script that holds it.
    ///   - picture: PNG, for readers without scripts.
    static func html(title: String, facts: String, data: [UInt8], picture: [UInt8], pictureText: String) -> [UInt8] {
        let values: [String: [UInt8]] = [
            "POLICY": Array(policy.utf8), "STYLE": style, "SCRIPT": script, "TITLE": Words.escaped(title),
            "FACTS": Words.escaped(facts), "DATA": data, "PICTURE": Base64.text(picture),
            "PICTURE_TEXT": Words.escaped(pictureText),
        ]
        var size = 0
        return filled(unsafe bytes(swl_look_html(&size), size), values)
    }

    private static var style: [UInt8] {
        var size = 0
        return unsafe bytes(swl_look_style(&size), size)
    }

    private static var script: [UInt8] {
        var size = 0
        return unsafe bytes(swl_look_script(&size), size)
    }

    private static func hash(_ bytes: [UInt8]) -> String {
        String(decoding: Base64.text(SHA256.digest(bytes)), as: UTF8.self)
    }

    @unsafe private static func bytes(_ start: UnsafePointer<UInt8>?, _ size: Int) -> [UInt8] {
        unsafe Array(UnsafeBufferPointer(start: start, count: size))
    }

    /// Replaces each `{{NAME}}`; values are not searched for names.
    private static func filled(_ template: [UInt8], _ values: [String: [UInt8]]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = template[...]
        let brace = UInt8(ascii: "{")
        while let open = rest.indices.first(where: {
            rest[$0] == brace && $0 + 1 < rest.endIndex && rest[$0 + 1] == brace
        }),
            let close = rest[open...].firstIndex(of: UInt8(ascii: "}")),
            let value = values[String(decoding: rest[open + 2..<close], as: UTF8.self)]
        {
            result += rest[..<open]
            result += value
            rest = rest[(close + 2)...]
        }
        return result + rest
    }
}
