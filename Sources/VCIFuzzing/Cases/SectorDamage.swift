internal import PropertyEngine
internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

/// A sector of a closed image that has bytes of another time or place: those that it had earlier in
/// the same workload, or those that belong elsewhere. A sector is a block of the file.
///
/// The image is planned as the workload left it, so that what must be found is exact. Where nodes
/// and data do not lie, it has zeros, and the data has the data pattern.
struct SectorDamage {
  /// The plan of the image that the whole workload left.
  let plan: ImagePlan
  let edits: [Edit]
  let kind: FuzzCase.Kind

  /// The size of the largest image that is damaged, in bytes.
  private static let largest: UInt64 = 1 << 22

  /// Draws the damage after a workload; `nil` if the workload left no sector that differs, or an
  /// image that a plan alone does not make.
  init?(of workload: Workload, on created: CreatedImage, from random: inout RandomSource) {
    guard let run = ClosedImages(of: workload, on: created, from: &random),
      let recipe = try? Disassembly.recipe(of: SparseImage(SparseBytes(run.later))),
      let plan = recipe.plan, recipe.edits.isEmpty
    else { return nil }
    self.plan = plan
    var image = EditableImage(plan)
    guard let model = image.model else { return nil }
    let blocks = model.metadataBlocks
    let stale = blocks.filter { run.sector($0, of: run.earlier) != run.sector($0, of: run.later) }
    guard !stale.isEmpty else { return nil }
    let lost = stale[Int(random.next() % UInt64(stale.count))]
    guard let old = model.edits(making: lost, run.sector(lost, of: run.earlier)) else { return nil }
    for edit in old { image.apply(edit) }
    let target = blocks[Int(random.next() % UInt64(blocks.count))]
    let bytes = run.sector(lost, of: run.later)
    guard random.next() % 2 == 0, target != lost,
      let other = image.model?.edits(making: target, bytes), !other.isEmpty
    else {
      (edits, kind) = (old, .stale)
      return
    }
    (edits, kind) = (old + other, .misdirected)
  }

  /// The bytes of an image when it was closed within a workload, and after it.
  private struct ClosedImages {
    let earlier: [UInt8]
    let later: [UInt8]

    /// Runs a workload, and closes the image once after an operation that is drawn; `nil` if a
    /// request fails or the image is too large.
    init?(of workload: Workload, on created: CreatedImage, from random: inout RandomSource) {
      let storage = ImageInMemory()
      let operations = workload.operations
      let border = Int(random.next() % UInt64(operations.count + 1))
      do {
        try CacheImage.create(in: storage, created.plan)
        try Self.run(operations[..<border], in: storage)
        guard let earlier = storage.allBytes(limit: SectorDamage.largest) else { return nil }
        try Self.run(operations[border...], in: storage)
        guard let later = storage.allBytes(limit: SectorDamage.largest) else { return nil }
        (self.earlier, self.later) = (earlier, later)
      } catch {
        // What fails without a fault is found where the workload is compared.
        return nil
      }
    }

    /// Does the writes, discards and flushes of operations on the image in `storage`, and closes
    /// it.
    private static func run(
      _ operations: ArraySlice<CacheOperation>, in storage: ImageInMemory
    ) throws(ImageError) {
      let image = try CacheImage.open(storage, purpose: .writing)
      for operation in operations {
        switch operation {
        case .write(let offset, let count, let version):
          let bytes = VersionedBlock.bytes(
            of: offset.rawValue, count: count.rawValue, version: version)
          _ = try unsafe image.write(bytes.span.bytes, at: offset)
        case .discard(let offset, let count): try image.discard(offset: offset, count: count)
        case .flush: try image.flush()
        case .read, .close, .reopen, .crash, .fail: break
        }
      }
      try image.close()
    }

    /// The bytes of a block; zeros after the end of the file.
    func sector(_ block: BlockAddress, of bytes: [UInt8]) -> [UInt8] {
      let size = Int(Format.blockSize)
      let start = min(Int(clamping: block.bytes), bytes.count)
      let held = bytes[start..<min(start + size, bytes.count)]
      return held + [UInt8](repeating: 0, count: size - held.count)
    }
  }
}
