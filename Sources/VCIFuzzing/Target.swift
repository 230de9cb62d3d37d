/// What a campaign runs on each image.
public enum Target: String, CaseIterable, Codable, Sendable {
  /// Probe alone.
  case probe
  /// Probe, open for reading, and reads.
  case open
  /// The full check alone.
  case check
  /// All of it.
  case all

  /// Whether probe is run.
  var probes: Bool { self != .check }
  /// Whether open and reads are run.
  var opens: Bool { self == .open || self == .all }
}
