import VCIChecker
import VCIFormat
import VCIReference
import VCITesting

extension CacheImage {
  /// Caches blocks, all bytes of each of them one of `values`; answers how many were taken.
  @discardableResult
  func put(
    _ values: [UInt8], at offset: UInt64, losing: (Loss) -> Void = { _ in }
  ) throws(ImageError) -> UInt64 {
    let bytes = values.flatMap { [UInt8](repeating: $0, count: 512) }
    return try unsafe write(bytes.span.bytes, at: BlockOffset(offset), losing: losing).rawValue
  }

  /// Forgets blocks.
  func forget(
    _ offset: UInt64, _ count: UInt64, losing: (Loss) -> Void = { _ in }
  ) throws(ImageError) {
    try discard(offset: BlockOffset(offset), count: BlockCount(count), losing: losing)
  }

  /// What a read answers, in words: `hit 60 61` with the first byte of each block, `miss 3`.
  func answer(_ offset: UInt64, _ count: UInt64) throws -> String {
    var bytes = [UInt8](repeating: 0xee, count: Int(count) * 512)
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    switch try read(offset: BlockOffset(offset), count: BlockCount(count), into: &buffer) {
    case .miss(let missing): return "miss \(missing)"
    case .hit(let served):
      return (["hit"] + (0..<Int(served.rawValue)).map { "\(bytes[$0 * 512])" })
        .joined(separator: " ")
    }
  }

  /// The cached ones of some blocks, each with its first byte.
  func cached(_ blocks: some Sequence<UInt64>) throws -> [UInt64: UInt8] {
    var found: [UInt64: UInt8] = [:]
    for block in blocks {
      let answer = try answer(block, 1)
      if answer.hasPrefix("hit ") { found[block] = UInt8(answer.dropFirst(4)) }
    }
    return found
  }
}

extension RecordingStorage {
  /// An empty cache of so many blocks.
  static func fresh(blocks: BlockCount) throws -> RecordingStorage {
    let storage = MemoryStorage()
    let plan = try CacheImage.Plan(
      blocks: blocks, type: .dynamic, imageUUID: ImageUUID(high: 1, low: 2))
    try CacheImage.create(in: storage, plan)
    return RecordingStorage(storage.bytes)
  }

  /// The rules that the image breaks, but for advice: none where it is clean.
  var faults: [Rule] {
    get throws {
      try Checker().check(self).findings.filter { $0.ruleClass != .advice }.map(\.rule)
    }
  }
}

/// The error that ends a call.
func failure(_ call: () throws -> Void) -> ImageError? {
  do {
    try call()
    return nil
  } catch {
    return error as? ImageError
  }
}
