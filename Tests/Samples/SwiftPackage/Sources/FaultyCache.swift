public import VCIInProcess
public import VCIReference

/// The reference with a planted fault: a read serves the first of two blocks twice.
public struct FaultyCache: Implementation {
  private let right = ReferenceCache()

  public init() {}

  public var declaration: Declaration {
    Declaration(
      name: "faulty", version: "0.1.0", operations: [.probe, .openForReading, .read],
      features: [.multiLevelTree, .wideDisks])
  }

  public func probe(_ path: String) throws { try right.probe(path) }

  public func open(
    _ path: String, for access: Access, modificationUUID: String?
  ) throws -> CacheImage {
    try right.open(path, for: access, modificationUUID: modificationUUID)
  }

  public func read(_ image: inout CacheImage, block: UInt64, count: UInt64) throws -> [ReadRun] {
    try right.read(&image, block: block, count: count).map { run in
      guard case .hit(let bytes) = run, bytes.count == 1024 else { return run }
      let first = Array(bytes[..<512])
      return .hit(first + first)
    }
  }

  public func create(_ path: String, blocks: UInt64, isFixed: Bool, uuid: String) throws {
    throw Refusal.notImplemented
  }

  public func write(_ image: inout CacheImage, block: UInt64, bytes: [UInt8]) throws -> UInt64 {
    throw Refusal.notImplemented
  }

  public func flush(_ image: inout CacheImage) throws { throw Refusal.notImplemented }

  public func close(_ image: CacheImage) throws { try right.close(image) }
}
