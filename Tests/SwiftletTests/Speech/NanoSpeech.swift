import Swiftlet
import TestSupport

/// A random-weight model of the real vocabulary, with windows of two seconds.
enum NanoSpeech {
    static func model() throws -> SpeechModel { try made.get() }

    private static let made = Result {
        let folder = try TemporaryFolder()
        var file = WhisperBin(seed: 3)
        file.sizes = [100, 32, 2, 1, 128, 32, 2, 2]
        return try SpeechModel(path: folder.write(file.build(), to: "nano.bin"))
    }

    static func samples(seconds: Double, seed: Int = 1) -> [Float] {
        var random = SeededRandom(seed: seed)
        return (0..<Int(seconds * 16_000)).map { _ in Float.random(in: -0.5...0.5, using: &random) }
    }
}
