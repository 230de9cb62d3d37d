internal import VCIFormat

/// A mistake that a checker may make in a rule which a reader need not check.
package enum CheckMistake: Hashable, Sendable {
  /// It looks at other bits than those of a part's blocks.
  case bits(OwningPart, BitSlip)
  /// It gets the overlap of two kinds of parts wrong.
  case overlap(Overlap, OverlapSlip)
  /// It gets a counter of the map wrong.
  case total(Total, TotalSlip)
  /// It has another wrong habit.
  case habit(CheckHabit)

  /// All of them.
  static let all: [CheckMistake] =
    OwningPart.allCases.flatMap { part in part.slips.map { .bits(part, $0) } }
    + Overlap.allCases.flatMap { overlap in overlap.slips.map { .overlap(overlap, $0) } }
    + Total.allCases.flatMap { total in TotalSlip.all.map { .total(total, $0) } }
    + CheckHabit.allCases.map { .habit($0) }

  /// The rule that it is about.
  var rule: Rule {
    switch self {
    case .bits(let part, _): part.rule
    case .overlap(let overlap, _): overlap.rule
    case .total(let total, _): total.rule
    case .habit(let habit): habit.rule
    }
  }
}

/// A part of an image whose bits must be set.
package enum OwningPart: String, CaseIterable, Sendable {
  case header = "the header"
  case map = "the map"
  case root = "the root"
  case node = "a node"
  case data = "data"

  var rule: Rule {
    switch self {
    case .header, .map, .root: .mapHoldsMetadata
    case .node: .nodeAllocated
    case .data: .extentAllocated
    }
  }

  var slips: [BitSlip] {
    let plain: [BitSlip] = [
      .dropped, .firstOnly, .lastOnly, .oneMore, .reversed, .anyOfByte, .counted,
    ]
    let inner: [BitSlip] = [.notFirst, .notLast, .oneBefore, .wholeBytes, .roundsUp]
    let address: [BitSlip] = [8, 16, 31, 32].map { .address($0) }
    switch self {
    // Its first byte is one byte only.
    case .header: return plain
    case .map, .root, .node: return plain + inner + address
    case .data: return plain + inner + address + [.count(8), .count(16), .count(31)]
    }
  }
}

/// What a checker gets wrong in the bits of some blocks.
package enum BitSlip: Hashable, Sendable {
  case dropped
  case firstOnly
  case lastOnly
  case notFirst
  case notLast
  /// The bit after the last one must be set too.
  case oneMore
  /// The bit before the first one must be set too.
  case oneBefore
  /// The most significant bit of a byte is taken for the first.
  case reversed
  /// A byte with any bit will do.
  case anyOfByte
  /// All set bits are counted, and compared with the number of all owned blocks.
  case counted
  /// Bytes of which other parts have bits too are left out.
  case wholeBytes
  /// All bits of the last byte must be set.
  case roundsUp
  /// The address keeps this many low bits.
  case address(UInt64)
  /// The count keeps this many low bits.
  case count(UInt64)
}

/// Two kinds of parts that must not overlap.
package enum Overlap: String, CaseIterable, Sendable {
  case nodeAndMap = "a node and the map"
  case nodes = "two nodes"
  case dataAndMap = "data and the map"
  case dataAndNode = "data and a node"
  case data = "data and other data"

  var rule: Rule {
    switch self {
    case .nodeAndMap, .nodes: .nodeApart
    case .dataAndMap, .dataAndNode: .extentApartFromMetadata
    case .data: .extentApartFromData
    }
  }

  var slips: [OverlapSlip] {
    var slips: [OverlapSlip] = [
      .dropped, .lax, .strict, .laterStart, .laterEnd, .earlierStart, .inside, .rounds(8),
      .rounds(4096), .address(8), .address(16), .address(31), .address(32),
    ]
    if self == .nodes || self == .data { slips += [.sameNode, .neighbours] }
    if self == .data { slips += [.sameStart, .count(8), .count(16), .countsAddUp] }
    if self == .dataAndNode { slips += [.readSoFar, .rootOnly, .notRoot, .ownLeaf] }
    return slips
  }
}

/// What a checker gets wrong in an overlap.
package enum OverlapSlip: Hashable, Sendable {
  case dropped
  /// One block may belong to both.
  case lax
  /// There must be a block between them.
  case strict
  /// The first block of the later one is compared.
  case laterStart
  /// The last block of the later one is compared.
  case laterEnd
  /// The first block of the earlier one is compared.
  case earlierStart
  /// Only a part that lies wholly inside the other counts.
  case inside
  /// Only parts with the same first block count.
  case sameStart
  /// Parts are rounded to multiples of this many blocks.
  case rounds(UInt64)
  case address(UInt64)
  case count(UInt64)
  /// Only children or extents of one node are compared.
  case sameNode
  /// Only neighbours in the order of the walk are compared.
  case neighbours
  /// The counts of all extents are added up, and compared with the bits.
  case countsAddUp
  /// Data is compared with the nodes that were read before it.
  case readSoFar
  case rootOnly
  case notRoot
  /// Data is compared with the leaf that names it.
  case ownLeaf
}

/// A counter of the map.
package enum Total: String, CaseIterable, Sendable {
  case free = "the free count"
  case metadata = "the count of metadata"
  case data = "the count of data"

  var rule: Rule { self == .free ? .mapFreeCount : .mapTotals }
}

/// What a checker gets wrong in a counter.
package enum TotalSlip: Hashable, Sendable {
  case dropped
  /// One too much will do.
  case lax
  case orMore
  case orLess
  /// This many low bits are compared.
  case lowBits(UInt64)

  static let all: [TotalSlip] =
    [.dropped, .lax, .orMore, .orLess] + [8, 16, 31, 32, 53, 63].map { .lowBits($0) }
}

extension CheckMistake: CustomStringConvertible {
  package var description: String {
    switch self {
    case .bits(let part, let slip): "bits of \(part.rawValue): \(slip)"
    case .overlap(let overlap, let slip): "\(overlap.rawValue): \(slip)"
    case .total(let total, let slip): "\(total.rawValue): \(slip)"
    case .habit(let habit): habit.rawValue
    }
  }
}

extension BitSlip: CustomStringConvertible {
  package var description: String {
    switch self {
    case .dropped: "dropped"
    case .firstOnly: "the first only"
    case .lastOnly: "the last only"
    case .notFirst: "not the first"
    case .notLast: "not the last"
    case .oneMore: "one more at the end"
    case .oneBefore: "one more at the start"
    case .reversed: "the bits of a byte in the other order"
    case .anyOfByte: "any bit of the byte will do"
    case .counted: "only the number of all set bits is compared"
    case .wholeBytes: "whole bytes only"
    case .roundsUp: "end rounded up to 8"
    case .address(let bits): "low \(bits) bits of the address kept"
    case .count(let bits): "low \(bits) bits of the count kept"
    }
  }
}

extension OverlapSlip: CustomStringConvertible {
  package var description: String {
    switch self {
    case .dropped: "dropped"
    case .lax: "one block may be shared"
    case .strict: "parts that touch overlap"
    case .laterStart: "the start of the later one only"
    case .laterEnd: "the end of the later one only"
    case .earlierStart: "the start of the earlier one only"
    case .inside: "only where one lies inside the other"
    case .sameStart: "only where both have one start"
    case .rounds(let unit): "both rounded to \(unit)"
    case .address(let bits): "low \(bits) bits of the address kept"
    case .count(let bits): "low \(bits) bits of the count kept"
    case .sameNode: "in one node only"
    case .neighbours: "neighbours only"
    case .countsAddUp: "only where the counts add up to more than the set bits"
    case .readSoFar: "nodes that come later are left out"
    case .rootOnly: "the root only"
    case .notRoot: "the root is left out"
    case .ownLeaf: "only the leaf that names the data"
    }
  }
}

extension TotalSlip: CustomStringConvertible {
  package var description: String {
    switch self {
    case .dropped: "dropped"
    case .lax: "one too much will do"
    case .orMore: "or more"
    case .orLess: "or less"
    case .lowBits(let bits): "low \(bits) bits only"
    }
  }
}
