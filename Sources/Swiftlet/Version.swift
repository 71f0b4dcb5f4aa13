/// The version that the programs print.
package enum Version {
    package static let text = "0.1.0"
}
