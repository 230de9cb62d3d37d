internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIReference

/// Copies an input into an image, and reports the outcome for each block.
struct WriteInput {
  private let image: CacheImage
  private let path: FilePath
  private let first: UInt64
  private let lines: RunLines
  private var buffer = [UInt8](repeating: 0, count: 1 << 20)
  /// The number of blocks that the image has taken.
  private(set) var done: UInt64 = 0

  /// Makes a copier into the image in the file at `path`, from disk block `first` on.
  init(of image: CacheImage, at path: FilePath, from first: UInt64, _ lines: RunLines) {
    self.image = image
    self.path = path
    self.first = first
    self.lines = lines
  }

  /// Writes all of `source` into the image, in pieces of 1 MiB. After each piece `hasReader` is
  /// called with `done`, and returns whether the output still has a reader.
  ///
  /// - Throws: `ToolFailure` if the input is empty, is not a whole number of blocks or cannot be
  ///   read, if the image fails, or if the user interrupts; `ToolExit` if the output has no reader.
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

  /// Runs `fill`, and makes the written blocks durable even if it throws. Blocks that cannot be
  /// made durable are reported as dropped.
  ///
  /// - Throws: any error of `fill`; otherwise `ToolFailure` if the image fails.
  mutating func keeping(_ fill: (inout Self) throws -> Void) throws {
    do {
      try fill(&self)
    } catch {
      // The first failure is reported, not one of the flush that follows it.
      try? keep()
      throw error
    }
    try keep()
  }

  private func keep() throws {
    guard done > 0 else { return }
    try ChangedImage.failing(path) { () throws(ImageError) in
      do throws(ImageError) {
        try image.flush { lines.add($0) }
      } catch {
        try image.forEachUnflushed(offset: BlockOffset(first), count: BlockCount(done)) {
          lines.add(.dropped, $0, $1)
        }
        throw error
      }
    }
  }

  /// Validates that a file of `blocks` blocks did not become shorter while it was read.
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

  /// Writes the first `count` bytes of the buffer after the blocks that are done.
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
          // Blocks that made room before the failure are gone, so they are reported.
          for loss in losses { lines.add(loss) }
          throw error
        }
      }
      try tell(losses, block, taken)
      done += taken.rawValue
      start += Int(taken.bytes)
    }
  }

  /// Reports a write of `taken` blocks from `block` on, which lost `losses`. If the losses include
  /// written blocks, the image is asked which of the written blocks are still cached.
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

  /// Returns the failure for an input of `bytes` bytes, which are none or no whole number of
  /// blocks.
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
