internal import VCIFuzzing
internal import VCIGenerators

extension WriterPlan {
  /// Makes the workload of a campaign's case; `nil` if a program with these capabilities need not
  /// open its image for writing, or create it.
  ///
  /// A program that creates none begins with what the reference creates.
  init?(_ image: PlannedImage, _ expected: Expectations, _ capabilities: Capabilities) {
    if let created = image.created, capabilities.has("create") {
      guard created.blocks <= capabilities.mostBlocks ?? .max,
        !created.isFixed || capabilities.features.contains(.fixed)
      else { return nil }
      start = .created(blocks: created.blocks, isFixed: created.isFixed)
    } else {
      guard Self.takes(expected, capabilities) else { return nil }
      start = .image(expected)
    }
    (kind, hasTurns, growth) = (.mixed, false, nil)
    let isWide = capabilities.features.contains(.wideDisks)
    steps = image.operations.compactMap { isWide ? $0 : $0.onNarrowDisk }
      .map { .operation($0) }
  }
}
