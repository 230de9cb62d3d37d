/// A feature that a program may lack ("Capabilities" in `Specs/Port.md`).
package enum Feature: String, CaseIterable, Hashable, Sendable {
  /// Images whose root is an internal node.
  case trees = "multi-level-tree"
  /// Disks of more than 2^32 blocks.
  case wideDisks = "wide-disks"
  /// Fixed images can be created.
  case fixed
  /// Images that need a rebuild are opened for writing.
  case recovery = "dirty-recovery"
  /// Opens take a modification UUID.
  case modUUID = "mod-uuid"
  case locks
}

/// What a program says that it can do, before the first request ("Capabilities" in
/// `Specs/Port.md`).
package struct Capabilities: Hashable, Sendable {
  /// What survives a crash.
  package enum Durability: String, Hashable, Sendable {
    case none
    case close
    case flush
  }

  /// A failure that the author knows: the name of a test, and where it is told of.
  package struct KnownFailure: Hashable, Sendable {
    package var name: String
    package var issue: String
  }

  package var name = ""
  package var version = ""
  package var language: String?
  package var homepage: String?
  /// The names of the operations that the program has.
  package var operations: Set<String> = []
  package var features: Set<Feature> = []
  package var durability: Durability?
  /// The largest disk that the program takes, in blocks; `nil` if there is no limit.
  package var mostBlocks: UInt64?
  package var known: [KnownFailure] = []

  package init() {}

  /// The operations that a program may have.
  static let operations = [
    "probe", "open-ro", "open-rw", "info", "read", "extents", "create", "write", "discard",
    "flush", "close", "set-moduuid", "check", "repair-leaks", "repair-all",
  ]

  /// Versions that name no version.
  private static let movingVersions = ["main", "master", "trunk", "dev", "latest", "head"]

  /// Returns whether the program has an operation. `close` goes with the opens.
  package func has(_ operation: String) -> Bool {
    operations.contains(operation)
      || operation == "close" && (operations.contains("open-ro") || operations.contains("open-rw"))
  }

  /// Whether the program declares an operation or a feature of this name.
  func declares(_ name: String) -> Bool {
    has(name) || Feature(rawValue: name).map(features.contains) ?? false
  }

  /// Whether the author knows that the program fails in the test of this name.
  func knows(_ test: String) -> Bool { known.contains { $0.name == test } }

  /// What is wrong with the capabilities, if anything.
  var flaw: String? {
    if name.isEmpty { return "the capabilities have no name" }
    if version.isEmpty { return "the capabilities have no version" }
    if Self.movingVersions.contains(version) { return "\(version) is no version" }
    if has("write"), durability == nil { return "'write' without 'durability'" }
    return nil
  }
}
