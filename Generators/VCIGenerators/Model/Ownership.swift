internal import VCIFormat

/// The blocks that the parts of an image own, by point 5 of "When each rule is checked" in
/// `Specs/VCI.md`.
struct Ownership {
  private(set) var metadata: BlockRuns
  private(set) var all: BlockRuns
  let metadataBlocks: UInt64
  let dataBlocks: UInt64

  init(_ walk: TreeWalk) {
    let parts =
      [BlockRange(0, Format.headerBlocks), walk.model.map] + walk.visits.map(\.range)
    metadata = BlockRuns(parts)
    all = BlockRuns(parts + walk.placedExtents.map(\.extent.data))
    metadataBlocks = metadata.count(below: .max)
    dataBlocks = all.count(below: .max) - metadataBlocks
  }
}
