internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIReference

/// Copies an input into an image, and prints what became of each block.
struct WriteInput {
  private let image: CacheImage
  private let path: FilePath
  private let first: UInt64
  private let lines: RunLines
  private var buffer = [UInt8](repeating: 0, count: 1 << 20)
  /// How many blocks the image has taken.
  private(set) var done: UInt64 = 0

  /// Makes it for an image in the file at `path`, from disk block `first` on.
  init(of image: CacheImage, at path: FilePath, from first: UInt64, _ lines: RunLines) {
    self.image = image
    self.path = path
    self.first = first
    self.lines = lines
  }

  /// Puts all of `source` into the image, in pieces of 1 MiB; after each, `hasReader` says whether
  /// anybody still reads of it.
  ///
  /// - Throws: `ToolFailure` for an input that is no whole number of blocks, at least one, and one
  ///   that cannot be read; where the image fails, and where the user interrupts; `ToolExit` where
  ///   there is no reader.
  mutating func copy(_ source: InputFile, hasReader: (UInt64) -> Bool) throws {
    while true {
      let count = try read(source)
      try endIfInterrupted()
      let whole = count - count % Int(Format.blockSize)
      try put(whole)
      guard hasReader(done) else { throw ToolExit(1) }
      try endIfInterrupted()
      guard whole == count, done > 0 else {
        throw Self.failure(
          ofInput: source, written, bytes: done * Format.blockSize + UInt64(count - whole))
      }
      if count < buffer.count { return }
    }
  }

  /// Lets `fill` put something into the image, and makes it durable, however that ends; what is
  /// lost is told of as dropped.
  ///
  /// - Throws: what `fill` throws, and else `ToolFailure` where the image fails.
  mutating func keeping(_ fill: (inout Self) throws -> Void) throws {
    do {
      try fill(&self)
    } catch {
      // The first failure is the one to tell of.
      try? keep()
      throw error
    }
    try keep()
  }

  private func keep() throws {
    guard done > 0 else { return }
    try ChangedImage.failing(path) { () throws(ImageError) in
      do throws(ImageError) {
        try image.flush()
      } catch {
        try image.forEachUnflushed(offset: BlockOffset(first), count: BlockCount(done)) {
          lines.add(.dropped, $0, $1)
        }
        throw error
      }
    }
  }

  /// Validates that a file of `blocks` blocks has not become shorter meanwhile.
  func validateEnd(of source: InputFile, _ blocks: UInt64) throws {
    guard done < blocks else { return }
    throw ToolFailure(
      code: 1, kind: "input",
      "\(source.name): it had \(blocks) blocks, and ended before; \(written)")
  }

  private mutating func read(_ source: InputFile) throws -> Int {
    do throws(StorageError) {
      return try source.fill(&buffer)
    } catch {
      throw Failure.of(.storage(error), "\(source.name) (\(written))")
    }
  }

  /// Puts the first `count` bytes of the buffer behind what is done.
  private mutating func put(_ count: Int) throws {
    let blocks = UInt64(count) / Format.blockSize
    guard blocks == 0 || !first.addingReportingOverflow(done + blocks - 1).overflow else {
      throw ToolFailure(
        code: 1, kind: "input", "\(FileName(path)): 64 bits cannot count more blocks; \(written)")
    }
    var start = 0
    while start < count {
      let block = first + done
      var losses: [Loss] = []
      let taken = try ChangedImage.failing(path) { () throws(ImageError) in
        do throws(ImageError) {
          return try unsafe image.write(
            buffer.span.bytes.extracting(start..<count), at: BlockOffset(block)
          ) { losses.append($0) }
        } catch {
          // What had to make room before it failed is gone.
          for loss in losses { lines.add(loss) }
          throw error
        }
      }
      try tell(losses, block, taken)
      done += taken.rawValue
      start += Int(taken.bytes)
    }
  }

  /// Tells of a write of `taken` blocks from `block` on, which lost `losses`.
  private func tell(_ losses: [Loss], _ block: UInt64, _ taken: BlockCount) throws {
    for loss in losses { lines.add(loss) }
    let isWhole = !losses.contains { loss in
      loss.offset.rawValue &- block < taken.rawValue
        || block &- loss.offset.rawValue < loss.count.rawValue
    }
    guard !isWhole else { return lines.add(.written, BlockOffset(block), taken) }
    var asked: UInt64 = 0
    while asked < taken.rawValue {
      let place = BlockOffset(block + asked)
      let answer = try ChangedImage.failing(path) { () throws(ImageError) in
        try image.locate(offset: place, count: BlockCount(taken.rawValue - asked))
      }
      switch answer {
      case .miss(let missing): asked += missing.rawValue
      case .hit(let cached):
        lines.add(.written, place, cached)
        asked += cached.rawValue
      }
    }
  }

  private func endIfInterrupted() throws {
    guard Interruption.isRequested else { return }
    throw ToolFailure(
      code: 1, kind: "interrupted",
      "\(FileName(path)): interrupted; \(written), and the image is closed")
  }

  private var written: String {
    done == 0 ? "nothing is written" : "\(done) blocks from block \(first) on are written"
  }

  /// The failure of an input of so many bytes.
  static func failure(
    ofInput source: InputFile, _ written: String, bytes: UInt64
  ) -> ToolFailure {
    let flaw =
      bytes == 0
      ? "empty, where 1 block of \(Format.blockSize) bytes is the least"
      : "\(bytes) bytes are no whole number of blocks of \(Format.blockSize) bytes"
    return ToolFailure(code: 1, kind: "input", "\(source.name): \(flaw); \(written)")
  }
}
