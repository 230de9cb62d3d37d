internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIReference

/// Writes data of disk blocks into the cache.
struct WriteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "write", abstract: "Caches what a run of disk blocks holds.",
    discussion: """
      Examples: vci write cache.vci --block 0 --input disk.img
                dd if=disk.img skip=2048 count=16 | vci write cache.vci --block 2048

      The input is a whole number of blocks of 512 bytes, at least one. Where it is a file, this is \
      judged before anything is written; of a pipe the blocks before a last part of one are written.

      Prints a line 'written BLOCK COUNT' for each longest run that is cached now, 'evicted BLOCK \
      COUNT' for what had to make room, and 'dropped BLOCK COUNT' for what could not be kept. They \
      stand in the order of events, so that of all lines on a block the last one holds: what is lost \
      because the disk fails is taken back by 'dropped'.

      A disk that is full, a quota, or a limit of the file's size makes the cache as small as what \
      fits there, with a word on standard error; it is no failure.

      The image is closed cleanly, when it is interrupted too: what was written until then is cached.
      """)

  @Argument(help: "The image.", transform: PathArgument.file)
  var file: FilePath

  @Option(help: "The first block of the disk.")
  var block: UInt64

  @Option(
    help: "The file to read; standard input where none is given, or -.",
    transform: PathArgument.file)
  var input: FilePath?

  @Option(
    help: "Refuse the image unless this is the state of the disk that it agrees with.",
    transform: uuidArgument)
  var expect: ImageUUID?

  @Option(
    name: .customLong("modification-uuid"),
    help: "The state of the disk that the image agrees with, once all is written.",
    transform: uuidArgument)
  var modificationUUID: ImageUUID?

  @Flag(
    help: ArgumentHelp(
      "Write without a lock on the file, where the system has none.",
      discussion: "Nobody else may have the image open then, and nobody is noticed who has."))
  var noLock = false

  @Flag(help: "Print a JSON object for each run, each on its line.")
  var json = false

  func run() throws {
    let source = try openedInput()
    let total = source.byteCount
    if let total { try validate(total, of: source) }
    Interruption.watch()
    let bar = ProgressBar(file, in: .bytes)
    var isHeard = true
    let lines = RunLines(OutputLines(beside: bar) { isHeard = false }, json: json)
    defer {
      bar.clear()
      lines.flush()
    }
    try ChangedImage.open(file, expecting: expect, locking: !noLock) { image in
      var copying = WriteInput(of: image, at: file, from: block, lines)
      try copying.keeping { copying throws in
        try copying.copy(source) { done in
          bar.show(done * Format.blockSize, of: total)
          return isHeard
        }
        if let total { try copying.validateEnd(of: source, total / Format.blockSize) }
      }
      guard let modificationUUID else { return }
      try ChangedImage.failing(file) { () throws(ImageError) in
        try image.setModificationUUID(modificationUUID) { lines.add($0) }
      }
    }
    lines.flush()
    guard isHeard else { throw ToolExit(1) }
  }
}

extension WriteCommand {
  /// Opens the input: a file or standard input.
  ///
  /// - Throws: `ToolFailure` if it cannot be opened, or is the image itself.
  private func openedInput() throws -> InputFile {
    let source: InputFile
    do throws(StorageError) {
      if let input, input != "-" {
        source = try InputFile(at: input)
      } else {
        source = try InputFile.standard()
      }
    } catch {
      throw Failure.of(.storage(error), input.map { "\(FileName($0))" } ?? "standard input")
    }
    guard !source.isFile(at: file) else {
      throw ToolFailure.usage(
        "\(input == nil ? "standard input is" : "--input names") the image itself.")
    }
    if source.isTerminal { Output.note("reading from the terminal; --input names a file") }
    return source
  }

  /// Validates that `total` bytes are a whole number of blocks, at least one, and that 64 bits can
  /// number all of them from `block` on.
  private func validate(_ total: UInt64, of source: InputFile) throws {
    guard total > 0, total % Format.blockSize == 0 else {
      throw WriteInput.failure(ofInput: source, "nothing is written", bytes: total)
    }
    guard !block.addingReportingOverflow(total / Format.blockSize - 1).overflow else {
      throw ToolFailure.usage("--block is so large that 64 bits cannot count the blocks behind it.")
    }
  }
}
