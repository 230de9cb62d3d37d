/// The progress of a check after the walk through the tree, which reads nearly all of an image.
public enum CheckProgress: Hashable, Sendable {
  /// All extents are being compared with the bitmap.
  case owners(extents: Int)
  /// Overlaps are being searched: two comparisons for each extent.
  case collisions(done: Int, of: Int)
  /// The links of all extents are being read.
  case links(done: Int, of: Int)
}
