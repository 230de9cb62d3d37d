/// What a workload is mostly about.
///
/// A workload that does a little of everything splits few nodes, merges none, and fills few caches.
/// So the kinds take turns, and even a short run has most of them.
enum WorkloadKind: CaseIterable {
  /// A little of everything, on an image that the program creates, or a random one.
  case mixed
  /// Single blocks with gaps between them, so that each is an extent of its own.
  case gapped
  /// Many extents are written, and most of them are removed again.
  case thinned
  /// The same on an image whose nodes are full, or lie on many levels.
  case deep
  /// Long runs fill a bitmap of several blocks, and most of them are removed again.
  case bitmap
  /// Requests that are larger than the cache, over what it has.
  case large
  /// An image that was not closed cleanly.
  case dirty
  /// Requests at the distances that an entry can just span, or just not.
  case spans
  /// Holes in extents of full leaves, where there is hardly room for another node.
  case tight
  /// Blocks on both sides of 2^54, and up to 2^64.
  case diskEnd
  /// A full root that reaches far, and requests over the ends of its entries' ranges.
  case windows
  /// Requests over the ends of ranges that are wider than what lies below them.
  case loose
  /// A file that cannot grow further.
  case limited

  private static let turns: [WorkloadKind] = [
    .mixed, .thinned, .deep, .bitmap, .large, .dirty, .limited, .gapped, .tight, .diskEnd,
    .spans, .mixed, .windows, .deep, .mixed, .spans, .loose, .tight, .deep, .dirty,
  ]

  /// Returns the kind of workload `index`.
  static func ofWorkload(_ index: UInt64) -> WorkloadKind {
    turns[Int(index % UInt64(turns.count))]
  }
}
