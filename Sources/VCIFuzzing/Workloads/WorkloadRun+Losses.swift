internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

extension WorkloadRun {
  /// Reports blocks that a write lost without need.
  ///
  /// A cache must lose nothing while all cached blocks, all nodes and their copies have room, even
  /// if the free blocks are fragmented.
  ///
  /// This is known only for created caches, and only if one internal entry can cover all written
  /// blocks: then the tree is no larger than its extents require.
  func reportNeedlessLoss(of losses: [Loss], for range: Range<UInt64>) {
    extendReach(by: range)
    guard !hasFailed, !losses.isEmpty, isCreated, let reach,
      reach.upperBound <= Format.diskEnd.rawValue,
      reach.upperBound - reach.lowerBound < UInt64(UInt32.max)
    else { return }
    let lost = losses.reduce(0) { $0 &+ $1.count.rawValue }
    let cached = model.blockCount + lost + UInt64(range.count)
    guard room(for: cached, extents: 0) else { return }
    let extents = countExtents() + 2 * UInt64(losses.count) + 2
    guard !hasFailed, room(for: cached, extents: extents) else { return }
    report(
      .wrongLoss, nil,
      "\(lost) blocks were lost, and \(blocks) have room for \(cached) in \(extents) extents")
  }

  /// Notes that the blocks of `range` were written.
  func extendReach(by range: Range<UInt64>) {
    reach = reach.map {
      min($0.lowerBound, range.lowerBound)..<max($0.upperBound, range.upperBound)
    }
    reach = reach ?? range
  }

  /// Returns whether `cached` blocks in `extents` extents have room in any arrangement. After each
  /// extent and each node there may be a gap of seven blocks, which is too small for a node.
  private func room(for cached: UInt64, extents: UInt64) -> Bool {
    let node = Format.nodeBlocks.rawValue
    // Adjacent leaves are at least a fifth full, and every node may have a copy.
    let nodes = 2 * (2 + extents / 20) + 3
    let fixed = Format.leastBlocks(for: blocks).rawValue
    return fixed + cached + node * nodes + (node - 1) * (extents + nodes + 2) <= blocks.rawValue
  }

  private func countExtents() -> UInt64 {
    var count: UInt64 = 0
    var block: UInt64 = 0
    while let image, block < Format.diskEnd.rawValue {
      do throws(ImageError) {
        guard let extent = try image.nextExtent(from: BlockOffset(block)) else { break }
        block = max(block + 1, extent.offset.rawValue &+ extent.blocks.rawValue)
        count += 1
      } catch {
        failed(error)
        return count
      }
    }
    return count
  }
}
