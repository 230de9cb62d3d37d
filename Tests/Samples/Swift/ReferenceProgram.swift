internal import SystemPackage
internal import VCIChecker
internal import VCIFormat
internal import VCIReference

/// The reference implementation and the checker as a program under test.
struct ReferenceProgram: Program {
  /// The most blocks that are read or written at once.
  private static let pieceBlocks: UInt64 = 2048
  /// The most blocks of a write that are taken; the caller offers the rest again.
  private static let mostWrittenBlocks: UInt64 = 1 << 15
  /// The most runs of an answer to a read, each of a piece at most.
  private static let mostRuns = 1000
  /// The most losses that an answer may have.
  private static let mostLosses = 10_000

  let capabilities = Capabilities(
    name: "VCIReference", version: "0.1.0", language: "Swift", durability: "flush",
    ops: [
      "probe", "open-ro", "open-rw", "info", "read", "extents", "create", "write", "discard",
      "flush", "close", "set-moduuid", "check",
    ],
    features: [
      "multi-level-tree", "wide-disks", "fixed", "dirty-recovery", "mod-uuid", "locks",
    ])

  /// VCI-RD-001: a probe says yes, no, or that the file cannot be read.
  func probe(_ path: String) throws(Refusal) {
    let answer: ProbeAnswer
    do throws(StorageError) {
      answer = try VCIReference.probe(FileStorage(reading: FilePath(path)))
    } catch {
      throw Refusal(.storage(error))
    }
    if case .notMine(let violation) = answer {
      throw .refused(rule: violation.rule.id, class: "not-vci", message: "\(violation)")
    }
  }

  func open(_ path: String, _ mode: OpenMode, modUUID: String?) throws(Refusal) -> CacheImage {
    let purpose: CacheImage.Purpose = mode == .reading ? .reading : .writing
    let expected = try modUUID.map { text throws(Refusal) in try Self.uuid(text) }
    return try refusing { () throws(ImageError) in
      try CacheImage.open(at: FilePath(path), purpose: purpose, expecting: expected)
    }
  }

  func info(_ image: CacheImage) -> Info {
    let known = image.information
    return Info(
      version: Digits(UInt64(known.version)), type: known.type == .fixed ? .fixed : .dynamic,
      blocks: Digits(known.blocks.rawValue), dirty: known.isDirty,
      uuid: known.imageUUID.description, modUuid: known.modificationUUID.description)
  }

  func read(
    _ image: CacheImage, block: UInt64, count: UInt64, into file: String
  ) throws(Refusal) -> [Run] {
    let target = try requestFile { () throws(StorageError) in
      try FileStorage(writing: FilePath(file))
    }
    var buffer = [UInt8](
      repeating: 0, count: Int(min(count, Self.pieceBlocks) * Format.blockSize))
    var runs: [Run] = []
    var done: UInt64 = 0
    while done < count, runs.count < Self.mostRuns {
      do throws(Refusal) {
        let run = try self.run(
          of: image, from: block + done, count: count - done, into: target,
          at: done * Format.blockSize, by: &buffer)
        runs.append(run)
        done += run.count.value
      } catch {
        // What was answered so far is right; the failure comes again with the next request.
        guard !runs.isEmpty else { throw error }
        break
      }
    }
    return runs
  }

  /// Returns the hit or miss that begins with `block`, after the bytes of a hit are in `file`.
  private func run(
    of image: CacheImage, from block: UInt64, count: UInt64, into file: FileStorage,
    at offset: @autoclosure () -> UInt64, by buffer: inout [UInt8]
  ) throws(Refusal) -> Run {
    let located = try refusing { () throws(ImageError) in
      try image.locate(offset: BlockOffset(block), count: BlockCount(count))
    }
    if case .miss(let missing) = located {
      return Run(state: .miss, block: Digits(block), count: Digits(missing.rawValue))
    }
    let wanted = BlockCount(min(count, Self.pieceBlocks))
    let read: ReadAnswer
    do throws(ImageError) {
      read = try buffer.withMutableBytes { bytes throws(ImageError) in
        try image.read(offset: BlockOffset(block), count: wanted, into: &bytes)
      }
    } catch {
      throw Refusal(error)
    }
    guard case .hit(let served) = read else {
      preconditionFailure("block \(block) is located and is a miss")
    }
    // No file may be large enough for it; it is asked for again, by itself.
    try requestFile { () throws(StorageError) in
      try file.write(unsafe buffer.span.extracting(first: Int(served.bytes)).bytes, at: offset())
    }
    return Run(state: .hit, block: Digits(block), count: Digits(served.rawValue))
  }

  func extents(_ path: String, into file: String) throws(Refusal) {
    let lines = try refusing { () throws(ImageError) in
      let image = try CacheImage.open(at: FilePath(path), purpose: .reading)
      var lines = ""
      var next = BlockOffset(0)
      while let extent = try image.nextExtent(from: next) {
        lines += "\(extent.offset) \(extent.blocks)\n"
        next = extent.offset + extent.blocks
      }
      try image.close()
      return Array(lines.utf8)
    }
    try requestFile { () throws(StorageError) in
      try FileStorage(writing: FilePath(file)).write(unsafe lines.span.bytes, at: 0)
    }
  }

  func create(
    _ path: String, blocks: UInt64, _ type: ImageType, uuid: String
  ) throws(Refusal) {
    let imageUUID = try Self.uuid(uuid)
    try refusing { () throws(ImageError) in
      let plan = try CacheImage.Plan(
        blocks: BlockCount(blocks), type: type == .fixed ? .fixed : .dynamic, imageUUID: imageUUID)
      try CacheImage.create(at: FilePath(path), plan)
    }
  }

  func write(
    _ image: CacheImage, block: UInt64, count: UInt64, from file: String
  ) throws(Refusal) -> Written {
    let bytes = try Self.data(of: min(count, Self.mostWrittenBlocks), in: file)
    var losses: [LostBlocks] = []
    let written = try refusing { () throws(ImageError) in
      try image.write(unsafe bytes.span.bytes, at: BlockOffset(block)) { loss in
        losses.append(
          LostBlocks(
            reason: loss.cause == .evicted ? .evicted : .dropped,
            block: Digits(loss.offset.rawValue), count: Digits(loss.count.rawValue)))
      }
    }
    return Written(
      written: Digits(written.rawValue), losses: Array(losses.prefix(Self.mostLosses)))
  }

  /// Returns the first `count` blocks of the file of a write.
  private static func data(of count: UInt64, in file: String) throws(Refusal) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Int(count * Format.blockSize))
    let source = try requestFile { () throws(StorageError) in
      try FileStorage(reading: FilePath(file))
    }
    let done: Int
    do throws(StorageError) {
      done = try bytes.withMutableBytes { buffer throws(StorageError) in
        try source.read(at: 0, into: &buffer)
      }
    } catch {
      throw .argument("the file of the request: \(error)")
    }
    guard done == bytes.count else { throw .argument("\(file) is too short") }
    return bytes
  }

  func discard(_ image: CacheImage, block: UInt64, count: UInt64) throws(Refusal) {
    try refusing { () throws(ImageError) in
      try image.discard(offset: BlockOffset(block), count: BlockCount(count))
    }
  }

  func flush(_ image: CacheImage) throws(Refusal) {
    try refusing { () throws(ImageError) in try image.flush() }
  }

  func setModificationUUID(_ image: CacheImage, _ uuid: String) throws(Refusal) {
    let uuid = try Self.uuid(uuid)
    try refusing { () throws(ImageError) in try image.setModificationUUID(uuid) }
  }

  func close(_ image: CacheImage) throws(Refusal) {
    try refusing { () throws(ImageError) in try image.close() }
  }

  func check(_ path: String, _ mode: CheckMode) throws(Refusal) -> [Finding] {
    guard mode == .none else { throw .notImplemented }
    let report: Report
    do throws(StorageError) {
      report = try Checker().check(FileStorage(reading: FilePath(path)))
    } catch {
      throw Refusal(.storage(error))
    }
    let findings = report.findings.map {
      Finding(rule: $0.rule.id, class: $0.ruleClass.rawValue)
    }
    return Set(findings).sorted { ($0.rule, $0.class) < ($1.rule, $1.class) }
  }

  private static func uuid(_ text: String) throws(Refusal) -> ImageUUID {
    guard let uuid = ImageUUID(text) else { throw .argument("no UUID") }
    return uuid
  }
}

/// Runs a call of the reference; its error becomes a refusal.
private func refusing<Value>(_ call: () throws(ImageError) -> Value) throws(Refusal) -> Value {
  do throws(ImageError) {
    return try call()
  } catch {
    throw Refusal(error)
  }
}

/// Runs a call that uses a file that the request names beside the image.
private func requestFile<Value>(
  _ call: () throws(StorageError) -> Value
) throws(Refusal) -> Value {
  do throws(StorageError) {
    return try call()
  } catch {
    throw .argument("the file of the request: \(error)")
  }
}

extension Refusal {
  /// The refusal that says what an error of the reference says.
  fileprivate init(_ error: ImageError) {
    let name: String? =
      switch error {
      case .violation: nil
      case .storage, .fileShrank: "io"
      case .notUpToDate: "not-up-to-date"
      case .locked: "locked"
      case .noRoomToWrite: "no-room"
      case .readOnly, .informationOnly, .closed: "state"
      case .partialBlock, .emptyRequest, .shortBuffer, .sizeOutOfRange: "argument"
      case .notInFile, .cancelled: "other"
      }
    var rule: String?
    if case .violation(let violation) = error { rule = violation.rule.id }
    self = .refused(rule: rule, class: name, message: "\(error)")
  }
}
