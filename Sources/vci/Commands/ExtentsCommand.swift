internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIFormat
internal import VCIReference

/// Lists the extents of an image.
struct ExtentsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extents", abstract: "Lists the runs of disk blocks that are cached, and where.",
    discussion: """
      Example: vci extents cache.vci

      Prints a line for each extent: its first disk block, how many blocks, its first file block. \
      The list ends at the first damage that a read would be refused for; with --json an object of \
      state 'refused' names the block from which on nothing is listed, the rule and the byte.
      """)

  @Argument(help: "The image.", transform: PathArgument.file)
  var file: FilePath

  @Flag(help: "Print a JSON object for each extent, each on its line.")
  var json = false

  private struct Listed: Encodable {
    let block, count, address: String
  }

  func run() throws {
    let bar = ProgressBar(file, in: .things("extents"))
    let lines = OutputLines(beside: bar)
    defer {
      bar.clear()
      lines.flush()
    }
    let image = try openForReading(file)
    var next: BlockOffset = 0
    do throws(ImageError) {
      var count: UInt64 = 0
      while let extent = try image.nextExtent(from: next) {
        lines.write(line(of: extent))
        count += 1
        bar.show(count, of: nil)
        let (end, overflow) = extent.offset.rawValue.addingReportingOverflow(extent.blocks.rawValue)
        guard !overflow, end > next.rawValue else { break }
        next = BlockOffset(end)
      }
      try image.close()
    } catch {
      if json, case .violation(let violation) = error {
        lines.write(Refusal(next, for: violation).line)
      }
      throw Failure.of(error, file)
    }
  }

  private func line(of extent: Extent) -> String {
    guard json else { return "\(extent.offset) \(extent.blocks) \(extent.address)" }
    let listed = Listed(
      block: "\(extent.offset)", count: "\(extent.blocks)", address: "\(extent.address)")
    return String(Output.json(listed).dropLast())
  }
}
