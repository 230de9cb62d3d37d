internal import VCIFormat

/// The extents of a cache in the order of their use, the most recently used one first: a doubly
/// linked list in an array.
///
/// An extent has a number as long as it exists. Every change takes constant time, and an extent
/// takes 16 bytes.
struct LRUList {
  /// The number of an extent.
  typealias ID = UInt32

  private struct Link {
    /// The extent that was used right after this one.
    var previous: ID
    /// The extent that was used right before this one; for a free number, the next free number.
    var next: ID
    /// The first disk block that the extent holds.
    var offset: UInt64
  }

  private static let none: ID = .max
  private var links = PagedArray<Link>()
  private var firstFree = none
  private var head = none
  private var tail = none
  private(set) var count = 0

  /// One more than the largest number that an extent has had.
  var numbers: Int { links.count }
  var mostRecent: ID? { known(head) }
  var leastRecent: ID? { known(tail) }

  /// The first disk block of an extent.
  func offset(of id: ID) -> BlockOffset { BlockOffset(links[Int(id)].offset) }
  /// The extent that was used right after `id`.
  func previous(of id: ID) -> ID? { known(links[Int(id)].previous) }
  /// The extent that was used right before `id`.
  func next(of id: ID) -> ID? { known(links[Int(id)].next) }

  /// Adds an extent that begins at `offset` as the most recently used one.
  mutating func add(_ offset: BlockOffset) -> ID {
    let id = number(offset.rawValue)
    link(id, between: Self.none, and: head)
    return id
  }

  /// Adds an extent that begins at `offset`, right after `id` in the list.
  mutating func add(_ offset: BlockOffset, after id: ID) -> ID {
    let added = number(offset.rawValue)
    link(added, between: id, and: links[Int(id)].next)
    return added
  }

  /// Adds an extent that begins at `offset` as the least recently used one.
  mutating func addLast(_ offset: BlockOffset) -> ID {
    let id = number(offset.rawValue)
    link(id, between: tail, and: Self.none)
    return id
  }

  /// Makes an extent the most recently used one.
  mutating func use(_ id: ID) {
    guard id != head else { return }
    unlink(id)
    link(id, between: Self.none, and: head)
  }

  /// Orders the extents as `ids`, the most recently used one first. O(n)
  ///
  /// - Precondition: `ids` has each extent once, and no number is free.
  mutating func order(by ids: [ID]) {
    precondition(
      ids.count == count && count == links.count, "\(ids.count) of \(count) of \(links.count)")
    for (index, id) in ids.enumerated() {
      links[Int(id)].previous = index > 0 ? ids[index - 1] : Self.none
      links[Int(id)].next = index + 1 < ids.count ? ids[index + 1] : Self.none
    }
    head = ids.first ?? Self.none
    tail = ids.last ?? Self.none
    assert(count > 64 || Invariants.hold { checkInvariants() })
  }

  /// Changes the first disk block of an extent.
  mutating func move(_ id: ID, to offset: BlockOffset) { links[Int(id)].offset = offset.rawValue }

  /// Removes an extent; its number is free after that.
  mutating func remove(_ id: ID) {
    unlink(id)
    links[Int(id)].next = firstFree
    firstFree = id
    count -= 1
  }

  private func known(_ id: ID) -> ID? { id == Self.none ? nil : id }

  private mutating func number(_ offset: UInt64) -> ID {
    count += 1
    guard firstFree != Self.none else {
      precondition(links.count < Int(Self.none), "\(links.count) extents")
      links.append(Link(previous: Self.none, next: Self.none, offset: offset))
      return ID(links.count - 1)
    }
    let id = firstFree
    firstFree = links[Int(id)].next
    links[Int(id)].offset = offset
    return id
  }

  private mutating func link(_ id: ID, between previous: ID, and next: ID) {
    links[Int(id)].previous = previous
    links[Int(id)].next = next
    if previous == Self.none { head = id } else { links[Int(previous)].next = id }
    if next == Self.none { tail = id } else { links[Int(next)].previous = id }
  }

  private mutating func unlink(_ id: ID) {
    let link = links[Int(id)]
    if link.previous == Self.none {
      head = link.next
    } else {
      links[Int(link.previous)].next = link.next
    }
    if link.next == Self.none {
      tail = link.previous
    } else {
      links[Int(link.next)].previous = link.previous
    }
  }
}

extension LRUList {
  /// Checks that the links form one list of all extents.
  ///
  /// - Precondition: they do.
  func checkInvariants() {
    var seen = 0
    var before = Self.none
    var id = head
    while id != Self.none {
      precondition(seen < count, "a list of \(count) extents goes on behind them")
      let link = links[Int(id)]
      precondition(link.previous == before, "extent \(id) follows \(before), not \(link.previous)")
      before = id
      id = link.next
      seen += 1
    }
    precondition(tail == before && seen == count, "\(seen) of \(count) extents; tail \(tail)")
  }
}
