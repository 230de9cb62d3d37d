internal import VCIFormat

extension [UInt8] {
  /// Makes `count` zeros and calls `fill` with them.
  package init<Failure>(
    zeros count: Int, filledBy fill: (inout MutableRawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    self.init(repeating: 0, count: count)
    try withMutableBytes(fill)
  }
}
