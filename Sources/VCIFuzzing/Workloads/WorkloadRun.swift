internal import VCIChecker
internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

/// Runs a workload on an image that is open for writing, beside a model of what it is to have
/// cached, and says where the two part; it ends there.
///
/// The requirements are those of `Specs/VCI.md`, "Requirements for readers" (VCI-RD-003 and
/// VCI-RD-006) and "Requirements for writers" (VCI-WR-001, VCI-WR-002 and VCI-WR-005).
final class WorkloadRun {
  /// What came of it: counts, and a discrepancy at most.
  var observation = Observation()
  /// What the image is to have cached.
  var model: ShadowModel
  /// The image's file.
  let storage: WrittenImage
  /// The image; `nil` while none is open.
  private(set) var image: (any OperatedImage)?
  /// What the image is open for.
  private(set) var purpose = CacheImage.Purpose.writing
  let checker: Checker
  private let implementation: Implementation
  /// The bytes that the image began with.
  let original: SparseBytes
  /// What was lost since the image was opened, by what it reported.
  var lost = (evicted: UInt64(0), dropped: UInt64(0))
  /// The blocks of the cache.
  let blocks: BlockCount
  /// Whether the reference created the image, and nobody else has written it.
  let isCreated: Bool
  /// The disk blocks that were written so far, and all between them.
  var reach: Range<UInt64>?
  /// The most bytes that the file may have.
  private let largestFile: UInt64
  /// Whether the image was changed and closed.
  private(set) var isRewritten = false
  /// How often the file had been changed when the image was opened.
  private var changesAtOpen: UInt64 = 0
  /// The operation that is being run, for a person.
  private var step = "open"
  var buffer = [UInt8](repeating: 0, count: 1 << 16)

  /// A run on the image in `storage`, a cache of `blocks` blocks that began as `original` and caches
  /// what `model` says.
  init(
    _ implementation: Implementation, _ storage: WrittenImage, original: SparseBytes,
    blocks: BlockCount, model: ShadowModel, isCreated: Bool, checker: Checker
  ) {
    self.implementation = implementation
    self.storage = storage
    self.original = original
    self.model = model
    self.checker = checker
    self.blocks = blocks
    self.isCreated = isCreated
    largestFile = max(blocks.bytes, original.size)
  }

  /// Whether the two have parted.
  var hasParted: Bool { !observation.discrepancies.isEmpty }

  /// Notes that the two part here.
  func part(_ kind: DiscrepancyKind, _ rule: Rule? = nil, _ detail: String) {
    guard !hasParted else { return }
    observation.report(kind, rule, "\(step): \(detail)")
  }

  /// Opens the image for writing; answers why not, where it is refused.
  func open() -> ImageError? {
    allow(for: 0)
    let changes = storage.changes
    var refusal: ImageError?
    do throws(ImageError) {
      image = try implementation.open(storage, .writing)
    } catch {
      refusal = error
      image = nil
    }
    if storage.changes != changes { part(.writtenUnasked, nil, "an open changed the file") }
    noteOpened(for: .writing)
    return refusal
  }

  /// Runs the operations, then closes and reads once more all that there is.
  func run(_ workload: Workload) {
    compareAll()
    for (index, operation) in workload.operations.enumerated() {
      guard !hasParted else { return }
      step = "operation \(index), \(operation)"
      observation.count(.operations)
      run(operation)
      judgeState()
    }
    step = "the end"
    if !hasParted { close() }
    if !hasParted { openAgain(for: .reading) }
  }

  /// Opens an image for reading in which there is no room to write: it stays one that can be read where
  /// it cannot be reopened for writing.
  func runWithoutRoom() {
    step = "an image without room"
    let changes = storage.changes
    openAgain(for: .reading)
    guard !hasParted, let image else { return }
    do throws(ImageError) {
      try image.reopen(for: .writing)
      part(.writingAccepted, nil, "reopened for writing, and an open was refused")
    } catch {
      guard case .noRoomToWrite = error else { return failed(error) }
    }
    compareAll()
    if storage.changes != changes { part(.writtenUnasked, nil, "the file was changed") }
  }

  private func run(_ operation: CacheOperation) {
    switch operation {
    case .write(let offset, let count, let version):
      observation.count(.writes)
      write(offset, count, version: version)
    case .read(let offset, let count):
      observation.count(.reads)
      read(offset, count)
    case .discard(let offset, let count):
      observation.count(.discards)
      discard(offset, count)
    case .flush:
      observation.count(.flushRequests)
      allow(for: 0)
      change { image throws(ImageError) in try image.flush() }
    case .close:
      observation.count(.closes)
      close()
      if !hasParted { openAgain(for: .writing) }
    case .reopen(.reading):
      observation.count(.reopensReading)
      reopen(for: .reading)
    case .reopen(.writing):
      observation.count(.reopensWriting)
      reopen(for: .writing)
    }
  }

  /// Lets the image ask for what an operation on `blocks` blocks can need: to write all of its tree
  /// and map, some times over.
  func allow(for blocks: UInt64) {
    let bitmap = largestFile / 4096
    storage.allow((1 << 20) + 64 * (storage.keptBytes + blocks * Format.blockSize) + 4 * bitmap)
  }

  /// Does what changes an image; one that is open for reading is to refuse it.
  func change(_ body: (any OperatedImage) throws(ImageError) -> Void) {
    guard let image else { return }
    do throws(ImageError) {
      try body(image)
      if purpose != .writing {
        part(.operationFailed, nil, "taken, and the image is open for reading only")
      }
    } catch {
      guard purpose == .writing || error != .readOnly else { return }
      failed(error)
    }
  }

  /// Notes an error that nothing gave reason for.
  func failed(_ error: ImageError) {
    if storage.isExhausted {
      part(.overwork, nil, "\(storage.work) bytes were asked for, far more than are needed")
    } else {
      part(.operationFailed, error.rule, "failed: \(error)")
    }
  }
}

extension WorkloadRun {
  /// Judges what must hold after every operation.
  private func judgeState() {
    guard !hasParted, let image else { return }
    image.checkInvariants()
    if storage.isExhausted {
      part(.overwork, nil, "\(storage.work) bytes were asked for, far more than are needed")
    }
    allow(for: 0)
    let size = (try? storage.byteCount()) ?? 0
    if size > largestFile {
      part(.overgrown, nil, "the file has \(size) bytes, at most \(largestFile) are allowed")
    }
    guard storage.changes != changesAtOpen else { return }
    if purpose == .reading {
      part(.writtenUnasked, nil, "the file was changed, and the image is open for reading")
    } else if !isFlagged {
      part(.unflagged, .headerUncleanShutdown, "the file was changed while its flag is 0")
    }
    judgeActivity(of: image)
  }

  private var isFlagged: Bool {
    var byte: [UInt8] = [0]
    var span = byte.mutableSpan
    var target = unsafe span.mutableBytes
    _ = try? storage.read(at: UInt64(Field.uncleanShutdown.offset), into: &target)
    return byte[0] == 1
  }

  private func judgeActivity(of image: any OperatedImage) {
    let activity = image.activity
    guard activity.evictedBlocks != lost.evicted || activity.droppedBlocks != lost.dropped else {
      return
    }
    part(
      .wrongLoss, nil,
      "\(lost.evicted) blocks were reported as evicted and \(lost.dropped) as dropped, and counted "
        + "\(activity.evictedBlocks) and \(activity.droppedBlocks)")
  }

  private func reopen(for purpose: CacheImage.Purpose) {
    guard let image else { return }
    allow(for: 0)
    let activity = image.activity
    let flag = self.purpose == .writing
    do throws(ImageError) {
      try image.reopen(for: purpose)
    } catch {
      return failed(error)
    }
    add(activity, flushing: flag)
    if storage.changes != changesAtOpen { isRewritten = true }
    noteOpened(for: purpose)
    judgeClosed()
    compareAll()
  }

  private func close() {
    guard let image else { return }
    allow(for: 0)
    add(image.activity, flushing: purpose == .writing)
    do throws(ImageError) {
      try image.close()
    } catch {
      return failed(error)
    }
    self.image = nil
    if storage.changes != changesAtOpen { isRewritten = true }
    judgeClosed()
  }

  private func openAgain(for purpose: CacheImage.Purpose) {
    allow(for: 0)
    do throws(ImageError) {
      image = try implementation.open(storage, purpose)
    } catch {
      return part(.writingRefused, error.rule, "what was closed is refused: \(error)")
    }
    noteOpened(for: purpose)
    compareAll()
  }

  private func noteOpened(for purpose: CacheImage.Purpose) {
    self.purpose = purpose
    changesAtOpen = storage.changes
    lost = (0, 0)
  }

  /// Counts what a handle did.
  private func add(_ activity: Activity, flushing: Bool) {
    guard flushing else { return }
    observation.count(.splits, by: activity.splits)
    observation.count(.merges, by: activity.merges)
    observation.count(.flushes, by: activity.flushes)
    observation.count(.selfFlushes, by: activity.selfFlushes)
    observation.count(.evictions, by: activity.evictions)
    observation.count(.evictedBlocks, by: activity.evictedBlocks)
    observation.count(.droppedBlocks, by: activity.droppedBlocks)
  }
}

extension ImageError {
  /// The rule that it names.
  var rule: Rule? {
    if case .violation(let violation) = self { violation.rule } else { nil }
  }
}
