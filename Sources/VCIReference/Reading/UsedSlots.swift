internal import VCIFormat

/// The used slots of a node, and the first slots that break a rule.
struct UsedSlots<Slot: NodeSlot> {
  /// A used slot.
  struct Used {
    let index: Int
    let slot: Slot
  }

  /// The used slots, in order.
  private(set) var used: [Used] = []
  /// The first used slot after an unused one.
  private(set) var firstAfterGap: Int?
  /// The first slot of which either block count or address is zero, but not both.
  private(set) var firstHalf: Used?

  /// Finds them in the 4096 bytes of `node`.
  init(decoding node: RawSpan) {
    var hasGap = false
    for index in 0..<Slot.nodeType.capacity {
      let slot = Slot(decoding: node, slot: index)
      switch slot.slotState {
      case .unused:
        // Nearly every node is zero after its last used slot.
        let start = 1 + index * Slot.nodeType.slotSize
        if !hasGap, node.isZero(from: start) { return }
        hasGap = true
      case .half: take(half: Used(index: index, slot: slot))
      case .used:
        if hasGap, firstAfterGap == nil {
          if Faults.endsAtGaps { return }
          firstAfterGap = index
        }
        used.append(Used(index: index, slot: slot))
      }
    }
  }

  private mutating func take(half: Used) {
    if Faults.takesAddressZero, half.slot.blocks > 0 {
      used.append(half)
    } else if firstHalf == nil {
      firstHalf = half
    }
  }
}
