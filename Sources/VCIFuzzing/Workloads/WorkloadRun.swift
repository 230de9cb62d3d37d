internal import VCIChecker
internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

/// Runs a workload on an image and on a model of the cache, and compares the two. The run ends at
/// the first discrepancy.
///
/// The requirements are those of `Specs/VCI.md`, "Requirements for readers" (VCI-RD-003 and
/// VCI-RD-006) and "Requirements for writers" (VCI-WR-001, VCI-WR-002 and VCI-WR-005).
final class WorkloadRun {
  /// The counts of this run, and at most one discrepancy.
  var observation = Observation()
  /// The blocks that the image must have cached.
  var model: CacheModel
  /// The file of the image.
  let storage: ImageInMemory
  /// The image; `nil` while none is open.
  private(set) var image: (any OperatedImage)?
  /// The purpose of the last open: reading or writing.
  private(set) var purpose = CacheImage.Purpose.writing
  let checker: Checker
  private let implementation: Implementation
  /// The bytes of the image before the run.
  let original: SparseBytes
  /// The number of blocks that the image has reported as lost since it was opened.
  var lost = (evicted: UInt64(0), dropped: UInt64(0))
  /// The size of the cache, in blocks.
  let blocks: BlockCount
  /// Whether the reference created the image.
  let isCreated: Bool
  /// The smallest range with all disk blocks written so far.
  var reach: Range<UInt64>?
  /// The largest size that the file may have, in bytes.
  private let largestFile: UInt64
  /// Whether the image was changed, and closed or reopened after that.
  private(set) var isRewritten = false
  /// The value of `storage.changes` when the image was opened.
  private var changesAtOpen: UInt64 = 0
  /// The current operation, as discrepancies name it.
  private var step = "open"
  var buffer = [UInt8](repeating: 0, count: 1 << 16)

  /// Makes a run on the image in `storage`, a cache of `blocks` blocks. It has the bytes `original`
  /// and caches the blocks of `model`.
  init(
    _ implementation: Implementation, _ storage: ImageInMemory, original: SparseBytes,
    blocks: BlockCount, model: CacheModel, isCreated: Bool, checker: Checker
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

  /// Whether image and model disagree. A run ends at the first disagreement.
  var hasFailed: Bool { !observation.discrepancies.isEmpty }

  /// Reports a discrepancy, unless there is one already.
  func report(_ kind: DiscrepancyKind, _ rule: Rule? = nil, _ detail: String) {
    guard !hasFailed else { return }
    observation.report(kind, rule, "\(step): \(detail)")
  }

  /// Opens the image for writing. Returns the error if it is refused.
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
    if storage.changes != changes { report(.writtenUnasked, nil, "an open changed the file") }
    noteOpened(for: .writing)
    return refusal
  }

  /// Runs the operations, closes the image, opens it for reading, and compares it once more.
  func run(_ workload: Workload) {
    compareAll()
    for (index, operation) in workload.operations.enumerated() {
      guard !hasFailed else { return }
      step = "operation \(index), \(operation)"
      observation.count(.operations)
      run(operation)
      compareState()
    }
    step = "the end"
    if !hasFailed { close() }
    if !hasFailed { openAgain(for: .reading) }
  }

  /// Opens an image for reading that has no room to write. A reopen for writing must refuse it,
  /// after which it must still be readable.
  func runWithoutRoom() {
    step = "an image without room"
    let changes = storage.changes
    openAgain(for: .reading)
    guard !hasFailed, let image else { return }
    do throws(ImageError) {
      try image.reopen(for: .writing)
      report(.writingAccepted, nil, "reopened for writing, and an open was refused")
    } catch {
      guard case .noRoomToWrite = error else { return failed(error) }
    }
    compareAll()
    if storage.changes != changes { report(.writtenUnasked, nil, "the file was changed") }
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
      if !hasFailed { openAgain(for: .writing) }
    case .reopen(.reading):
      observation.count(.reopensReading)
      reopen(for: .reading)
    case .reopen(.writing):
      observation.count(.reopensWriting)
      reopen(for: .writing)
    }
  }

  /// Sets the limit of the work of an operation on `blocks` blocks. It is enough to write the tree
  /// and the map several times.
  func allow(for blocks: UInt64) {
    let bitmap = largestFile / 4096
    storage.allow((1 << 20) + 64 * (storage.keptBytes + blocks * Format.blockSize) + 4 * bitmap)
  }

  /// Changes the image with `body`. If the image is open for reading, it must refuse the change.
  func change(_ body: (any OperatedImage) throws(ImageError) -> Void) {
    guard let image else { return }
    do throws(ImageError) {
      try body(image)
      if purpose != .writing {
        report(.operationFailed, nil, "taken, and the image is open for reading only")
      }
    } catch {
      guard purpose == .writing || error != .readOnly else { return }
      failed(error)
    }
  }

  /// Reports the error of an operation that must succeed.
  func failed(_ error: ImageError) {
    if storage.isExhausted {
      report(.overwork, nil, "\(storage.work) bytes were asked for, far more than are needed")
    } else {
      report(.operationFailed, error.rule, "failed: \(error)")
    }
  }
}

extension WorkloadRun {
  /// Compares the state that must hold after every operation: the work, the size of the file, the
  /// unclean flag and the counts of losses.
  private func compareState() {
    guard !hasFailed, let image else { return }
    image.checkInvariants()
    if storage.isExhausted {
      report(.overwork, nil, "\(storage.work) bytes were asked for, far more than are needed")
    }
    allow(for: 0)
    let size = (try? storage.byteCount()) ?? 0
    if size > largestFile {
      report(.overgrown, nil, "the file has \(size) bytes, at most \(largestFile) are allowed")
    }
    guard storage.changes != changesAtOpen else { return }
    if purpose == .reading {
      report(.writtenUnasked, nil, "the file was changed, and the image is open for reading")
    } else if !isFlagged {
      report(.unflagged, .headerUncleanShutdown, "the file was changed while its flag is 0")
    }
    compareActivity(of: image)
  }

  private var isFlagged: Bool {
    var byte: [UInt8] = [0]
    var span = byte.mutableSpan
    var target = unsafe span.mutableBytes
    _ = try? storage.read(at: UInt64(Field.uncleanShutdown.offset), into: &target)
    return byte[0] == 1
  }

  private func compareActivity(of image: any OperatedImage) {
    let activity = image.activity
    guard activity.evictedBlocks != lost.evicted || activity.droppedBlocks != lost.dropped else {
      return
    }
    report(
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
    compareClosed()
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
    compareClosed()
  }

  private func openAgain(for purpose: CacheImage.Purpose) {
    allow(for: 0)
    do throws(ImageError) {
      image = try implementation.open(storage, purpose)
    } catch {
      return report(.writingRefused, error.rule, "what was closed is refused: \(error)")
    }
    noteOpened(for: purpose)
    compareAll()
  }

  private func noteOpened(for purpose: CacheImage.Purpose) {
    self.purpose = purpose
    changesAtOpen = storage.changes
    lost = (0, 0)
  }

  /// Adds the counts of an image to the observation, if it was open for writing.
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
  /// The rule of the violation; `nil` for any other error.
  var rule: Rule? {
    if case .violation(let violation) = self { violation.rule } else { nil }
  }
}
