import Swiftlet
import Testing

@Suite struct StopStringTests {
    struct Case: CustomTestStringConvertible {
        let stops: [String]
        let pieces: [String]
        let emitted: [String]
        let stopped: Bool

        var testDescription: String { "\(stops) in \(pieces)" }
    }

    @Test(arguments: [
        Case(stops: [], pieces: ["a", "b"], emitted: ["a", "b"], stopped: false),
        Case(stops: ["\n"], pieces: ["one", " two\nthree"], emitted: ["one", " two"], stopped: true),
        Case(stops: ["END"], pieces: ["xE", "N", "D", "y"], emitted: ["x", "", ""], stopped: true),
        Case(stops: ["END"], pieces: ["xE", "Nough"], emitted: ["x", "ENough"], stopped: false),
        Case(stops: ["aab"], pieces: ["aa", "ab"], emitted: ["", "a"], stopped: true),
        Case(stops: ["bc", "b"], pieces: ["ab"], emitted: ["a"], stopped: true),
        Case(stops: ["ü"], pieces: ["grün"], emitted: ["gr"], stopped: true),
    ])
    func `text goes out as soon as it cannot be part of a stop string`(item: Case) {
        var stops = StopStrings(item.stops)
        var emitted: [String] = []
        var stopped = false
        for piece in item.pieces where !stopped {
            let result = stops.append(piece)
            emitted.append(result.text)
            stopped = result.stopped
        }
        #expect(emitted == item.emitted)
        #expect(stopped == item.stopped)
    }

    @Test func `what was held back is given at the end`() {
        var stops = StopStrings(["END"])
        #expect(stops.append("xEN").text == "x")
        #expect(stops.finish() == "EN")
        #expect(stops.finish() == "")
    }
}
