internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIReference

/// Compares every cached block of an image with the disk that it caches.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Says whether every cached block equals that of the disk.",
    discussion: """
      Examples: vci compare cache.vci disk.img
                vci compare cache.vci /dev/vdb1 --at 2048

      DISK is a raw image of the disk, or a block device. A line 'differs BLOCK COUNT' is printed for \
      each longest run of cached blocks that differ, then how many of the cached blocks do. A cached \
      block behind the end of DISK differs. With --at, DISK is a part of the disk that begins at this \
      block, and cached blocks outside of it are counted and not compared. Nothing is written.

      Exit codes: 0 every cached block equals the disk's, 2 some differ, or the image is damaged, 1 \
      could not complete, 5 not a VCI, 6 unsupported version; 64 wrong usage.
      """)

  @Argument(help: "The image.", transform: PathArgument.file)
  var cache: FilePath

  @Argument(help: "The disk.", transform: PathArgument.file)
  var disk: FilePath

  @Option(help: ArgumentHelp("The block of the disk with which DISK begins.", valueName: "block"))
  var at: UInt64?

  @Flag(help: "Print JSON objects, each on its line.")
  var json = false

  private struct Summary: Encodable {
    let cached, differing, outside: String
    let exit: Int32
  }

  func run() throws {
    Interruption.watch()
    let bar = ProgressBar(cache, in: .bytes)
    let lines = OutputLines(beside: bar)
    defer {
      bar.clear()
      lines.flush()
    }
    let image = try openForReading(cache)
    guard !disk.isSameFile(as: cache) else {
      throw ToolFailure.usage("DISK is the image itself.")
    }
    let source: FileStorage
    do throws(StorageError) {
      source = try FileStorage(reading: disk)
    } catch {
      throw Failure.of(.storage(error), disk)
    }
    var comparison = DiskComparison(
      image, (cache, disk), source, from: at, RunLines(lines, json: json), bar)
    try comparison.run()
    let exit: Int32 = comparison.differing > 0 ? 2 : 0
    lines.write(summary(of: comparison, exit))
    if exit != 0 {
      lines.flush()
      throw ToolExit(exit)
    }
  }

  private func summary(of comparison: DiskComparison, _ exit: Int32) -> String {
    guard !json else {
      let summary = Summary(
        cached: "\(comparison.cached)", differing: "\(comparison.differing)",
        outside: "\(comparison.outside)", exit: exit)
      return String(Output.json(summary).dropLast())
    }
    let outside = comparison.outside > 0 ? ", \(comparison.outside) outside of the disk" : ""
    return "\(comparison.differing) of \(comparison.cached) cached blocks differ\(outside)"
  }
}
