internal import VCIFormat

extension ImageWriter {
  /// Caches `bytes`, at least one whole block, as the content of the disk blocks from `offset` on.
  /// Returns how many blocks were taken.
  ///
  /// If that fails, all these blocks are forgotten: what is cached is older than what could not be
  /// written.
  func write(
    _ bytes: RawSpan, at offset: BlockOffset, losing: (Loss) -> Void
  ) throws(ImageError) -> BlockCount {
    askAgain()
    do throws(ImageError) {
      return try writeParts(of: bytes, at: offset, losing)
    } catch {
      let blocks = BlockCount(UInt64(bytes.byteCount) / Format.blockSize)
      let end = offset.end(of: blocks)
      let cover = Cover(start: offset.rawValue, end: max(offset, end).rawValue)
      // The first failure is the one to report.
      if (try? dropInstead(cover, losing)) == nil { forgotten.insert(cover) }
      throw error
    }
  }

  private func writeParts(
    of bytes: RawSpan, at offset: BlockOffset, _ losing: (Loss) -> Void
  ) throws(ImageError) -> BlockCount {
    let count = UInt64(bytes.byteCount) / Format.blockSize
    let first = offset.rawValue
    var done: UInt64 = 0
    while done < count {
      guard first < Format.diskEnd.rawValue - done else {
        drop(offset.adding(BlockCount(done))?.rawValue ?? .max, count - done, losing)
        return BlockCount(count)
      }
      let start = first + done
      let piece = Cover(
        start: start,
        end: min(
          start + min(count - done, tree.limits.mergedBlocks.rawValue), Format.diskEnd.rawValue))
      let rest = bytes.extracting(droppingFirst: Int(done * Format.blockSize))
      let request = Request(piece: piece, taken: Cover(start: first, end: start))
      if let taken = try write(rest, request, losing) {
        done += taken
      } else if done > 0 {
        return BlockCount(done)
      } else {
        done += try dropInstead(piece, losing)
      }
    }
    return BlockCount(count)
  }

  /// A part of a request, at most one extent.
  private struct Request {
    let piece: Cover
    /// The part of the request that was taken before; it must not be evicted.
    let taken: Cover
  }

  /// Counts and reports blocks that cannot be cached.
  private func drop(_ offset: UInt64, _ count: UInt64, _ losing: (Loss) -> Void) {
    counts.droppedBlocks += count
    losing(Loss(offset: BlockOffset(offset), count: BlockCount(count), cause: .dropped))
  }

  /// Drops blocks instead of caching them, and what was cached of them. Returns how many.
  private func dropInstead(_ blocks: Cover, _ losing: (Loss) -> Void) throws(ImageError) -> UInt64 {
    try removeCached(blocks, losing)
    drop(blocks.start, blocks.count, losing)
    return blocks.count
  }

  /// Caches the first blocks of a request. Returns how many; `nil` if the only room left is that of
  /// blocks of the same request.
  private func write(
    _ bytes: RawSpan, _ request: Request, _ losing: (Loss) -> Void
  ) throws(ImageError) -> UInt64? {
    let piece = request.piece
    while true {
      let placement = tree.placement(
        from: BlockOffset(piece.start), to: BlockOffset(piece.end))
      let whole = Cover(start: placement.start, end: placement.end)
      guard let cost = tree.cost(of: placement, ExtentTree.Change(blocks: whole, adds: true))
      else {
        return try dropInstead(whole, losing)
      }
      if let allotment = allotment(for: placement, cost) {
        let stored = bytes.extracting(first: Int(allotment.data.count.bytes))
        // Refused blocks are withheld, so another allotment is tried, until none is left.
        guard try hasStored(stored, in: allotment.data) else { continue }
        guard try hasTaken(allotment) else { continue }
        let extent = ExtentSlot(offset: BlockOffset(piece.start), data: allotment.data)
        tree.insert(extent, at: placement, in: &space)
        forgotten.remove(extent.cover)
        space.unready(keeping: 0)
        assertInvariants()
        return allotment.data.count.rawValue
      }
      guard try makeRoom(for: whole.count, sparing: request.taken, losing) else { return nil }
    }
  }

  /// Takes an allotment, and readies the places of the nodes that lead to it. Returns `false`, and
  /// takes nothing, if the disk refuses those.
  private func hasTaken(_ allotment: Allotment) throws(ImageError) -> Bool {
    if let before = allotment.before {
      space.extendData(before, by: allotment.data.count)
    } else {
      space.takeData(allotment.data)
    }
    var isReady = false
    defer { if !isReady { space.releaseData(allotment.data) } }
    isReady = try hasRoom(for: allotment.cost, andReserve: true)
    return isReady
  }

  /// Chooses free blocks for an extent, which may be only a part of what the placement can take;
  /// `nil` if there is no room for it and for the nodes.
  private func allotment(for placement: ExtentTree.Placement, _ cost: ExtentTree.Cost) -> Allotment?
  {
    guard let spare = spareRooms(after: cost) else { return nil }
    let wanted = placement.end - placement.start
    for run in candidates(for: wanted, at: placement.start) {
      let count = min(wanted, run.most, Self.takeable(of: run.range.count.rawValue, spare))
      guard count > 0 else { continue }
      let data = BlockRange(run.range.first, BlockCount(count))
      let needed = count == wanted ? cost : self.cost(of: placement, data, of: run.range)
      if let needed { return Allotment(data: data, before: run.before, cost: needed) }
    }
    return nil
  }

  /// Free blocks that were chosen to store an extent.
  private struct Allotment {
    let data: BlockRange
    /// The data of the preceding extent, if it grows by these blocks.
    let before: BlockRange?
    let cost: ExtentTree.Cost
  }

  /// Free blocks in which an extent could be stored.
  private struct Candidate {
    let range: BlockRange
    /// The most blocks that may be taken.
    var most: UInt64 = .max
    /// The data of the preceding extent, if it would grow by these blocks.
    var before: BlockRange?
  }

  /// The free runs for `wanted` blocks from disk block `start` on, the best first: right after the
  /// data of the preceding extent; best fit, or the largest run if none fits; best fit for one
  /// block.
  private func candidates(for wanted: UInt64, at start: UInt64) -> [Candidate] {
    var candidates: [Candidate] = []
    if let next = runAfterExtent(endingAt: start) { candidates.append(next) }
    let allocator = space.allocator
    for range in [
      allocator.bestFit(BlockCount(wanted)) ?? allocator.largestFree, allocator.bestFit(1),
    ] {
      if let range { candidates.append(Candidate(range: range)) }
    }
    return candidates
  }

  /// The free run right after the data of the extent that ends at disk block `start`, if that
  /// extent may grow.
  private func runAfterExtent(endingAt start: UInt64) -> Candidate? {
    guard start > 0, let before = tree.firstExtent(from: BlockOffset(start - 1)),
      before.end == start, before.reserved == 0,
      UInt64(before.count) < tree.limits.mergedBlocks.rawValue, let end = before.data.end,
      let range = space.allocator.freeRun(containing: end)
    else { return nil }
    return Candidate(
      range: range, most: tree.limits.mergedBlocks.rawValue - UInt64(before.count),
      before: before.data)
  }

  /// The cost of storing only a part of what a placement can take, in `data`, the first blocks of a
  /// free run; `nil` if there is no room for it.
  private func cost(
    of placement: ExtentTree.Placement, _ data: BlockRange, of run: BlockRange
  ) -> ExtentTree.Cost? {
    let part = Cover(start: placement.start, end: placement.start + data.count.rawValue)
    guard let cost = tree.cost(of: placement, ExtentTree.Change(blocks: part, adds: true)),
      let spare = spareRooms(after: cost),
      data.count.rawValue <= Self.takeable(of: run.count.rawValue, spare)
    else { return nil }
    return cost
  }

  /// How many rooms data may take beside a change of the tree; `nil` if there is no room for its
  /// nodes, or would be none for the reserve after it.
  func spareRooms(after cost: ExtentTree.Cost) -> UInt64? {
    let now = Int64(space.rooms) - Int64(cost.nodes)
    let afterFlush =
      Int64(space.rooms) + Int64(space.oldNodeCount) - Int64(cost.additions) - Int64(cost.levels)
    let spare = min(now, afterFlush)
    return spare < 0 ? nil : UInt64(spare)
  }

  /// How many of the `count` blocks of a free run may be taken so that it loses at most `spare`
  /// rooms.
  private static func takeable(of count: UInt64, _ spare: UInt64) -> UInt64 {
    let node = Format.nodeBlocks.rawValue
    return count % node + min(spare, count / node) * node
  }
}
