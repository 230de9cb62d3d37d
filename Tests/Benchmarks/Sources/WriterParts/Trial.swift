/// Operations on something that is made ready to be measured, and what undoes them.
package struct Trial {
  /// Does so many operations.
  package let forth: (Int) throws -> Void
  /// Undoes as many, the last ones that were done; nothing where there is nothing to undo.
  package let back: ((Int) throws -> Void)?
  /// How many operations may be done before some are undone.
  package let limit: Int
}

/// How what an image is made of is kept.
package enum Design: String, CaseIterable {
  /// As the reference does.
  case reference
  /// In sorted arrays.
  case array = "sorted array"
  /// In linked lists.
  case list = "naive list"
}

/// Numbers from 0 on to before `count`, in disorder; the order follows from the count alone.
private func disordered(_ count: Int) -> [Int] {
  var random = SplitMix(seed: UInt64(count))
  return (0..<count).shuffled(using: &random)
}

extension Design {
  /// Allocations of 1 to 63 blocks each, among so many free runs of 64 and more: at first none fits
  /// exactly; undone by giving them back in disorder.
  package func allocations(amongRuns count: Int) -> Trial {
    switch self {
    case .reference: Trial.allocations(ReferenceSpace.self, count)
    case .array: Trial.allocations(RangeArray.self, count)
    case .list: Trial.allocations(RangeList.self, count)
    }
  }

  /// Returns of what is taken between so many free runs, in disorder; undone by taking it again.
  package func releases(amongRuns count: Int) -> Trial {
    switch self {
    case .reference: Trial.releases(ReferenceSpace.self, count)
    case .array: Trial.releases(RangeArray.self, count)
    case .list: Trial.releases(RangeList.self, count)
    }
  }

  /// Searches for one of so many extents.
  package func lookups(amongExtents count: Int) -> Trial {
    switch self {
    case .reference: Trial.lookups(ReferenceStore.self, count)
    case .array: Trial.lookups(ExtentArray.self, count)
    case .list: Trial.lookups(ExtentList.self, count)
    }
  }

  /// Insertions among so many extents, undone by removing them.
  package func insertions(amongExtents count: Int) -> Trial {
    switch self {
    case .reference: Trial.insertions(ReferenceStore.self, count)
    case .array: Trial.insertions(ExtentArray.self, count)
    case .list: Trial.insertions(ExtentList.self, count)
    }
  }

  /// Opens the image in a file for writing; the file stays as it is.
  package func open(fileAt path: String) throws -> any WritableImage {
    try open(try PrivateMapping(ofFileAt: path))
  }

  /// Opens the image in a storage for writing.
  package func open(_ storage: any Storage) throws -> any WritableImage {
    switch self {
    case .reference: try ReferenceImage(storage)
    case .array: try PlainImage<ExtentArray, RangeArray>(storage)
    case .list: try PlainImage<ExtentList, RangeList>(storage)
    }
  }
}

extension Trial {
  /// A space of so many free runs of 64 to 4095 blocks, with 1 to 64 taken blocks before each.
  private static func space<Space: FreeSpace>(
    _: Space.Type, _ count: Int
  ) -> (space: Space, free: [Range<UInt64>]) {
    var random = SplitMix(seed: 7)
    var end: UInt64 = 0
    let free = (0..<count).map { _ in
      let start = end + UInt64.random(in: 1...64, using: &random)
      end = start + UInt64.random(in: 64...4095, using: &random)
      return start..<end
    }
    return (Space(blocks: end + 1, free: free), free)
  }

  fileprivate static func allocations<Space: FreeSpace>(_: Space.Type, _ count: Int) -> Trial {
    let space = space(Space.self, count).space
    var random = SplitMix(seed: 10)
    var taken: [(start: UInt64, count: UInt64)] = []
    return Trial(
      forth: { count in
        for _ in 0..<count {
          let count = UInt64.random(in: 1...63, using: &random)
          guard let start = space.take(count) else { preconditionFailure("the space is full") }
          taken.append((start, count))
        }
      },
      back: { count in
        for _ in 0..<count {
          taken.swapAt(taken.count - 1, Int.random(in: taken.indices, using: &random))
          let (start, count) = taken.removeLast()
          space.release(count, at: start)
        }
      }, limit: max(1, count / 10))
  }

  fileprivate static func releases<Space: FreeSpace>(_: Space.Type, _ count: Int) -> Trial {
    let (space, free) = space(Space.self, count)
    let order = disordered(count - 1)
    var next = 0
    return Trial(
      forth: { times in
        for index in order[next..<next + times] {
          let start = free[index].upperBound
          space.release(free[index + 1].lowerBound - start, at: start)
        }
        next += times
      },
      back: { times in
        for index in order[next - times..<next].reversed() {
          let start = free[index].upperBound
          guard space.take(free[index + 1].lowerBound - start, at: start) else {
            preconditionFailure("block \(start) is not free")
          }
        }
        next -= times
      }, limit: max(1, count / 10))
  }

  /// So many extents of one block, four disk blocks apart.
  private static func extents(_ count: Int) -> [PlainExtent] {
    let places = disordered(count)
    return (0..<count).map {
      PlainExtent(offset: UInt64($0) * 4, address: UInt64(places[$0]) * 2 + 16, count: 1)
    }
  }

  fileprivate static func lookups<Store: ExtentStore>(_: Store.Type, _ count: Int) -> Trial {
    let store = Store(extents(count))
    var random = SplitMix(seed: 8)
    return Trial(
      forth: { times in
        for _ in 0..<times {
          let block = UInt64.random(in: 0..<UInt64(count), using: &random) * 4
          guard store.find(block) != nil else { preconditionFailure("no disk block \(block)") }
        }
      }, back: nil, limit: .max)
  }

  fileprivate static func insertions<Store: ExtentStore>(_: Store.Type, _ count: Int) -> Trial {
    let store = Store(extents(count))
    let order = disordered(count)
    var next = 0
    return Trial(
      forth: { times in
        for index in next..<next + times {
          let place = UInt64(order[index])
          store.insert(
            PlainExtent(
              offset: place * 4 + 2, address: UInt64(count + index) * 2 + 16, count: 1))
        }
        next += times
      },
      back: { times in
        for _ in 0..<times {
          next -= 1
          store.remove(UInt64(order[next]) * 4 + 2)
        }
      }, limit: max(1, count / 10))
  }

  /// Writes of single blocks to an image whose disk blocks 4 * n are cached, n below `extents`:
  /// each between two of those; undone by discarding them.
  package static func randomWrites(to image: any WritableImage, extents: Int) -> Trial {
    let order = disordered(extents)
    return writes(to: image, limit: max(1, extents / 10)) { UInt64(order[$0]) * 4 + 2 }
  }

  /// Writes of single blocks, one behind the other, behind all that such an image has cached.
  package static func sequentialWrites(to image: any WritableImage, extents: Int) -> Trial {
    writes(to: image, limit: max(1, extents / 10)) { UInt64(extents * 4 + 2 + $0) }
  }

  private static func writes(
    to image: any WritableImage, limit: Int, _ block: @escaping (Int) -> UInt64
  ) -> Trial {
    let bytes = [UInt8](repeating: 0x5a, count: 512)
    var next = 0
    return Trial(
      forth: { times in
        for index in next..<next + times { try image.write(bytes, at: block(index)) }
        next += times
      },
      back: { times in
        for _ in 0..<times {
          next -= 1
          try image.discard(block(next))
        }
      }, limit: limit)
  }

  /// Searches in such an image.
  package static func lookups(in image: any WritableImage, extents: Int) -> Trial {
    var random = SplitMix(seed: 9)
    return Trial(
      forth: { times in
        for _ in 0..<times {
          let block = UInt64.random(in: 0..<UInt64(extents), using: &random) * 4
          guard try image.holds(block) else { preconditionFailure("no disk block \(block)") }
        }
      }, back: nil, limit: .max)
  }
}
