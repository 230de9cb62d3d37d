internal import VCIFormat

/// The target of a link of the LRU list: an extent, none, or an address that no extent has.
struct LinkTarget: Equatable {
  private let number: UInt32

  private init(number: UInt32) { self.number = number }

  /// The extent at `index`.
  static func extent(_ index: Int) -> LinkTarget { LinkTarget(number: UInt32(index) + 1) }
  /// None: the link is 0.
  static let none = LinkTarget(number: 0)
  /// An address that no extent has.
  static let astray = LinkTarget(number: .max)

  /// The extent's index, if the target is one.
  var index: Int? { number == 0 || number == .max ? nil : Int(number) - 1 }
}

/// The targets of the two links of an extent.
struct Links {
  let previous: LinkTarget
  let next: LinkTarget
}

/// The stored LRU list: the links of all extents as indices, in walk order.
struct LinkList {
  private(set) var links: [Links] = []
  private var index = AddressIndex()

  /// Begins with the extents of `claims` in a cache of `blocks` blocks; returns false if two have
  /// the same address, so that a link is ambiguous.
  mutating func begin(_ claims: ClaimList, _ blocks: UInt64) -> Bool {
    links.removeAll(keepingCapacity: true)
    links.reserveCapacity(claims.count)
    return index.begin(claims, blocks)
  }

  /// Frees all memory but a little.
  mutating func removeAll() {
    if links.capacity > 1 << 12 { links = [] }
    index.removeAll()
  }

  /// Takes the links of the next extent in walk order, and returns their targets.
  ///
  /// `before` and `behind` are the addresses of the extents before and after it, 0 if there is
  /// none: most links lead to one of the two, and are resolved without the index.
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

  /// Returns the first place at which the links do not form one list over all extents, if any.
  ///
  /// - Precondition: every link is 0 or leads to an extent, unless a fault is planted.
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

  /// Whether the list from the first head on visits every extent, and each link has its reverse.
  private var isOneList: Bool {
    guard var current = links.firstIndex(where: { $0.previous == .none }) else { return false }
    // A link that has its reverse visits no extent twice, so there are no more steps than extents.
    for _ in 1..<links.count {
      guard let next = links[current].next.index, links[next].previous == .extent(current) else {
        return false
      }
      current = next
    }
    return links[current].next == .none
  }

  /// Returns where links that agree pairwise do not form one list: at a second head, or in a ring.
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
