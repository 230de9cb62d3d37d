internal import VCIFormat
public import VCIReference
public import VCITesting

extension CacheImage {
  /// Caches blocks, each filled with one of `values`. Returns how many were taken.
  @discardableResult
  public func put(
    _ values: [UInt8], at offset: UInt64, losing: (Loss) -> Void = { _ in }
  ) throws(ImageError) -> UInt64 {
    try put(bytes: values.flatMap { [UInt8](repeating: $0, count: 512) }, at: offset, losing)
  }

  /// Caches bytes as they are.
  @discardableResult
  public func put(
    bytes: [UInt8], at offset: UInt64, _ losing: (Loss) -> Void = { _ in }
  ) throws(ImageError) -> UInt64 {
    try unsafe write(bytes.span.bytes, at: BlockOffset(offset), losing: losing).rawValue
  }

  /// Forgets blocks.
  public func forget(
    _ offset: UInt64, _ count: UInt64, losing: (Loss) -> Void = { _ in }
  ) throws(ImageError) {
    try discard(offset: BlockOffset(offset), count: BlockCount(count), losing: losing)
  }

  /// The outcome of a read in words: `hit 60 61` with the first byte of each block, `miss 3`.
  public func outcome(_ offset: UInt64, _ count: UInt64) throws(ImageError) -> String {
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

  /// The first byte of each of `blocks` that is cached.
  public func cached(_ blocks: some Sequence<UInt64>) throws -> [UInt64: UInt8] {
    var found: [UInt64: UInt8] = [:]
    for block in blocks {
      let outcome = try outcome(block, 1)
      if outcome.hasPrefix("hit ") { found[block] = UInt8(outcome.dropFirst(4)) }
    }
    return found
  }

  /// The first byte of each block of `blocks` that is cached, read in runs.
  public func values(in blocks: Range<UInt64>) throws(ImageError) -> [UInt64: UInt8] {
    var found: [UInt64: UInt8] = [:]
    var bytes = [UInt8](repeating: 0, count: blocks.count * 512)
    var next = blocks.lowerBound
    while next < blocks.upperBound {
      var span = bytes.mutableSpan
      var buffer = unsafe span.mutableBytes
      let answer = try read(
        offset: BlockOffset(next), count: BlockCount(blocks.upperBound - next), into: &buffer)
      switch answer {
      case .miss(let missing): next += missing.rawValue
      case .hit(let served):
        for step in 0..<served.rawValue { found[next + step] = bytes[Int(step) * 512] }
        next += served.rawValue
      }
    }
    return found
  }
}

extension HandmadeImage {
  /// The image, opened in memory for a purpose.
  public func opened(_ purpose: CacheImage.Purpose) throws -> CacheImage {
    try CacheImage.open(MemoryStorage(bytes), purpose: purpose)
  }
}

/// The error that ends a call; `nil` if it succeeds.
public func failure(_ call: () throws -> Void) -> ImageError? {
  do {
    try call()
    return nil
  } catch {
    return error as? ImageError
  }
}
