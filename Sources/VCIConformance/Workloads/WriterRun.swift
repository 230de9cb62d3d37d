internal import SystemPackage
internal import VCIChecker
internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators
internal import VCIReference

/// A workload that is being run, and the model of what the image may hold.
final class WriterRun {
  let plan: WriterPlan
  /// The program that is asked. Another one may take its place while the image is closed.
  var test: TestRun
  let folder: WorkFolder
  /// The image.
  let image: FilePath
  /// The newest content of each block that was written, or that the image had at first.
  var model = CacheModel()
  /// The image before the workload; `nil` if the program creates it.
  private(set) var original: SparseBytes?
  /// The size of an image that uses all of its blocks.
  private var largestFile: UInt64 = 0
  /// The bytes that the file may have beyond ("Limits" in `Specs/Port.md`).
  private static let spareBytes: UInt64 = 1 << 20
  /// The blocks that were written so far, and the size of the cache.
  private(set) var writtenBlocks: UInt64 = 0
  private(set) var cacheBlocks: UInt64 = 0
  private(set) var isWide = false
  /// Whether the image is open, and for what.
  private var purpose: PortRequest.Mode?
  private let handle = "w"
  /// The modification UUID that the image has, and what the file held when it was opened.
  var state = ImageUUID.nil
  var opened: FileSnapshot?
  private var opens = 0
  /// Called with each image that was created, or closed after it was open for writing, and in which
  /// nothing is wrong.
  var onClosed: ((WriterRun) throws(WorkError) -> Void)?
  /// Whether no step follows.
  private(set) var isAtEnd = false
  /// The kind of failure of a refused open.
  var kindOfRefusal = TestFailure.Kind.refusedOwn
  /// The number of the next version that the reference writes.
  private var turn: UInt32 = 1 << 24

  init(_ plan: WriterPlan, _ test: TestRun, _ folder: WorkFolder) throws(WorkError) {
    self.plan = plan
    self.test = test
    self.folder = folder
    switch plan.start {
    case .created(let blocks, _):
      image = folder.name()
      cacheBlocks = blocks
      largestFile = blocks * Format.blockSize
    case .image(let expected):
      image = try folder.file(expected.bytes)
      original = expected.bytes
      if let reads = expected.reads { model = CacheModel(reads) }
      cacheBlocks = expected.bytes.header.blocks.rawValue
      state = expected.bytes.header.modificationUUID
      largestFile = max(expected.bytes.size, cacheBlocks * Format.blockSize)
    }
  }

  /// Makes a run in which another program reads the image that `writer` has closed.
  init(reading writer: WriterRun, with test: TestRun) {
    plan = writer.plan
    self.test = test
    folder = writer.folder
    kindOfRefusal = .rejectedValid
    image = writer.image
    model = writer.model
    original = writer.original
    cacheBlocks = writer.cacheBlocks
    state = writer.state
    // The modification UUID is compared by a program that can.
    opens = 1
  }

  func removeFiles() { folder.remove(image) }

  var hasFailed: Bool { !test.result.failures.isEmpty }

  /// The area of what is found after a close.
  func area(depth: Int) -> Area {
    if depth > 1 { return .deepTrees }
    if writtenBlocks > cacheBlocks { return .fullCache }
    return isWide ? .wideDisks : .writes
  }

  /// Runs the operations, closes the image, and compares it once more.
  func run() throws(WorkError) {
    if case .created(let blocks, let isFixed) = plan.start {
      guard test.has("create") else { return }
      let request = PortRequest.create(image: image, blocks: blocks, isFixed: isFixed, Self.uuid)
      guard try succeed(request, .create, .creation) else { return }
      try compareClosed(by: request)
      if !hasFailed { try onClosed?(self) }
    }
    if let growth = plan.growth { try limit(growth) }
    guard !hasFailed, try open(.writing) else { return }
    for step in plan.steps {
      switch step {
      case .operation(let operation): try run(operation)
      case .setState(let uuid):
        if purpose == .writing, test.has(.modUUID) { try setState(uuid) }
      }
      guard !hasFailed, purpose != nil else { return try compareAfterWrongRead() }
    }
    isAtEnd = true
    try close()
    if !hasFailed, test.capabilities.has("open-ro"), try open(.reading) {
      try compareReads()
      if !hasFailed { try close() }
    }
  }

  /// Closes an image of which blocks were read wrongly while it was open, and compares it too: what
  /// is wrong may be the read alone, or what was written.
  private func compareAfterWrongRead() throws(WorkError) {
    let isRead = test.result.failures.contains {
      $0.area == .reads && [.wrongBytes, .foreignData].contains($0.kind)
    }
    if isRead, purpose == .writing { try close() }
  }

  private static let uuid = ImageUUID(high: 0x7663_6920_7375_4974, low: 0x8520_7665_6369_2021)

  private func run(_ operation: CacheOperation) throws(WorkError) {
    isWide = isWide || operation.isWide
    switch operation {
    case .write(let block, let count, let version):
      if purpose == .writing { try write(block.rawValue, count.rawValue, version) }
    case .read(let block, let count):
      if test.capabilities.has("read") { try read(block.rawValue, count.rawValue) }
    case .discard(let block, let count):
      if purpose == .writing, test.has("discard") {
        try discard(block.rawValue, count.rawValue)
      }
    case .flush:
      if purpose == .writing, test.has("flush") { try flush() }
    case .close:
      try close()
      if !hasFailed { try takeTurn() }
      if !hasFailed { _ = try open(.writing) }
    case .reopen(let purpose):
      guard purpose == .writing || test.capabilities.has("open-ro") else { return }
      try close()
      if !hasFailed { _ = try open(purpose == .writing ? .writing : .reading) }
    case .crash, .fail: break
    }
  }

  /// Makes a request that must succeed. Returns whether it did.
  func succeed(
    _ request: PortRequest, _ area: Area, _ requirement: Requirement,
    _ kind: TestFailure.Kind = .operationFailed
  ) throws(WorkError) -> Bool {
    guard let answer = test.ask(request, area, requirement) else { return false }
    guard case .refused(let refusal) = answer else { return true }
    test.fail(area, requirement, kind, request, expected: "done", got: "refused\(refusal)")
    return false
  }

  func open(_ mode: PortRequest.Mode) throws(WorkError) -> Bool {
    let isCompared = opens % 2 == 1 && test.capabilities.features.contains(.modUUID)
    opens += 1
    let request = PortRequest.open(
      image: image, handle: handle, mode, modUUID: isCompared ? state : nil)
    let requirement: Requirement = mode == .writing ? .openForWriting : .openForReading
    purpose = nil
    guard
      try succeed(
        request, mode == .writing ? .openForWriting : .open, requirement, kindOfRefusal)
    else { return false }
    purpose = mode
    if mode == .writing { try noteOpened() }
    return true
  }

  private func close() throws(WorkError) {
    guard purpose != nil else { return }
    let request = PortRequest.close(handle: handle)
    let wasWriting = purpose == .writing
    purpose = nil
    guard try succeed(request, .writes, .validAfterClose) else { return }
    try compareClosed(by: request)
    if wasWriting, !hasFailed { try onClosed?(self) }
  }

  private func flush() throws(WorkError) {
    let request = PortRequest.flush(handle: handle)
    if try succeed(request, .writes, .flush) { try compareFlag(request) }
  }

  /// VCI-WR-007: stores the modification UUID of the disk.
  private func setState(_ uuid: ImageUUID) throws(WorkError) {
    let request = PortRequest.setModUUID(handle: handle, uuid)
    guard try succeed(request, .writes, .modificationUUID) else { return }
    state = uuid
    try compareFlag(request)
  }

  private func write(_ block: UInt64, _ count: UInt64, _ version: UInt32) throws(WorkError) {
    var done: UInt64 = 0
    writtenBlocks += count
    test.count(writtenBlocks > cacheBlocks ? .fullCache : .writes, .fullCache)
    // The rest need not be offered to a program that takes few blocks at a time.
    for _ in 0..<Self.mostParts where done < count && !hasFailed {
      let (next, rest) = (block + done, count - done)
      let file = try folder.file(VersionedBlock.bytes(of: next, count: rest, version: version))
      defer { folder.remove(file) }
      let request = PortRequest.write(handle: handle, block: next, count: rest, file: file)
      let area: Area = writtenBlocks > cacheBlocks ? .fullCache : .writes
      guard let answer = test.ask(request, area, .validAfterClose) else { return }
      guard case .done(.written(let written, let losses)) = answer else {
        return test.fail(
          area, .fullCache, .operationFailed, request, expected: "written 1 to \(rest)",
          got: "\(answer)")
      }
      guard written > 0, written <= rest else {
        return test.fail(
          area, .fullCache, .wrongAnswer, request, expected: "written 1 to \(rest)",
          got: "written \(written)")
      }
      test.advise { $0.note(written: written, losses) }
      model.put(.written(version), in: Self.cached(next, written))
      done += written
      try compareFlag(request)
    }
  }

  /// Returns those blocks of a request that can be cached. The request may end at block 2^64.
  private static func cached(_ block: UInt64, _ count: UInt64) -> Range<UInt64> {
    let end = Format.diskEnd.rawValue
    return block < end ? block..<block + min(count, end - block) : end..<end
  }

  private static let mostParts = 64

  private func discard(_ block: UInt64, _ count: UInt64) throws(WorkError) {
    let request = PortRequest.discard(handle: handle, block: block, count: count)
    guard try succeed(request, .discard, .validAfterClose) else { return }
    model.remove(Self.cached(block, count))
    try compareFlag(request)
  }

  /// Reads blocks of the open image. A hit must have the newest bytes.
  func read(_ block: UInt64, _ count: UInt64) throws(WorkError) {
    var done: UInt64 = 0
    var bound = AnswerBound()
    while done < count, !hasFailed {
      let file = try folder.answerFile()
      let (first, rest) = (block + done, count - done)
      let request = PortRequest.read(handle: handle, block: first, count: rest, file: file)
      guard let answer = test.ask(request, .reads, .reads) else { return }
      guard case .done(.runs(let runs)) = answer, !runs.isEmpty else {
        return test.fail(
          .reads, .reads, .wrongAnswer, request, expected: "hits and misses", got: "\(answer)")
      }
      guard let work = test.open(file, request, .reads) else { return }
      defer { work.close() }
      for run in runs where !hasFailed {
        let (next, left) = (block &+ done, count - done)
        guard run.block == next, run.count > 0, run.count <= left else {
          return test.fail(
            .reads, .reads, .wrongAnswer, request,
            expected: "a run of 1 to \(left) blocks from \(next) on", got: "\(run)")
        }
        if run.isHit { compareHit(next, run.count, work, request, from: first) }
        done += run.count
      }
      let border = model.border(after: first)
      done = bound.next(after: done, within: border - block < count ? border - block : count)
    }
  }

  /// Compares blocks that are a hit of a read that begins at block `first`.
  private func compareHit(
    _ block: UInt64, _ count: UInt64, _ file: WorkFile, _ request: PortRequest,
    from first: UInt64
  ) {
    guard block < Format.diskEnd.rawValue, count <= Format.diskEnd.rawValue - block else {
      return test.fail(
        .reads, .reads, .foreignData, request, expected: "blocks from 2^54 on are a miss",
        got: "a hit of \(count) from \(block) on")
    }
    guard let flaw = flaw(of: block..<block + count, in: file, from: first) else { return }
    test.fail(
      .reads, .reads, flaw.kind, request, expected: flaw.expected, got: flaw.got,
      .output(block: flaw.block - first), at: flaw.place)
  }
}

extension WriterRun {
  /// VCI-WR-001: compares the file after a close: it must be valid and clean, and each cached block
  /// must have the newest bytes.
  func compareClosed(by request: PortRequest) throws(WorkError) {
    test.count(.writes, .validAfterClose)
    let storage: FileStorage
    let report: Report
    do {
      storage = try FileStorage(reading: image)
      report = try Checker().check(storage)
    } catch {
      return test.fail(
        area(depth: 1), .validAfterClose, .rejectedByChecker, request,
        expected: "a valid, clean image", got: "\(error)")
    }
    let area = area(depth: report.tree?.depth ?? 1)
    if area != .writes { test.count(area, .validAfterClose) }
    // Whether an image that was not changed is mended is not prescribed.
    let isClean = report.verdict == .clean
    guard try isClean ? true : isUnchanged() else {
      let finding = report.findings.first { Verdict(of: $0) == report.verdict }
      return test.fail(
        area, .validAfterClose, .rejectedByChecker, request,
        expected: "a valid, clean image", got: finding.map { "\($0)" } ?? "\(report.verdict)",
        finding.map { .rejected(for: $0) })
    }
    let size = (try? storage.byteCount()) ?? 0
    let most = largestFile + Self.spareBytes
    guard size <= most else {
      return test.fail(
        area, .validAfterClose, .rejectedByChecker, request, expected: "at most \(most) bytes",
        got: "a file of \(size) bytes")
    }
    if let tree = report.tree { test.advise { $0.note(tree) } }
    try compareState(request)
    try compareContents(area, request)
  }

  /// Whether the image is, byte for byte, the one with which the workload began.
  private func isUnchanged() throws(WorkError) -> Bool {
    guard let original else { return false }
    let file = try WorkFile(reading: image)
    defer { file.close() }
    return file.firstDifference(from: original) == nil
  }

  /// Reads all that the image caches, with the reference.
  private func compareContents(_ area: Area, _ request: PortRequest) throws(WorkError) {
    guard let file = test.open(image, request, area) else { return }
    defer { file.close() }
    for extent in try extents() {
      let blocks = extent.offset.rawValue..<extent.offset.rawValue + extent.blocks.rawValue
      let flaw = model.flaw(of: blocks, original) { block, count in
        file.bytes(
          at: (extent.address + BlockCount(block - blocks.lowerBound)).bytes,
          count: Int(count * Format.blockSize))
      }
      guard let flaw else { continue }
      let address = extent.address + BlockCount(flaw.block - blocks.lowerBound)
      var place = flaw.place
      place.file = address.rawValue..<address.rawValue + 1
      return test.fail(
        area, .validAfterClose, flaw.kind, request, expected: flaw.expected,
        got: "in the file, \(flaw.got)",
        .cached(CachedBlock(block: flaw.block, offset: address.bytes, right: flaw.right)),
        at: place)
    }
  }

  /// Returns the extents of the closed image, as the reference reads them.
  func extents() throws(WorkError) -> [Extent] {
    var extents: [Extent] = []
    do throws(ImageError) {
      let cache = try CacheImage.open(try storageForReference(), purpose: .reading)
      var next: UInt64 = 0
      while let extent = try cache.nextExtent(from: BlockOffset(next)) {
        extents.append(extent)
        next = extent.offset.rawValue + extent.blocks.rawValue
      }
      try cache.close()
    } catch {
      throw WorkError(description: "the reference cannot read a valid image: \(error)")
    }
    return extents
  }

  private func storageForReference() throws(ImageError) -> FileStorage {
    do throws(StorageError) {
      return try FileStorage(reading: image)
    } catch {
      throw .storage(error)
    }
  }

  /// VCI-RD-006: compares the answers of the program with what is in the file that it closed.
  func compareReads() throws(WorkError) {
    guard test.capabilities.has("read") else { return }
    let extents = try extents()
    for extent in extents.prefix(8) + extents.suffix(4) {
      let (first, count) = (extent.offset.rawValue, min(extent.blocks.rawValue, 256))
      try compareHits(first..<first + count)
      if test.result.failures.isEmpty == false { return }
    }
  }

  /// Requires that the blocks, which are cached, are hits with the newest bytes.
  private func compareHits(_ blocks: Range<UInt64>) throws(WorkError) {
    let file = try folder.answerFile()
    let request = PortRequest.read(
      handle: "w", block: blocks.lowerBound, count: UInt64(blocks.count), file: file)
    guard let answer = test.ask(request, .reads, .reads) else { return }
    guard case .done(.runs(let runs)) = answer, let run = runs.first else {
      return test.fail(
        .reads, .reads, .wrongAnswer, request, expected: "hits", got: "\(answer)")
    }
    guard run.isHit, run.block == blocks.lowerBound, run.count > 0,
      run.count <= UInt64(blocks.count)
    else {
      return test.fail(
        .reads, .reads, .missedBlocks, request, expected: "a hit of block \(blocks.lowerBound)",
        got: "\(run)", at: FailurePlace(disk: blocks.lowerBound..<blocks.lowerBound + 1))
    }
    guard let work = test.open(file, request, .reads) else { return }
    defer { work.close() }
    if let flaw = flaw(of: run.block..<run.block + run.count, in: work, from: run.block) {
      test.fail(
        .reads, .reads, flaw.kind, request, expected: flaw.expected, got: flaw.got,
        .output(block: flaw.block - run.block), at: flaw.place)
    }
  }

  /// What is wrong with blocks that stand in the file of a read, which begins with block `first`;
  /// `nil` if they have their newest bytes.
  private func flaw(
    of blocks: Range<UInt64>, in file: WorkFile, from first: UInt64
  ) -> CacheModel.Flaw? {
    model.flaw(of: blocks, original) { block, count in
      file.bytes(at: (block - first) * Format.blockSize, count: Int(count * Format.blockSize))
    }
  }

  /// VCI-WR-001: the reference opens the image that the program closed, writes to it and closes it.
  func takeTurn() throws(WorkError) {
    guard plan.hasTurns else { return }
    test.count(.turns, .validAfterClose)
    do throws(ImageError) {
      let cache = try CacheImage.open(try writableStorage(), purpose: .writing)
      for run in model.runs.prefix(2) + model.runs.suffix(2) {
        try rewrite(cache, run.offset..<run.offset + min(run.count, 8))
      }
      try cache.close()
    } catch {
      // A writer that needs less room than the reference may leave none for it.
      if case .noRoomToWrite = error { return }
      test.fail(
        .turns, .validAfterClose, .rejectedByChecker, .close(handle: "w"),
        expected: "an image that the reference can write to", got: "\(error)")
    }
  }

  private func writableStorage() throws(ImageError) -> FileStorage {
    do throws(StorageError) {
      return try FileStorage(writing: image)
    } catch {
      throw .storage(error)
    }
  }

  private func rewrite(_ cache: CacheImage, _ blocks: Range<UInt64>) throws(ImageError) {
    turn += 1
    var next = blocks.lowerBound
    while next < blocks.upperBound {
      let bytes = VersionedBlock.bytes(
        of: next, count: blocks.upperBound - next, version: turn)
      let written = try cache.write(unsafe bytes.span.bytes, at: BlockOffset(next)) { _ in }
      model.put(.written(turn), in: next..<next + written.rawValue)
      next += written.rawValue
    }
  }
}
