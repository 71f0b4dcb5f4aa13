import CLookPage
import Foundation

/// The page that a look is shown in: one file whose policy forbids every access to a network.
enum LookPage {
    /// - Parameters:
    ///   - data: JSON; no text in it can end the script that holds it.
    ///   - picture: PNG, for readers without scripts.
    static func html(title: String, facts: String, data: [UInt8], picture: [UInt8], pictureText: String) -> [UInt8] {
        var size = 0
        let style = unsafe bytes(swl_look_style(&size), size)
        let script = unsafe bytes(swl_look_script(&size), size)
        let values: [String: [UInt8]] = [
            "STYLE_HASH": Array(Data(SHA256.digest(style)).base64EncodedString().utf8),
            "SCRIPT_HASH": Array(Data(SHA256.digest(script)).base64EncodedString().utf8),
            "STYLE": style, "SCRIPT": script, "TITLE": escaped(title), "FACTS": escaped(facts),
            "DATA": data.flatMap { $0 == UInt8(ascii: "<") ? Array(#"\u003c"#.utf8) : [$0] },
            "PICTURE": Array(Data(picture).base64EncodedString().utf8), "PICTURE_TEXT": escaped(pictureText),
        ]
        return filled(unsafe bytes(swl_look_html(&size), size), values)
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

    private static func escaped(_ text: String) -> [UInt8] {
        text.utf8.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "<"): Array("&lt;".utf8)
            case UInt8(ascii: ">"): Array("&gt;".utf8)
            case UInt8(ascii: "&"): Array("&amp;".utf8)
            case UInt8(ascii: "\""): Array("&quot;".utf8)
            default: [byte]
            }
        }
    }
}
