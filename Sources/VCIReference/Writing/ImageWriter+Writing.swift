internal import VCIFormat

extension ImageWriter {
  /// Caches `bytes`, whole blocks and at least one, as what disk block `offset` and those behind it hold;
  /// answers how many blocks were taken.
  ///
  /// Where that fails, what was cached of them is forgotten: it is older than what could not be written.
  func write(
    _ bytes: RawSpan, at offset: BlockOffset, losing: (Loss) -> Void
  ) throws(ImageError) -> BlockCount {
    askAgain()
    do throws(ImageError) {
      return try writeParts(of: bytes, at: offset, losing)
    } catch {
      let blocks = BlockCount(UInt64(bytes.byteCount) / Format.blockSize)
      let end = min(offset.rawValue.saturatingSum(blocks), Format.diskEnd.rawValue)
      // The first failure is the one to tell of.
      _ = try? dropInstead(Cover(start: offset.rawValue, end: end), losing)
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
        drop(first.saturatingSum(BlockCount(done)), count - done, losing)
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

  /// A part of a request that is one extent at most.
  private struct Request {
    let piece: Cover
    /// What was taken of the request before: it is not evicted.
    let taken: Cover
  }

  /// Notes blocks that could not be kept.
  private func drop(_ offset: UInt64, _ count: UInt64, _ losing: (Loss) -> Void) {
    counts.droppedBlocks += count
    losing(Loss(offset: BlockOffset(offset), count: BlockCount(count), cause: .dropped))
  }

  /// Drops blocks that were to be cached, and what was cached of them; answers how many.
  private func dropInstead(_ blocks: Cover, _ losing: (Loss) -> Void) throws(ImageError) -> UInt64 {
    try removeCached(blocks, losing)
    drop(blocks.start, blocks.count, losing)
    return blocks.count
  }

  /// Caches the first blocks of a request, and answers how many; `nil` where there is no room but what
  /// the request itself has taken.
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
      if let place = place(placement, cost) {
        let stored = bytes.extracting(first: Int(place.data.count.bytes))
        // What the disk refuses is withheld: another place is tried, or none is left.
        guard try hasStored(stored, in: place.data) else { continue }
        guard try hasTaken(place) else { continue }
        let extent = ExtentSlot(offset: BlockOffset(piece.start), data: place.data)
        tree.insert(extent, at: placement, in: &space)
        space.unready(keeping: 0)
        assertInvariants()
        return place.data.count.rawValue
      }
      guard try makeRoom(for: whole.count, sparing: request.taken, losing) else { return nil }
    }
  }

  /// Takes a place, and readies the places of the nodes that lead to it; answers no, and takes nothing,
  /// where the disk refuses those.
  private func hasTaken(_ place: Place) throws(ImageError) -> Bool {
    if let before = place.before {
      space.extendData(before, by: place.data.count)
    } else {
      space.takeData(place.data)
    }
    var isReady = false
    defer { if !isReady { space.releaseData(place.data) } }
    isReady = try hasRoom(for: place.cost, andReserve: true)
    return isReady
  }

  /// Where the data of an extent goes, which may be a part of what the placement can have; `nil` where
  /// there is no room for it and for the nodes.
  private func place(_ placement: ExtentTree.Placement, _ cost: ExtentTree.Cost) -> Place? {
    guard let spare = spareRooms(after: cost) else { return nil }
    let wanted = placement.end - placement.start
    for run in candidates(for: wanted, at: placement.start) {
      let count = min(wanted, run.most, Self.takeable(of: run.range.count.rawValue, spare))
      guard count > 0 else { continue }
      let data = BlockRange(run.range.first, BlockCount(count))
      let needed = count == wanted ? cost : self.cost(of: placement, data, of: run.range)
      if let needed { return Place(data: data, before: run.before, cost: needed) }
    }
    return nil
  }

  /// Free blocks in which an extent is stored.
  private struct Place {
    let data: BlockRange
    /// The data that grows by them, of the extent that the new one follows.
    let before: BlockRange?
    /// What the change of the tree needs.
    let cost: ExtentTree.Cost
  }

  /// Free blocks in which an extent could be stored.
  private struct Candidate {
    let range: BlockRange
    /// How many of them may be taken.
    var most: UInt64 = .max
    /// The data that would grow by them.
    var before: BlockRange?
  }

  /// The free runs in which `wanted` blocks from disk block `start` on are best stored, the best first:
  /// right behind the extent that they follow, where they fit best, where most of them fit, where one
  /// fits.
  private func candidates(for wanted: UInt64, at start: UInt64) -> [Candidate] {
    var candidates: [Candidate] = []
    if let behind = runBehind(start) { candidates.append(behind) }
    let allocator = space.allocator
    for range in [
      allocator.bestFit(BlockCount(wanted)) ?? allocator.largestFree, allocator.bestFit(1),
    ] {
      if let range { candidates.append(Candidate(range: range)) }
    }
    return candidates
  }

  /// The free run right behind the data of the extent that ends at disk block `start`, where that may
  /// grow.
  private func runBehind(_ start: UInt64) -> Candidate? {
    guard start > 0, let before = tree.firstExtent(from: BlockOffset(start - 1)),
      before.end == start, before.reserved == 0,
      UInt64(before.count) < tree.limits.mergedBlocks.rawValue, let end = before.data.end,
      let range = space.allocator.freeRun(containing: end)
    else { return nil }
    return Candidate(
      range: range, most: tree.limits.mergedBlocks.rawValue - UInt64(before.count),
      before: before.data)
  }

  /// The cost where only a part of what a placement can have is stored, in `data`, the first blocks of a
  /// free run; `nil` where there is no room for it.
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

  /// How many rooms data may take where a change of the tree costs so much; `nil` where there is no room
  /// for the nodes, or would be none for the next.
  func spareRooms(after cost: ExtentTree.Cost) -> UInt64? {
    let now = Int64(space.rooms) - Int64(cost.nodes)
    let afterFlush =
      Int64(space.rooms) + Int64(space.oldNodeCount) - Int64(cost.additions) - Int64(cost.levels)
    let spare = min(now, afterFlush)
    return spare < 0 ? nil : UInt64(spare)
  }

  /// How many blocks of a free run may be taken so that it loses at most `spare` rooms.
  private static func takeable(of count: UInt64, _ spare: UInt64) -> UInt64 {
    let node = Format.nodeBlocks.rawValue
    return count % node + min(spare, count / node) * node
  }
}
