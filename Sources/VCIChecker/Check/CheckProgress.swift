/// How far a check is in what it does after the walk through the tree, which reads nearly all.
public enum CheckProgress: Hashable, Sendable {
  /// So many extents are sorted by address, or marked, and compared with the bitmap.
  case owners(extents: Int)
  /// So many of all comparisons were made, two for each extent, with what claims its blocks before.
  case collisions(done: Int, of: Int)
  /// The links of so many of all extents were read.
  case links(done: Int, of: Int)
}
