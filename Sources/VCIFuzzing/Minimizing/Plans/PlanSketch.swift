internal import VCIFormat
internal import VCIGenerators

/// A plan in terms of its parts: the tree, the order in which parts lie in the file, and the gaps
/// between them, in the file and on the disk.
///
/// Addresses, offsets and sizes are computed from it, so that parts can be removed and gaps closed.
/// Nodes and extents have numbers, which identify them in every sketch derived from this one.
struct PlanSketch: Hashable {
  /// An extent of a leaf.
  struct Extent: Hashable {
    let number: Int
    /// The number of disk blocks between the extent and the range before it.
    var gap: UInt64
    var blocks: UInt64
  }

  /// A node and all nodes below it.
  struct Node: Hashable {
    let number: Int
    /// The number of disk blocks between the entry of the node and the range before that entry.
    var gap: UInt64 = 0
    /// The number of disk blocks in the entry of the node after the ranges that the node holds.
    var trail: UInt64 = 0
    var content: Content
  }

  /// The content of a node.
  enum Content: Hashable {
    case leaf([Extent])
    case `internal`([Node])
  }

  /// A contiguous part of the file.
  enum Part: Hashable {
    case map
    case node(Int)
    case extent(Int)
  }

  /// A part, and the number of file blocks between it and the part before it.
  struct Piece: Hashable {
    var part: Part
    var gap: UInt64
  }

  var root: Node
  /// The parts in the order of their addresses.
  var pieces: [Piece]
  /// The number of blocks of the cache after the last part.
  var tail: UInt64
  /// Whether the cache has the larger of two sizes with the same tail. Such a pair exists if one
  /// more block makes the map one block larger.
  var isLarger = false
  /// The number of bytes of the file after the last part, or, if the image is fixed, after the
  /// cache.
  var slack: UInt64
  /// The extents in the order of the LRU list, the most recently used first; `nil` if there is no
  /// list.
  var list: [Int]?
  var type: CacheType
  var isDirty: Bool
  /// Whether no bit of the map is set.
  var isMapClear: Bool
  var imageUUID: ImageUUID
  var modificationUUID: ImageUUID
}

extension PlanSketch {
  /// Makes the sketch of a plan, with parts numbered from left to right. Returns `nil` if parts
  /// overlap, or if no sketch describes the plan.
  init?(_ plan: ImagePlan) {
    var reading = Reading(plan: plan)
    guard let root = reading.node(0), reading.next <= Format.diskEnd.rawValue else { return nil }
    self.root = root
    guard let (pieces, end) = reading.pieces() else { return nil }
    self.pieces = pieces
    (type, isDirty, isMapClear) = (plan.type, plan.isDirty, plan.isMapClear)
    (imageUUID, modificationUUID) = (plan.imageUUID, plan.modificationUUID)
    let blocks = plan.blocks.rawValue
    guard blocks >= end, blocks < 1 << 45 else { return nil }
    tail = blocks - end
    let used = type == .fixed ? blocks * 512 : end * 512
    guard plan.size >= used else { return nil }
    slack = plan.size - used
    list = Self.list(of: plan.extents)
    isLarger = blocks % Format.bitsPerMapBlock == 1
    guard self.plan == plan else { return nil }
  }

  /// Returns the extents in the order of their links; `nil` if the links are no list of all
  /// extents, or if there are fewer than two extents.
  static func list(of extents: [VCIFormat.Extent]) -> [Int]? {
    guard extents.contains(where: { $0.previous != 0 || $0.next != 0 }) || extents.count == 1,
      let head = extents.firstIndex(where: { $0.previous == 0 })
    else { return nil }
    let numbers = Dictionary(
      extents.enumerated().map { ($1.address, $0) }, uniquingKeysWith: { first, _ in first })
    var list = [head]
    while let next = numbers[extents[list[list.count - 1]].next], list.count < extents.count {
      list.append(next)
    }
    // Links may lead back to an earlier extent.
    return Set(list).count == extents.count && extents.count > 1 ? list : nil
  }

  /// Reads a plan from left to right.
  private struct Reading {
    let plan: ImagePlan
    private var extents = 0
    /// The end of the disk blocks read so far.
    private(set) var next: UInt64 = 0

    init(plan: ImagePlan) { self.plan = plan }

    mutating func node(_ number: Int) -> Node? {
      let node = plan.nodes[number]
      guard node.type == .internal else { return leaf(number) }
      var children: [Node] = []
      for entry in node.entries {
        guard let gap = gap(before: entry.offset) else { return nil }
        let (end, overflow) = next.addingReportingOverflow(entry.blocks.rawValue)
        guard var child = self.node(entry.node), !overflow, next <= end else { return nil }
        child.gap = gap
        child.trail = end - next
        next = end
        children.append(child)
      }
      return Node(number: number, content: .internal(children))
    }

    private mutating func leaf(_ number: Int) -> Node? {
      var sketched: [PlanSketch.Extent] = []
      for extent in plan.nodes[number].extents {
        guard let gap = gap(before: extent.offset) else { return nil }
        sketched.append(
          PlanSketch.Extent(number: extents, gap: gap, blocks: extent.blocks.rawValue))
        let (end, overflow) = next.addingReportingOverflow(extent.blocks.rawValue)
        guard !overflow else { return nil }
        next = end
        extents += 1
      }
      return Node(number: number, content: .leaf(sketched))
    }

    private mutating func gap(before offset: BlockOffset) -> UInt64? {
      guard offset.rawValue >= next else { return nil }
      defer { next = offset.rawValue }
      return offset.rawValue - next
    }

    /// Returns the parts in the order of their addresses, and the end of the last part. Returns
    /// `nil` if parts overlap.
    func pieces() -> (pieces: [Piece], end: UInt64)? {
      var places: [(part: Part, place: BlockRange)] = [(.map, plan.map)]
      places += plan.nodes.enumerated().map { (.node($0), $1.range) }
      places += plan.extents.enumerated().map { (.extent($0), $1.data) }
      places.sort { $0.place.first < $1.place.first }
      var pieces: [Piece] = []
      var end = Format.firstBlock.rawValue
      for (part, place) in places {
        guard place.first.rawValue >= end, let next = place.end else { return nil }
        pieces.append(Piece(part: part, gap: place.first.rawValue - end))
        end = next.rawValue
      }
      return (pieces, end)
    }
  }
}
