/// A part of what a program does that has a verdict of its own.
package enum Area: String, CaseIterable, Codable, Hashable, Sendable {
  case probe
  case open
  case reads
  case extents
  case openForWriting = "open for writing"
  case check
  case create
  case writes
  case discard
  case fullCache = "full cache"
  case deepTrees = "deep trees"
  case wideDisks = "wide disks"
  case untouchedBytes = "untouched bytes"
  case locks
  case crashes
  case turns = "turns with the reference"
}
