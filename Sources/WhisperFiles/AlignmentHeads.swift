/// The heads whose attention follows the sound, of the models that OpenAI published: what words' times are found by.
///
/// Source: `_ALIGNMENT_HEADS` of openai-whisper 20250625. Files do not name their model, so it is recognized by its sizes,
/// as fine-tuned ones share them with their origin. The first two large models have the same; the second's are taken.
package enum AlignmentHeads {
    /// Sizes that identify a model.
    package struct Sizes: Sendable, Hashable {
        let vocabulary: Int
        let encoderLayers: Int
        let decoderLayers: Int
        let heads: Int

        package init(vocabulary: Int, encoderLayers: Int, decoderLayers: Int, heads: Int) {
            self.vocabulary = vocabulary
            self.encoderLayers = encoderLayers
            self.decoderLayers = decoderLayers
            self.heads = heads
        }
    }

    /// `whisper.` and this is the key of the list layer, head, layer, head, ...
    package static let key = "decoder.alignment_heads"

    /// Layer, head, layer, head, ... from zero; nil for a model that is not one of OpenAI's.
    package static func find(_ sizes: Sizes) -> [Int]? {
        table.first {
            $0.vocabulary == sizes.vocabulary && $0.layers == [sizes.encoderLayers, sizes.decoderLayers]
                && $0.heads == sizes.heads
        }?.found
    }

    private typealias Row = (vocabulary: Int, layers: [Int], heads: Int, found: [Int])

    // swift-format-ignore
    private static let table: [Row] = [
        // tiny.en, base.en, small.en, medium.en
        (51_864, [4, 4], 6, [1, 0, 2, 0, 2, 5, 3, 0, 3, 1, 3, 2, 3, 3, 3, 4]),
        (51_864, [6, 6], 8, [3, 3, 4, 7, 5, 1, 5, 5, 5, 7]),
        (51_864, [12, 12], 12, [
            6, 6, 7, 0, 7, 3, 7, 8, 8, 2, 8, 5, 8, 7, 9, 0, 9, 4, 9, 8, 9, 10, 10, 0, 10, 1, 10, 2, 10, 3, 10, 6, 10, 11,
            11, 2, 11, 4,
        ]),
        (51_864, [24, 24], 16, [
            11, 4, 14, 1, 14, 12, 14, 14, 15, 4, 16, 0, 16, 4, 16, 9, 17, 12, 17, 14, 18, 7, 18, 10, 18, 15, 20, 0, 20, 3,
            20, 9, 20, 14, 21, 12,
        ]),
        // tiny, base, small, medium
        (51_865, [4, 4], 6, [2, 2, 3, 0, 3, 2, 3, 3, 3, 4, 3, 5]),
        (51_865, [6, 6], 8, [3, 1, 4, 2, 4, 3, 4, 7, 5, 1, 5, 2, 5, 4, 5, 6]),
        (51_865, [12, 12], 12, [5, 3, 5, 9, 8, 0, 8, 4, 8, 7, 8, 8, 9, 0, 9, 7, 9, 9, 10, 5]),
        (51_865, [24, 24], 16, [13, 15, 15, 4, 15, 15, 16, 1, 20, 0, 23, 4]),
        // large-v2, large-v3, large-v3-turbo
        (51_865, [32, 32], 20, [
            10, 12, 13, 17, 16, 11, 16, 12, 16, 13, 17, 15, 17, 16, 18, 4, 18, 11, 18, 19, 19, 11, 21, 2, 21, 3, 22, 3,
            22, 9, 22, 12, 23, 5, 23, 7, 23, 13, 25, 5, 26, 1, 26, 12, 27, 15,
        ]),
        (51_866, [32, 32], 20, [
            7, 0, 10, 17, 12, 18, 13, 12, 16, 1, 17, 14, 19, 11, 21, 4, 24, 1, 25, 6,
        ]),
        (51_866, [32, 4], 20, [2, 4, 2, 11, 3, 3, 3, 6, 3, 11, 3, 14]),
    ]
}
