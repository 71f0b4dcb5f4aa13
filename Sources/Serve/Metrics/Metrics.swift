import Foundation
import Swiftlet
import Synchronization

/// Counts what the server does, in Prometheus' text format; names are vLLM's where it has them.
final class Metrics: Sendable {
    private struct State {
        var counters: [Series: Double] = [:]
        var gauges: [Series: Double] = [:]
        var histograms: [String: Histogram] = [:]
    }

    /// A metric's name and labels.
    private struct Series: Hashable {
        let name: String
        var labels = ""
    }

    private let state = Mutex(State())

    private static let help = [
        "prompt_tokens_total": "Tokens of prompts, those from the cache included.",
        "generation_tokens_total": "Tokens written.",
        "prefix_cache_queries_total": "Tokens of prompts that were looked for in the cache.",
        "prefix_cache_hits_total": "Tokens of prompts that were found in the cache.",
        "prefix_cache_bytes": "Bytes of cached states.",
        "prefix_cache_entries": "Cached states.",
        "request_success_total": "Texts that ended, by reason.",
        "request_failures_total": "Requests that ended without their texts.",
        "num_requests_running": "Requests that are being answered.",
        "num_requests_waiting": "Requests that wait.",
        "engine_steps_total": "Steps of all models.",
        "engine_step_seconds_total": "Seconds that these took.",
        "http_requests_total": "Requests, by method, path and status.",
        "time_to_first_token_seconds": "From a request to its first token.",
        "inter_token_latency_seconds": "Mean time between two tokens of a text.",
        "e2e_request_latency_seconds": "From a request to its end.",
    ]

    func add(_ name: String, _ labels: String = "", _ value: Double = 1) {
        state.withLock { $0.counters[Series(name: name, labels: labels), default: 0] += value }
    }

    func observe(_ name: String, _ seconds: Double) {
        state.withLock { $0.histograms[name, default: Histogram()].add(seconds) }
    }

    private func set(_ name: String, _ value: Double) {
        state.withLock { $0.gauges[Series(name: name)] = value }
    }

    // MARK: Text

    func prefix(tokens: Int, cached: Int) {
        add("prompt_tokens_total", "", Double(tokens))
        add("prefix_cache_queries_total", "", Double(tokens))
        add("prefix_cache_hits_total", "", Double(cached))
    }

    func step(seconds: Double, promptTokens: Int, decodedTokens: Int) {
        add("engine_steps_total")
        add("engine_step_seconds_total", "", seconds)
        add("generation_tokens_total", "", Double(decodedTokens))
    }

    func cache(bytes: Int, entries: Int) {
        set("prefix_cache_bytes", Double(bytes))
        set("prefix_cache_entries", Double(entries))
    }

    func load(running: Int, waiting: Int) {
        set("num_requests_running", Double(running))
        set("num_requests_waiting", Double(waiting))
    }

    func finished(_ request: ActiveRequest) {
        observe("e2e_request_latency_seconds", (ContinuousClock.now - request.job.submitted) / .seconds(1))
        if let first = request.firstToken {
            observe("time_to_first_token_seconds", (first - request.job.submitted) / .seconds(1))
        }
        if let failure = request.failure {
            add("request_failures_total", "{code=\"\(failure.code ?? "other")\"}")
        }
        for end in request.texts.compactMap(\.end) {
            add("request_success_total", "{finished_reason=\"\(end.reason.rawValue)\"}")
            if end.tokens > 1 { observe("inter_token_latency_seconds", end.seconds / Double(end.tokens - 1)) }
        }
    }

    // MARK: Text format

    /// https://prometheus.io/docs/instrumenting/exposition_formats/
    var text: String {
        let state = state.withLock { $0 }
        var lines: [String] = []
        func write(_ series: [Series: Double], _ type: String) {
            for (name, values) in Dictionary(grouping: series, by: { $0.key.name }).sorted(by: { $0.key < $1.key }) {
                lines += Self.head(name, type)
                for (series, value) in values.sorted(by: { $0.key.labels < $1.key.labels }) {
                    lines.append("swiftlet_\(name)\(series.labels) \(value)")
                }
            }
        }
        write(state.counters, "counter")
        write(state.gauges, "gauge")
        for (name, histogram) in state.histograms.sorted(by: { $0.key < $1.key }) {
            lines += Self.head(name, "histogram") + histogram.lines("swiftlet_" + name)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func head(_ name: String, _ type: String) -> [String] {
        ["# HELP swiftlet_\(name) \(help[name] ?? name)", "# TYPE swiftlet_\(name) \(type)"]
    }
}

/// How long things took, in buckets.
private struct Histogram {
    private static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600]
    private var counts = [Int](repeating: 0, count: bounds.count + 1)
    private var sum = 0.0

    mutating func add(_ seconds: Double) {
        counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
        sum += seconds
    }

    func lines(_ name: String) -> [String] {
        var total = 0
        var lines: [String] = []
        for (bound, count) in zip(Self.bounds.map { "\($0)" } + ["+Inf"], counts) {
            total += count
            lines.append("\(name)_bucket{le=\"\(bound)\"} \(total)")
        }
        return lines + ["\(name)_sum \(sum)", "\(name)_count \(total)"]
    }
}
