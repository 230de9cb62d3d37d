internal import VCIFormat

extension Checker {
  /// Judges of the root what an open judges; answers whether the tree can be walked.
  func judgeRoot(_ source: any ByteSource) throws(StorageError) -> Bool {
    _ = try fill(&rootBytes, from: source, at: header.treeRoot.bytes)
    let type = rootBytes[Field.nodeType.offset]
    switch NodeType(rawValue: type) {
    case .leaf: break
    case .internal:
      report.obstacle = .internalRoot
      return false
    case nil:
      add(
        Violation(
          .nodeType, site: .checkerNodeType, at: .node(.root, .nodeType),
          offset: header.treeRoot.bytes, length: 1, expected: .oneOf(1, 2),
          actual: UInt64(type)))
      guard !broken.contains(.nodeType) else { return true }
    }
    unsafe leaf.scan(rootBytes.span.bytes)
    judgeSlots()
    judgeOrder()
    return true
  }

  private func judgeSlots() {
    if let slot = leaf.firstBehindGap {
      add(
        Violation(
          .nodeEntriesFirst, site: .checkerNodeEntriesFirst,
          at: .extent(.root, slot: slot, nil), offset: place(slot, .extentPrevious),
          length: UInt64(Format.extentSize), expected: .exactly(0), actual: 1))
    }
    for (slot, extent) in leaf.halves {
      add(
        Violation(
          .nodeEntriesWhole, site: .checkerNodeEntriesWhole,
          at: .extent(.root, slot: slot, nil), offset: place(slot, .extentPrevious),
          length: UInt64(Format.extentSize), expected: .exactly(0),
          actual: max(extent.blocks.rawValue, extent.address.rawValue)))
    }
  }

  private func judgeOrder() {
    // One past the last disk block of the used extents so far; `nil` past what 64 bits hold.
    var end: UInt64? = 0
    for slot in leaf.used {
      let extent = slot.extent
      let start = extent.offset.rawValue
      if end.map({ start < $0 }) ?? true {
        add(
          offsetField(.extentOrder, .checkerExtentOrder, slot, .atLeast(end ?? .max), start))
      }
      let (next, overflow) = start.addingReportingOverflow(extent.blocks.rawValue)
      if overflow || next > Format.diskEnd.rawValue {
        add(
          offsetField(
            .extentWithinDisk, .checkerExtentWithinDisk, slot,
            .atMost(Format.diskEnd.rawValue &- extent.blocks.rawValue), start))
      }
      end = overflow ? nil : next
    }
  }

  private func offsetField(
    _ rule: Rule, _ site: Fault, _ slot: UsedSlot, _ expected: Expectation, _ actual: UInt64
  ) -> Violation? {
    Violation(
      rule, site: site, at: .extent(.root, slot: slot.index, .extentOffset),
      offset: place(slot.index, .extentOffset), length: 8, expected: expected, actual: actual)
  }

  /// Where a field of a slot of the root stands in the file.
  func place(_ slot: Int, _ field: Field) -> UInt64 {
    field.position(inNodeAt: header.treeRoot.bytes, slot: slot)
  }
}
