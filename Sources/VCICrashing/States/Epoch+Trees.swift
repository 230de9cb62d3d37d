internal import VCIFormat
internal import VCIFuzzing
internal import VCIReference

extension Epoch {
  /// Returns the extents of the trees that a crash in this epoch may leave, by the addresses of
  /// their roots: that of the durable image, and those to which block 0 leads after writes to it,
  /// before which there were `switches` steps. What cannot be read has no tree.
  func publishedTrees(after switches: [Int]) -> [UInt64: [ObservedCache.Piece]] {
    var trees: [UInt64: [ObservedCache.Piece]] = [:]
    Self.add(durable, to: &trees)
    for start in switches { Self.add(bytes(after: start + 1), to: &trees) }
    return trees
  }

  private static func add(_ bytes: [UInt8], to trees: inout [UInt64: [ObservedCache.Piece]]) {
    guard let image = try? CacheImage.open(MemoryStorage(bytes), purpose: .reading) else { return }
    let root = image.information.root.first.rawValue
    guard trees[root] == nil, let pieces = try? ObservedCache.pieces(of: image) else { return }
    trees[root] = pieces
  }
}
