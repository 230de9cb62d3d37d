/// Blocks of a read that are all hits or all misses.
public enum ReadRun: Hashable, Sendable {
  /// The bytes of whole blocks, of 512 bytes each.
  case hit([UInt8])
  /// So many blocks are not cached.
  case miss(UInt64)
}
