import Testing
import VCIFormat
import VCITesting

@testable import VCIReference

/// What takes in extents that are stored at `addresses`, of which `order` names by their indices
/// which are linked, from the most recently used one on.
private func links(_ addresses: [UInt64], _ order: [Int]) -> StoredList {
  var extents = addresses.map {
    Extent(offset: BlockOffset($0), blocks: 1, address: BlockAddress($0))
  }
  for (before, behind) in zip(order, order.dropFirst()) {
    extents[before].next = BlockAddress(addresses[behind])
    extents[behind].previous = BlockAddress(addresses[before])
  }
  return stored(extents)
}

private func stored(_ extents: [Extent]) -> StoredList {
  var links = StoredList()
  for extent in extents { links.append(extent) }
  return links
}

private func extent(_ address: UInt64, previous: UInt64, next: UInt64) -> Extent {
  Extent(
    previous: BlockAddress(previous), next: BlockAddress(next), offset: BlockOffset(address),
    blocks: 1, address: BlockAddress(address))
}

/// The order in which the extents at `addresses` stand in `links`; `nil` where it is no list.
private func order(_ links: StoredList, _ count: Int) -> [LRUList.ID]? {
  var list = LRUList()
  for offset in 0..<UInt64(count) { _ = list.addLast(BlockOffset(offset)) }
  let isList = links.order(&list)
  list.checkInvariants()
  let ids = Array(
    sequence(state: list.mostRecent) { id in
      defer { id = id.flatMap { list.next(of: $0) } }
      return id
    })
  if !isList { #expect(ids == Array(0..<LRUList.ID(count))) }
  return isList ? ids : nil
}

/// So many addresses that have only a 256th of the hashes.
private func colliding(_ count: Int) -> [UInt64] {
  var addresses: [UInt64] = []
  var address: UInt64 = 16
  while addresses.count < count {
    if AddressFinder.hash(of: address, below: count) < count / 256 { addresses.append(address) }
    address += 1
  }
  return addresses
}

struct `The list of extents as it is stored` {
  @Test
  func `is taken whatever order it has`() {
    #expect(order(links([40], [0]), 1) == [0])
    #expect(order(links([40, 30, 20], [0, 1, 2]), 3) == [0, 1, 2])
    #expect(order(links([40, 30, 20], [2, 1, 0]), 3) == [2, 1, 0])
    #expect(order(links([40, 30, 20, 50], [1, 3, 0, 2]), 4) == [1, 3, 0, 2])
  }

  @Test
  func `is that of the numbers where none is kept`() {
    #expect(order(StoredList(), 0) == [])
    #expect(order(links([40, 30, 20], []), 3) == [0, 1, 2])
  }

  @Test
  func `VCI-LRU-001 VCI-LRU-002 is none if a link is wrong`() {
    // Two lists.
    #expect(order(links([40, 30, 20], [0, 1]), 3) == nil)
    #expect(order(links([40, 30, 20], [2, 0]), 3) == nil)
    // A link to an address that no extent has: behind the first, between two, after the last.
    for address in [1, 35, 99] as [UInt64] {
      let extents = [extent(40, previous: 0, next: address), extent(30, previous: 40, next: 0)]
      #expect(order(stored(extents), 2) == nil)
    }
    // The one behind names another, or none, as the one before it.
    for address in [0, 20, 30] as [UInt64] {
      let extents = [
        extent(40, previous: 0, next: 30), extent(30, previous: address, next: 20),
        extent(20, previous: 30, next: 0),
      ]
      #expect(order(stored(extents), 3) == nil)
    }
    // A ring, with and without a first one.
    #expect(
      order(stored([extent(40, previous: 30, next: 30), extent(30, previous: 40, next: 40)]), 2)
        == nil)
    #expect(
      order(
        stored([
          extent(40, previous: 0, next: 30), extent(30, previous: 40, next: 20),
          extent(20, previous: 30, next: 30),
        ]), 3) == nil)
    // The last one leads on.
    #expect(
      order(stored([extent(40, previous: 0, next: 30), extent(30, previous: 40, next: 7)]), 2)
        == nil)
  }

  @Test
  func `has an end where two extents have one address`() {
    let extents = [
      extent(40, previous: 0, next: 30), extent(30, previous: 40, next: 40),
      extent(40, previous: 30, next: 30),
    ]
    #expect(order(stored(extents), 3) == nil)
  }

  @Test
  func `is taken where it was shuffled, of many extents`() {
    var draws = Draws(seed: 5)
    for count in [2, 3, 64, 65, 1000, 5000] {
      let order = shuffled(count, &draws)
      let addresses = shuffled(count, &draws).map { UInt64($0) * 8 + 16 }
      let expected = order.map { LRUList.ID($0) }
      #expect(VCIReferenceTests.order(links(addresses, order), count) == expected)
    }
  }

  @Test
  func `is taken from addresses that were chosen to collide`() {
    var draws = Draws(seed: 6)
    let addresses = colliding(4000)
    let order = shuffled(4000, &draws)
    let expected = order.map { LRUList.ID($0) }
    #expect(VCIReferenceTests.order(links(addresses, order), 4000) == expected)
  }

  private func shuffled(_ count: Int, _ draws: inout Draws) -> [Int] {
    var numbers = Array(0..<count)
    for index in numbers.indices.dropFirst() { numbers.swapAt(index, draws.below(index + 1)) }
    return numbers
  }
}

struct `Extents found by address` {
  private func entries(_ addresses: [UInt64]) -> PagedArray<StoredList.Entry> {
    var entries = PagedArray<StoredList.Entry>()
    for address in addresses {
      entries.append(StoredList.Entry(address: address, previous: 0, next: 0))
    }
    return entries
  }

  /// Expects that each is found, and no other; answers how many looks at extents the former took,
  /// and whether the table was given up.
  private func search(_ addresses: [UInt64]) -> (looks: Int, isSorted: Bool) {
    let entries = entries(addresses)
    var finder = AddressFinder(entries)
    for (id, address) in addresses.enumerated() {
      #expect(finder.find(address, in: entries) == LRUList.ID(id))
    }
    let cost = (finder.looks, finder.isSorted)
    let known = Set(addresses)
    for address in 0..<1000 as Range<UInt64> where !known.contains(address) {
      #expect(finder.find(address, in: entries) == nil)
    }
    return cost
  }

  @Test
  func `are none of none`() {
    var finder = AddressFinder(entries([]))
    #expect(finder.find(16, in: entries([])) == nil)
  }

  @Test(arguments: [1, 2, 3, 7, 8, 64, 68, 127, 987, 1597, 1905, 2048, 4096])
  func `are found in a few looks where they stand at even distances`(distance: UInt64) {
    let (looks, isSorted) = search((0..<2000).map { 16 + $0 * distance })
    #expect(!isSorted)
    #expect(looks <= 2 * 2000)
  }

  @Test
  func `are found in a few looks where they stand by chance`() {
    var draws = Draws(seed: 8)
    let addresses = Set((0..<2000).map { _ in UInt64(16 + draws.below(1 << 30)) })
    let (looks, isSorted) = search(addresses.sorted())
    #expect(!isSorted)
    #expect(looks <= 2 * 2000)
  }

  @Test(arguments: [1, 2, 3, 4, 8, 16, 32])
  func `are found in a bounded number of looks where addresses were chosen to collide`(part: Int) {
    let chosen = colliding(4000).prefix(4000 / part)
    let others = (0..<UInt64(4000 - chosen.count)).map { 1 << 40 + $0 }
    let (looks, isSorted) = search(chosen + others)
    #expect(looks <= 8 * 4000)
    // The collisions are there: without the bound, looks would grow with the square of the number.
    if part <= 3 { #expect(isSorted) }
  }

  @Test
  func `are found by the first of those at one address, in a table and without one`() {
    let addresses = colliding(2000)
    for addresses in [[40, 30, 40, 30], addresses + addresses] as [[UInt64]] {
      let entries = entries(addresses)
      var finder = AddressFinder(entries)
      for address in addresses {
        let first = addresses.firstIndex(of: address).map { LRUList.ID($0) }
        #expect(finder.find(address, in: entries) == first)
      }
    }
  }
}
