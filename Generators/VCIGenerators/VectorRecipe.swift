public import VCIFormat

/// How an image of the corpus is made: a plan, and the edits after it.
public struct VectorRecipe: Sendable {
  /// The rule that it is about.
  public let rule: Rule
  /// What it shows, after the rule's number in its name: lower case letters and dashes.
  public let name: String
  /// What it is, in a line.
  public let title: String
  /// Whether a check finds the rule broken.
  public let isBroken: Bool
  /// The plan.
  public let plan: ImagePlan
  /// The edits.
  public let edits: [Edit]

  /// Its folder in the corpus.
  public var area: String { rule.area.lowercased() }
  /// Its name in the corpus.
  public var id: String {
    rule.id.dropFirst("VCI-".count).lowercased() + "-" + name
  }

  /// The image.
  public func image() -> EditableImage {
    var image = EditableImage(plan)
    for edit in edits { image.apply(edit) }
    return image
  }

  /// Every recipe of the corpus.
  public static let all = kept + broken

  static func kept(
    _ rule: Rule, _ name: String, _ title: String, _ plan: ImagePlan, _ edits: Edit...
  ) -> VectorRecipe {
    VectorRecipe(
      rule: rule, name: name, title: title, isBroken: false, plan: plan, edits: edits)
  }

  static func broken(
    _ rule: Rule, _ name: String, _ title: String, _ plan: ImagePlan, _ edits: Edit...
  ) -> VectorRecipe {
    VectorRecipe(
      rule: rule, name: name, title: title, isBroken: true, plan: plan, edits: edits)
  }
}

/// The plans from which the corpus is made.
extension ImagePlan {
  /// Header, map, root and data in this order without a gap, as a fresh image has them.
  static func packed(
    _ blocks: BlockCount, _ extents: [(offset: UInt64, blocks: UInt64)] = [],
    type: CacheType = .dynamic, isLinked: Bool = true
  ) -> ImagePlan {
    let root = 2 + Format.mapBlocks(for: blocks).rawValue
    var next = root + Format.nodeBlocks.rawValue
    var placed: [Extent] = []
    for extent in extents {
      placed.append(
        Extent(
          offset: BlockOffset(extent.offset), blocks: BlockCount(extent.blocks),
          address: BlockAddress(next)))
      next += extent.blocks
    }
    var plan = ImagePlan(
      blocks: blocks, type: type, mapAddress: 2, rootAddress: BlockAddress(root),
      extents: placed, size: 0)
    if isLinked { plan.link(in: Array(plan.extents.indices)) }
    plan.size = type == .fixed ? blocks.bytes : BlockCount(next).bytes
    return plan
  }

  /// A fresh cache of 2 MiB.
  static let fresh = packed(4096)
  /// The smallest image there is.
  static let smallest = packed(12)
  /// A cache of 2 MiB with three extents of 1, 4 and 2 blocks.
  static let three = packed(4096, [(0, 1), (10, 4), (100, 2)])
  /// A cache of 5000 blocks, which is no multiple of 4096, with two extents.
  static let odd = packed(5000, [(7, 3), (10, 2)])
  /// A full leaf of 107 extents of one block, with gaps between them.
  static let full = packed(4096, (0..<107).map { (offset: $0 * 3, blocks: 1) })

  /// The same with another size of the file, in blocks.
  func file(blocks: UInt64) -> ImagePlan {
    var plan = self
    plan.size = blocks * Format.blockSize
    return plan
  }

  /// The same with another UUID.
  func identified(by uuid: ImageUUID) -> ImagePlan {
    var plan = self
    plan.imageUUID = uuid
    return plan
  }

  /// The same with map and root elsewhere.
  func placed(map: UInt64, root: UInt64, fileBlocks: UInt64) -> ImagePlan {
    var plan = self
    plan.mapAddress = BlockAddress(map)
    plan.nodes[0].address = BlockAddress(root)
    plan.size = fileBlocks * Format.blockSize
    return plan
  }
}

extension Edit {
  /// Sets the number in a field of header or map.
  static func set(_ field: Field, _ value: UInt64) -> Edit { .change(.field(field), .to(value)) }

  /// Sets the number in a field of a slot of the root.
  static func set(_ slot: Int, _ field: Field, _ value: UInt64) -> Edit {
    .change(.extent(.root, slot: slot, field), .to(value))
  }
}
