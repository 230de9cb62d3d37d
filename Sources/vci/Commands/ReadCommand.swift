internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIReference

/// Reports which blocks of a run are cached, and copies them to an output.
struct ReadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "read", abstract: "Says which blocks of the disk are cached, and delivers them.",
    discussion: """
      Examples: vci read cache.vci --block 2048 --count 16 --output blocks.bin
                vci read cache.vci --block 0 --count 2048 --output - | sha256sum

      Prints a line 'hit BLOCK COUNT' or 'miss BLOCK COUNT' for each longest run. With \
      --output the bytes of hits stand where they belong, misses are holes, and the file is COUNT \
      blocks long; if no file can be, it ends behind the last hit. It takes its name once it is \
      complete. Without --output no data is read. At damage the command ends; with --json an object \
      of state 'refused' names the blocks that are left, the rule and the byte.

      With --output -, /dev/stdout, a pipe or a device the blocks come as a stream, in which misses are \
      zeros; where that is standard output the lines go to standard error.
      """)

  @Argument(help: "The image.", transform: PathArgument.file)
  var file: FilePath

  @Option(help: "The first block of the disk.")
  var block: UInt64

  @Option(help: "How many blocks, at least 1.")
  var count: UInt64

  @Option(
    help: "The file to write, or - for standard output; a regular file of that name is replaced.",
    transform: PathArgument.file)
  var output: FilePath?

  @Flag(help: "Print a JSON object for each run, each on its line.")
  var json = false

  func validate() throws {
    guard count > 0 else { throw ValidationError("--count takes 1 block at least.") }
    guard !(json && isStreamed) else {
      throw ValidationError("--json and --output - both want standard output.")
    }
  }

  /// Whether the data goes to standard output.
  private var isStreamed: Bool { output.map(ByteStream.isStandardOutput) ?? false }

  func run() throws {
    let bar = ProgressBar(file, in: .bytes)
    let lines = isStreamed ? OutputLines(onErrorsBeside: bar) : OutputLines(beside: bar)
    let runs = RunLines(lines, json: json)
    defer {
      bar.clear()
      runs.flush()
    }
    let image = try openForReading(file)
    try validateOutput()
    var target = try ReadTarget(at: output)
    do {
      try target.begin(BlockCount(count))
      try copy(from: image, to: &target, runs, bar)
      try target.finish(BlockCount(count))
    } catch {
      target.discard()
      throw error
    }
  }

  /// Validates that the output is not the image itself.
  private func validateOutput() throws {
    guard let output, !ByteStream.isStandardOutput(output) else { return }
    guard !output.isSameFile(as: file) else {
      throw ToolFailure.usage("--output names the image itself.")
    }
  }

  /// Reports all runs, and copies the hits to `target`.
  private func copy(
    from image: CacheImage, to target: inout ReadTarget, _ runs: RunLines, _ bar: ProgressBar
  ) throws {
    var buffer = [UInt8](repeating: 0, count: target.wantsBytes ? Self.pieceSize : 0)
    var done: UInt64 = 0
    while done < count {
      // All blocks from 2^54 on are a single miss, so no sum overflows 64 bits.
      let place = BlockOffset(block + done)
      switch try located(image, place, BlockCount(count - done), runs) {
      case .miss(let missing):
        runs.add(.miss, place, missing)
        done += missing.rawValue
      case .hit(let served):
        if target.wantsBytes { try copy(served, at: done, from: image, to: &target, &buffer, bar) }
        runs.add(.hit, place, served)
        done += served.rawValue
      }
      show(done, on: bar)
      try endIfInterrupted()
    }
    runs.finish()
  }

  private static var pieceSize: Int { 1 << 20 }

  /// Copies `count` cached blocks, `done` blocks after the first one, in pieces of 1 MiB.
  private func copy(
    _ count: BlockCount, at done: UInt64, from image: CacheImage, to target: inout ReadTarget,
    _ buffer: inout [UInt8], _ bar: ProgressBar
  ) throws {
    var copied: UInt64 = 0
    while copied < count.rawValue {
      let piece = BlockCount(
        min(count.rawValue - copied, UInt64(Self.pieceSize) / Format.blockSize))
      var span = buffer.mutableSpan
      var bytes = unsafe span.mutableBytes
      let served: BlockCount
      do throws(ImageError) {
        let place = BlockOffset(block + done + copied)
        guard case .hit(let hit) = try image.read(offset: place, count: piece, into: &bytes) else {
          preconditionFailure("block \(place) was cached and is no more")
        }
        served = hit
      } catch {
        throw Failure.of(error, file)
      }
      try unsafe target.write(
        buffer.span.bytes.extracting(0..<Int(served.bytes)), behind: BlockCount(done + copied))
      copied += served.rawValue
      show(done + copied, on: bar)
      try endIfInterrupted()
    }
  }

  private func show(_ done: UInt64, on bar: ProgressBar) {
    bar.show(BlockCount(done).bytes, of: BlockCount(count).bytes)
  }

  private func located(
    _ image: CacheImage, _ place: BlockOffset, _ count: BlockCount, _ runs: RunLines
  ) throws -> ReadAnswer {
    do throws(ImageError) {
      return try image.locate(offset: place, count: count)
    } catch {
      if case .violation(let violation) = error { runs.refuse(place, count, for: violation) }
      throw Failure.of(error, file)
    }
  }

  private func endIfInterrupted() throws {
    guard Interruption.isRequested else { return }
    let ending = isStreamed ? "" : "; nothing is left"
    throw ToolFailure(
      code: 1, kind: "interrupted", "\(FileName(output ?? file)): interrupted\(ending)")
  }
}
