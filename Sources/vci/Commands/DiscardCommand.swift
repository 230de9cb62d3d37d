internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIReference

/// Removes a run of disk blocks from the cache.
struct DiscardCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "discard", abstract: "Forgets what is cached of a run of disk blocks.",
    discussion: """
      Example: vci discard cache.vci --block 2048 --count 16

      Prints 'discarded BLOCK COUNT': none of these blocks is cached now, whether they were before \
      or not. A line 'evicted BLOCK COUNT' or 'dropped BLOCK COUNT' tells of blocks beside them that \
      had to go too, where a node had no room for what was left of an extent. The lines come once all \
      of this survives a crash.

      Where the disk that has the image is so full that not even one node can be written, and one has to \
      be, all that is cached is dropped, with a word on standard error.

      The image is closed cleanly, when it is interrupted too: the line says how far it came.
      """)

  @Argument(help: "The image.", transform: PathArgument.file)
  var file: FilePath

  @Option(help: "The first block of the disk.")
  var block: UInt64

  @Option(help: "How many blocks, at least 1.")
  var count: UInt64

  @Option(
    help: "Refuse the image unless this is the state of the disk that it agrees with.",
    transform: uuidArgument)
  var expect: ImageUUID?

  @Flag(
    help: ArgumentHelp(
      "Write without a lock on the file, where the system has none.",
      discussion: "Nobody else may have the image open then, and nobody is noticed who has."))
  var noLock = false

  @Flag(help: "Print a JSON object for each run, each on its line.")
  var json = false

  func validate() throws {
    guard count > 0 else { throw ValidationError("--count takes 1 block at least.") }
  }

  func run() throws {
    Interruption.watch()
    let bar = ProgressBar(file, in: .things("blocks"))
    var isHeard = true
    let lines = RunLines(OutputLines(beside: bar) { isHeard = false }, json: json)
    defer {
      bar.clear()
      lines.flush()
    }
    try ChangedImage.open(file, expecting: expect, locking: !noLock) { image in
      var losses: [Loss] = []
      var done: UInt64 = 0
      do {
        while done < count {
          if Interruption.isRequested, done > 0 { throw interruption(done) }
          let step = try step(image, from: done)
          try ChangedImage.failing(file) { () throws(ImageError) in
            try image.discard(offset: BlockOffset(block + done), count: BlockCount(step)) {
              losses.append($0)
            }
          }
          done += step
          bar.show(done, of: count)
        }
      } catch {
        // The first failure is reported, not one of the flush that follows it.
        try? tell(image, losses, done, lines)
        throw error
      }
      try tell(image, losses, done, lines)
    }
    lines.flush()
    guard isHeard else { throw ToolExit(1) }
  }

  /// Makes the changes durable, then reports the losses and that the first `done` blocks are
  /// discarded.
  private func tell(
    _ image: CacheImage, _ losses: [Loss], _ done: UInt64, _ lines: RunLines
  ) throws {
    var losses = losses
    try ChangedImage.failing(file) { () throws(ImageError) in
      try image.flush { losses.append($0) }
    }
    for loss in losses { lines.add(loss) }
    if done > 0 { lines.add(.discarded, BlockOffset(block), BlockCount(done)) }
  }

  /// Returns how many blocks to discard in one call, after the first `done`.
  ///
  /// That is all the rest, or at least 2^20 blocks up to a place that is not inside of an extent,
  /// so that no extent is split between two calls.
  private func step(_ image: CacheImage, from done: UInt64) throws -> UInt64 {
    let rest = count - done
    let (reach, overflow) = (block + done).addingReportingOverflow(Self.stepSize - 1)
    guard rest > Self.stepSize, !overflow else { return rest }
    let extent = try ChangedImage.failing(file) { () throws(ImageError) in
      try image.nextExtent(from: BlockOffset(reach))
    }
    guard let extent else { return rest }
    let end =
      extent.offset.rawValue > reach
      ? extent.offset.rawValue : extent.offset.rawValue + extent.blocks.rawValue
    return min(rest, end - (block + done))
  }

  private static let stepSize: UInt64 = 1 << 20

  private func interruption(_ done: UInt64) -> ToolFailure {
    ToolFailure(
      code: 1, kind: "interrupted",
      "\(FileName(file)): interrupted; \(done) blocks from block \(block) on are discarded, "
        + "and the image is closed")
  }
}
