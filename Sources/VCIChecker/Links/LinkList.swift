internal import VCIFormat

/// Where a link of the LRU list leads: to an extent, nowhere, or to an address that none has.
struct LinkTarget: Equatable {
  private let number: UInt32

  private init(number: UInt32) { self.number = number }

  /// To the extent at `index`.
  static func extent(_ index: Int) -> LinkTarget { LinkTarget(number: UInt32(index) + 1) }
  /// Nowhere: it is 0.
  static let none = LinkTarget(number: 0)
  /// To an address that no extent has.
  static let astray = LinkTarget(number: .max)

  /// The extent's index.
  var index: Int? { number == 0 || number == .max ? nil : Int(number) - 1 }
}

/// Where the links of an extent lead.
struct Links {
  let previous: LinkTarget
  let next: LinkTarget
}

/// The links of extents as indices, in walk order.
struct RecencyList {
  private(set) var links: [Links] = []
  private var index = AddressIndex()

  /// Begins with the extents of `claims` in a cache of `blocks` blocks; answers no where two have
  /// the same address, so that a link may mean either.
  mutating func begin(_ claims: ClaimList, _ blocks: UInt64) -> Bool {
    links.removeAll(keepingCapacity: true)
    links.reserveCapacity(claims.count)
    return index.begin(claims, blocks)
  }

  /// Forgets all, and all memory but a little.
  mutating func removeAll() {
    if links.capacity > 1 << 12 { links = [] }
    index.removeAll()
  }

  /// Takes the links of the extent that comes next in walk order, and says where they lead; the
  /// addresses of the extents before and behind it are at hand, 0 where there is none.
  mutating func append(
    previous: UInt64, next: UInt64, between before: UInt64, and behind: UInt64,
    among claims: ClaimList
  ) -> Links {
    let turn = links.count
    var targets = (LinkTarget.none, LinkTarget.none)
    // What was stored in a row was often used in a row.
    if previous != 0 {
      targets.0 =
        previous == before
        ? .extent(turn - 1)
        : previous == behind ? .extent(turn + 1) : index.target(of: previous, among: claims)
    }
    if next != 0 {
      targets.1 =
        next == behind
        ? .extent(turn + 1)
        : next == before ? .extent(turn - 1) : index.target(of: next, among: claims)
    }
    let new = Links(previous: targets.0, next: targets.1)
    links.append(new)
    return new
  }

  /// The first place at which the links are not those of one list over all extents.
  ///
  /// - Precondition: every link is 0 or leads to an extent, but where a fault is planted.
  func firstFlaw() -> (index: Int, field: Field)? {
    if isOneList { return nil }
    for (index, link) in links.enumerated() {
      if let before = link.previous.index, links[before].next != .extent(index) {
        return (index, .extentPrevious)
      }
      if let after = link.next.index, links[after].previous != .extent(index) {
        return (index, .extentNext)
      }
    }
    return flawOfWhole().map { ($0, .extentPrevious) }
  }

  /// Whether the list from the first head on leads over every extent, each link answered.
  private var isOneList: Bool {
    guard var current = links.firstIndex(where: { $0.previous == .none }) else { return false }
    // An answered link leads to no extent twice, so there are no more steps than extents.
    for _ in 1..<links.count {
      guard let next = links[current].next.index, links[next].previous == .extent(current) else {
        return false
      }
      current = next
    }
    return links[current].next == .none
  }

  /// Where links that agree pairwise do not make one list: a second head, or a ring.
  private func flawOfWhole() -> Int? {
    var head: Int?
    for (index, link) in links.enumerated() where link.previous == .none {
      guard head == nil else { return index }
      head = index
    }
    var isReached = [Bool](repeating: false, count: links.count)
    while let current = head, !isReached[current] {
      isReached[current] = true
      head = links[current].next.index
    }
    return isReached.firstIndex(of: false)
  }
}
