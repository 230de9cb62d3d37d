internal import VCIFormat

/// What a slot of a leaf and one of an internal node have in common.
protocol NodeSlot {
  /// How many of them a node has.
  static var perNode: Int { get }
  /// How many bytes one has.
  static var size: Int { get }
  /// The field of the first disk block.
  static var offsetField: Field { get }

  /// Decodes slot `slot` of the 4096 bytes of `node`, and judges nothing.
  init(decoding node: RawSpan, slot: Int)

  /// The path of a slot of the node at `node`, or of one of its fields.
  static func path(_ node: NodePath, _ slot: Int, _ field: Field?) -> Path

  var slotState: SlotState { get }
  var offset: BlockOffset { get }
  var blocks: BlockCount { get }
  /// Where the file has what the slot leads to.
  var address: BlockAddress { get }
}

extension Extent: NodeSlot {
  static var perNode: Int { Format.extentsPerLeaf }
  static var size: Int { Format.extentSize }
  static var offsetField: Field { .extentOffset }

  static func path(_ node: NodePath, _ slot: Int, _ field: Field?) -> Path {
    .extent(node, slot: slot, field)
  }
}

extension InternalEntry: NodeSlot {
  static var perNode: Int { Format.entriesPerInternalNode }
  static var size: Int { Format.entrySize }
  static var offsetField: Field { .entryOffset }

  static func path(_ node: NodePath, _ slot: Int, _ field: Field?) -> Path {
    .entry(node, slot: slot, field)
  }

  var address: BlockAddress { child }
}

/// The used slots of a node, and the first of those that should not be as they are.
struct NodeSlots<Slot: NodeSlot> {
  /// A used slot.
  struct Used {
    let index: Int
    let slot: Slot
  }

  /// The used slots, in slot order.
  private(set) var used: [Used] = []
  /// The first used slot behind an unused one.
  private(set) var firstBehindGap: Int?
  /// The first slot of which block count or address alone is zero.
  private(set) var firstHalf: Used?

  /// Finds them in the 4096 bytes of `node`.
  init(decoding node: RawSpan) {
    var hasGap = false
    for index in 0..<Slot.perNode {
      let slot = Slot(decoding: node, slot: index)
      switch slot.slotState {
      case .unused:
        // Behind the last used slot nearly every node is zero to its end.
        let start = 1 + index * Slot.size
        if !hasGap, node.isZero(from: start) { return }
        hasGap = true
      case .half: take(half: Used(index: index, slot: slot))
      case .used:
        if hasGap, firstBehindGap == nil {
          if Fault.referenceF27.isPlanted { return }
          firstBehindGap = index
        }
        used.append(Used(index: index, slot: slot))
      }
    }
  }

  private mutating func take(half: Used) {
    if takesAddressZero, half.slot.blocks > 0 {
      used.append(half)
    } else if firstHalf == nil {
      firstHalf = half
    }
  }
}

/// Whether an entry with a block count counts as used though its address is 0.
var takesAddressZero: Bool { Fault.referenceF28.isPlanted }
