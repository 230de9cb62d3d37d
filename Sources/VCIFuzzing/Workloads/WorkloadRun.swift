internal import VCIChecker
internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

/// Runs a workload on an image and on a model of the cache, and compares the two. The run ends at
/// the first discrepancy.
///
/// The requirements are those of `Specs/VCI.md`, "Requirements for readers" (VCI-RD-003 and
/// VCI-RD-006) and "Requirements for writers" (VCI-WR-001 to VCI-WR-005).
final class WorkloadRun {
  /// The counts of this run, and at most one discrepancy.
  var observation = Observation()
  /// The blocks that the image must have cached.
  var model: CacheModel
  /// The file of the image.
  let storage: ImageInMemory
  /// The image; `nil` while none is open.
  var image: (any OperatedImage)?
  /// The purpose of the last open: reading or writing.
  private(set) var purpose = CacheImage.Purpose.writing
  let checker: Checker
  let implementation: Implementation
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
  var isRewritten = false
  /// The rules that the image broke before the run.
  let before: RuleSet
  /// What is to go wrong in the next operation; `nil` if nothing is.
  private var trouble: CacheOperation?
  /// Whether the workload has crashes or calls that fail.
  var mayHaveTroubles = false
  /// What may be cached after a crash, or if the image is opened again without a close.
  var kept: AllowedBlocks
  /// Whether `kept` stays as it is although an operation makes all durable.
  var isHeld = false
  /// What was made durable while `kept` was held; `nil` if nothing was.
  var settled: CacheModel?
  /// Whether a call has failed since the image was opened.
  var isImpaired = false
  /// The value of `storage.changes` when the image was opened.
  private var changesAtOpen: UInt64 = 0
  /// The current operation, as discrepancies name it.
  var step = "open"
  var buffer = [UInt8](repeating: 0, count: 1 << 16)

  /// Makes a run on the image in `storage`, a cache of `blocks` blocks. It has the bytes `original`
  /// and caches the blocks of `model`.
  init(
    _ implementation: Implementation, _ storage: ImageInMemory, original: SparseBytes,
    blocks: BlockCount, model: CacheModel, before: RuleSet, isCreated: Bool, checker: Checker
  ) {
    self.implementation = implementation
    self.storage = storage
    self.original = original
    self.model = model
    kept = AllowedBlocks(model)
    self.before = before
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
    if workload.operations.contains(where: \.isTrouble) { expectTroubles() }
    compareAll()
    for (index, operation) in workload.operations.enumerated() {
      guard !hasFailed else { return }
      step = "operation \(index), \(operation)"
      count(operation)
      take(operation)
      compareState()
    }
    step = "the end"
    if !hasFailed, trouble != nil { take(.close) }
    if !hasFailed, isImpaired { operate(.close, failing: nil) }
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

  private func count(_ operation: CacheOperation) {
    guard let counter = operation.counter else { return }
    observation.count(.operations)
    observation.count(counter)
  }

  /// Runs an operation with the trouble before it, or keeps it for the next one.
  private func take(_ operation: CacheOperation) {
    guard !operation.isTrouble else { return trouble = operation }
    defer { trouble = nil }
    switch trouble {
    case .crash(let call, let seed): crash(operation, in: call, seed: seed)
    case .fail(let call, let failure) where canHaveTroubles:
      operate(operation, failing: FailingCall(failure, call: call))
    default: run(operation)
    }
  }

  /// Runs an operation in which nothing goes wrong.
  func run(_ operation: CacheOperation) {
    if isImpaired { return operate(operation, failing: nil) }
    switch operation {
    case .crash, .fail: break
    case .write(let offset, let count, let version): write(offset, count, version: version)
    case .read(let offset, let count): read(offset, count)
    case .discard(let offset, let count): discard(offset, count)
    case .flush:
      allow(for: 0)
      change { image throws(ImageError) in try image.flush() }
      if !hasFailed, purpose == .writing { settle() }
    case .close:
      close()
      if !hasFailed { openAgain(for: .writing) }
    case .reopen(.reading): reopen(for: .reading)
    case .reopen(.writing): reopen(for: .writing)
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
    noteClosed()
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
    noteClosed()
    compareClosed()
  }

  /// Notes that all that the image has cached is in the file.
  func noteClosed() {
    settle()
    if storage.changes != changesAtOpen { isRewritten = true }
  }

  func openAgain(for purpose: CacheImage.Purpose) {
    allow(for: 0)
    do throws(ImageError) {
      image = try implementation.open(storage, purpose)
    } catch {
      return report(.writingRefused, error.rule, "what was closed is refused: \(error)")
    }
    noteOpened(for: purpose)
    compareAll()
  }

  func noteOpened(for purpose: CacheImage.Purpose) {
    isImpaired = false
    self.purpose = purpose
    changesAtOpen = storage.changes
    lost = (0, 0)
  }

  /// Adds the counts of an image to the observation, if it was open for writing.
  func add(_ activity: Activity, flushing: Bool) {
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

extension CacheOperation {
  /// The counter of such operations; `nil` for troubles.
  fileprivate var counter: Counter? {
    switch self {
    case .write: .writes
    case .read: .reads
    case .discard: .discards
    case .flush: .flushRequests
    case .close: .closes
    case .reopen(.reading): .reopensReading
    case .reopen(.writing): .reopensWriting
    case .crash, .fail: nil
    }
  }
}

extension ImageError {
  /// The rule of the violation; `nil` for any other error.
  var rule: Rule? {
    if case .violation(let violation) = self { violation.rule } else { nil }
  }
}
