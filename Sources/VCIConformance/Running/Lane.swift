internal import FoundationEssentials

/// How much a run asks: a file of `Port/lanes`.
package struct Lane: Codable, Hashable, Sendable {
  /// The version of the form.
  package static let schema = 1

  package var schema = Lane.schema
  package var name: String
  /// What the lane is for, in one sentence.
  package var about: String
  /// Whether all vectors of the corpus are asked about, or those of every n-th line.
  package var everyVector: Int
  /// The number of valid images.
  package var valid: UInt64
  /// The number of edited images.
  package var edited: UInt64
  /// The number of workloads.
  package var workloads: UInt64

  package init(
    name: String, about: String, everyVector: Int, valid: UInt64, edited: UInt64,
    workloads: UInt64
  ) {
    self.name = name
    self.about = about
    self.everyVector = everyVector
    self.valid = valid
    self.edited = edited
    self.workloads = workloads
  }
}
