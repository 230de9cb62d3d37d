import SystemPackage
import VCIFormat
public import VCIInProcess
public import VCIReference

/// The reference implementation, as one that is tested in process.
public struct ReferenceCache: Implementation {
  /// The most blocks that are read at once, and the most runs of an answer.
  private static let pieceBlocks: UInt64 = 2048
  private static let mostRuns = 100

  public init() {}

  public var declaration: Declaration {
    Declaration(
      name: "reference in process", version: "0.1.0",
      operations: [
        .probe, .openForReading, .openForWriting, .information, .read, .extents, .create, .write,
        .discard, .flush, .setModificationUUID,
      ],
      features: Set(Declaration.Feature.allCases), durability: .flush)
  }

  public func probe(_ path: String) throws {
    let answer: ProbeAnswer
    do {
      answer = try VCIReference.probe(FileStorage(reading: FilePath(path)))
    } catch {
      throw Refusal.reason(.io)
    }
    if case .notMine(let violation) = answer { throw Refusal.rule(violation.rule.id) }
  }

  public func open(
    _ path: String, for access: Access, modificationUUID: String?
  ) throws -> CacheImage {
    try refusing {
      try CacheImage.open(
        at: FilePath(path), purpose: access == .reading ? .reading : .writing,
        expecting: modificationUUID.flatMap { ImageUUID($0) })
    }
  }

  public func read(_ image: inout CacheImage, block: UInt64, count: UInt64) throws -> [ReadRun] {
    var (runs, done): ([ReadRun], UInt64) = ([], 0)
    var left = Self.pieceBlocks
    while done < count, left > 0, runs.count < Self.mostRuns {
      do {
        let run = try run(of: image, block: block + done, count: count - done, most: left)
        runs.append(run)
        switch run {
        case .miss(let missing): done += missing
        case .hit(let bytes):
          done += UInt64(bytes.count) / Format.blockSize
          left -= UInt64(bytes.count) / Format.blockSize
        }
      } catch {
        // What was found so far is right; the failure comes again with the next request.
        guard !runs.isEmpty else { throw error }
        break
      }
    }
    return runs
  }

  private func run(
    of image: CacheImage, block: UInt64, count: UInt64, most: UInt64
  ) throws -> ReadRun {
    try refusing {
      let offset = BlockOffset(block)
      let located = try image.locate(offset: offset, count: BlockCount(count))
      if case .miss(let missing) = located { return .miss(missing.rawValue) }
      let wanted = min(count, most)
      var buffer = [UInt8](repeating: 0, count: Int(wanted * Format.blockSize))
      var span = buffer.mutableSpan
      var bytes = span.mutableBytes
      guard
        case .hit(let served) = try image.read(
          offset: offset, count: BlockCount(wanted), into: &bytes)
      else { return .miss(1) }
      return .hit(Array(buffer.prefix(Int(served.bytes))))
    }
  }

  public func create(_ path: String, blocks: UInt64, isFixed: Bool, uuid: String) throws {
    try refusing {
      guard let uuid = ImageUUID(uuid) else { throw Refusal.reason(.argument) }
      let plan = try CacheImage.Plan(
        blocks: BlockCount(blocks), type: isFixed ? .fixed : .dynamic, imageUUID: uuid)
      try CacheImage.create(at: FilePath(path), plan)
    }
  }

  public func write(_ image: inout CacheImage, block: UInt64, bytes: [UInt8]) throws -> UInt64 {
    try refusing { try image.write(bytes.span.bytes, at: BlockOffset(block)) { _ in }.rawValue }
  }

  public func flush(_ image: inout CacheImage) throws { try refusing { try image.flush() } }

  public func close(_ image: CacheImage) throws { try refusing { try image.close() } }

  public func information(_ image: inout CacheImage) throws -> ImageInformation {
    let known = image.information
    return ImageInformation(
      version: UInt64(known.version), isFixed: known.type == .fixed,
      blocks: known.blocks.rawValue, isDirty: known.isDirty, uuid: known.imageUUID.description,
      modificationUUID: known.modificationUUID.description)
  }

  public func extents(_ path: String) throws -> [CachedBlocks] {
    try refusing {
      let image = try CacheImage.open(at: FilePath(path), purpose: .reading)
      defer { try? image.close() }
      var (found, next): ([CachedBlocks], BlockOffset) = ([], BlockOffset(0))
      while let extent = try image.nextExtent(from: next) {
        found.append(CachedBlocks(block: extent.offset.rawValue, count: extent.blocks.rawValue))
        next = extent.offset + extent.blocks
      }
      return found
    }
  }

  public func discard(_ image: inout CacheImage, block: UInt64, count: UInt64) throws {
    try refusing { try image.discard(offset: BlockOffset(block), count: BlockCount(count)) }
  }

  public func setModificationUUID(_ image: inout CacheImage, _ uuid: String) throws {
    guard let uuid = ImageUUID(uuid) else { throw Refusal.reason(.argument) }
    try refusing { try image.setModificationUUID(uuid) }
  }
}

/// Runs a call of the reference; what it refuses becomes a refusal.
private func refusing<Value>(_ call: () throws -> Value) throws -> Value {
  do {
    return try call()
  } catch let error as ImageError {
    switch error {
    case .violation(let violation): throw Refusal.rule(violation.rule.id)
    case .storage, .fileShrank: throw Refusal.reason(.io)
    case .notUpToDate: throw Refusal.reason(.notUpToDate)
    case .locked: throw Refusal.reason(.locked)
    case .noRoomToWrite: throw Refusal.reason(.noRoom)
    case .readOnly, .informationOnly, .closed: throw Refusal.reason(.state)
    case .partialBlock, .emptyRequest, .shortBuffer, .sizeOutOfRange:
      throw Refusal.reason(.argument)
    case .notInFile, .cancelled: throw Refusal.reason(.other)
    }
  }
}
