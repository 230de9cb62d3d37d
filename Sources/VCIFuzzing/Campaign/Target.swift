/// The functions that a campaign runs on each image.
public enum Target: String, CaseIterable, Codable, Sendable {
  /// Probe only.
  case probe
  /// Probe, open for reading, and reads.
  case open
  /// The full check only.
  case check
  /// Operations on images that are open for writing; the image is checked before.
  case ops
  /// All functions. Every image is opened for writing, and a quarter of the iterations has
  /// operations.
  case all

  /// Whether probe is run.
  var probes: Bool { self != .check && self != .ops }
  /// Whether open and reads are run.
  var opens: Bool { self == .open || self == .all }
  /// Whether images are opened for writing, and operations run.
  var operates: Bool { self == .ops || self == .all }
}
