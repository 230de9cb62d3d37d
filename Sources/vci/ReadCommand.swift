internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIFormat
internal import VCIReference

/// Says what an image holds of a run of disk blocks, and delivers it.
struct ReadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "read", abstract: "Says which blocks of the disk are cached, and delivers them.",
    discussion: """
      Example: vci read cache.vci --block 2048 --count 16 --output blocks.bin

      Prints a line 'hit BLOCK COUNT' or 'miss BLOCK COUNT' for each longest run. With \
      --output the bytes of hits stand where they belong, misses are holes, and the file is COUNT \
      blocks long; if no file can be, it ends behind the last hit. It takes its name once it is \
      complete. Without --output no data is read.
      """)

  @Argument(help: "The image.")
  var file: String

  @Option(help: "The first block of the disk.")
  var block: UInt64

  @Option(help: "How many blocks, at least 1.")
  var count: UInt64

  @Option(help: "The file to write; a regular file of that name is replaced.")
  var output: String?

  @Flag(help: "Print a JSON object for each run, each on its line.")
  var json = false

  func validate() throws {
    guard count > 0 else { throw ValidationError("--count takes 1 block at least.") }
    guard output != "" else { throw ValidationError("--output takes the name of a file.") }
  }

  func run() throws {
    let runs = RunLines(json: json)
    defer { runs.flush() }
    let storage = try asked(of: file) { () throws(StorageError) in
      try FileStorage(sharing: FilePath(file))
    }
    let image: CacheImage
    do throws(ImageError) {
      image = try CacheImage.open(storage, purpose: .reading)
    } catch {
      throw Failure.of(error, file)
    }
    guard let output else { return try copy(from: image, to: nil, runs) }
    guard !storage.isFile(at: FilePath(output)) else {
      throw ToolFailure.usage("--output names the image itself.")
    }
    Interruption.watch()
    let target = try asked(of: output) { () throws(StorageError) in
      try OutputFile(at: FilePath(output))
    }
    do {
      let fits = try asked(of: output) { () throws(StorageError) in
        try target.resize(to: BlockCount(count))
      }
      if !fits { Output.note("\(output): no file can be that long; it ends behind the last hit") }
      try copy(from: image, to: target, runs)
      try asked(of: output) { () throws(StorageError) in try target.finish() }
    } catch {
      target.discard()
      throw error
    }
  }

  /// Tells of all runs, and copies hits.
  private func copy(from image: CacheImage, to target: OutputFile?, _ runs: RunLines) throws {
    var buffer = [UInt8](repeating: 0, count: target == nil ? 0 : Self.pieceSize)
    var done: UInt64 = 0
    while done < count {
      // From block 2^54 on all is one miss, so that no sum passes 64 bits.
      let place = BlockOffset(block + done)
      switch try located(image, place, BlockCount(count - done)) {
      case .miss(let missing):
        runs.add(.miss, place, missing)
        done += missing.rawValue
      case .hit(let served):
        if let target { try copy(served, at: done, from: image, to: target, &buffer) }
        runs.add(.hit, place, served)
        done += served.rawValue
      }
      try endIfInterrupted()
    }
    runs.finish()
  }

  private static var pieceSize: Int { 1 << 20 }

  /// Copies `count` cached blocks that stand `done` blocks behind the first, in pieces of 1 MiB.
  private func copy(
    _ count: BlockCount, at done: UInt64, from image: CacheImage, to target: OutputFile,
    _ buffer: inout [UInt8]
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
      try asked(of: output ?? "") { () throws(StorageError) in
        try unsafe target.write(
          buffer.span.bytes.extracting(0..<Int(served.bytes)), behind: BlockCount(done + copied))
      }
      copied += served.rawValue
      try endIfInterrupted()
    }
  }

  private func located(
    _ image: CacheImage, _ place: BlockOffset, _ count: BlockCount
  ) throws -> ReadAnswer {
    do throws(ImageError) {
      return try image.locate(offset: place, count: count)
    } catch {
      throw Failure.of(error, file)
    }
  }

  private func endIfInterrupted() throws {
    guard Interruption.isRequested else { return }
    throw ToolFailure(
      code: 1, kind: "interrupted", "\(output ?? file): interrupted; nothing is left")
  }

  /// Turns a failure of the file called `name` into one of the tool.
  private func asked<Value>(
    of name: String, _ call: () throws(StorageError) -> Value
  ) throws -> Value {
    do throws(StorageError) {
      return try call()
    } catch {
      throw Failure.of(.storage(error), name)
    }
  }
}

/// Lines of longest runs: what follows its like is one run with it.
private final class RunLines {
  enum Kind: String, Encodable {
    case hit
    case miss
  }

  private struct Run: Encodable {
    let kind: Kind
    let block, count: String
  }

  private let json: Bool
  private let lines = OutputLines()
  private var last: (kind: Kind, block: BlockOffset, count: UInt64)?

  init(json: Bool) { self.json = json }

  func add(_ kind: Kind, _ block: BlockOffset, _ count: BlockCount) {
    if let last, last.kind == kind {
      self.last?.count += count.rawValue
    } else {
      finish()
      last = (kind, block, count.rawValue)
    }
  }

  /// Writes the run that is not written yet.
  func finish() {
    guard let last else { return }
    self.last = nil
    if json {
      let run = Run(kind: last.kind, block: "\(last.block)", count: "\(last.count)")
      lines.write(String(Output.json(run).dropLast()))
    } else {
      lines.write("\(last.kind.rawValue) \(last.block) \(last.count)")
    }
  }

  func flush() {
    finish()
    lines.flush()
  }
}
