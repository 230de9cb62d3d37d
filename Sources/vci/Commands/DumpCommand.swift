internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIFormat
internal import VCIReference

/// Shows the structures of an image byte for byte.
struct DumpCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dump", abstract: "Shows an image's structures byte for byte, whatever they are.",
    discussion: """
      Examples: vci dump cache.vci
                vci dump cache.vci --node 12

      Each line has the byte in the file, bytes, their name, what they hold and what that means: \
      header, block map, runs of the bitmap, then the tree, each node before its children. Nothing \
      is judged, and damage does not change the exit code; vci check does that.
      """)

  @Argument(help: "The image.", transform: PathArgument.file)
  var file: FilePath

  @Option(help: "Show the 8 blocks from this one on as a node, and nothing else.")
  var node: UInt64?

  @Flag(help: "Print a JSON object for each line, each on its line.")
  var json = false

  private struct Dumped: Encodable {
    let offset: JSONNumber
    let length: Int
    let bytes, path, value, meaning: String
  }

  func run() throws {
    let bar = ProgressBar(file, in: .bytes)
    let lines = OutputLines(beside: bar)
    defer {
      bar.clear()
      lines.flush()
    }
    do throws(StorageError) {
      let source = ProgressSource(try FileStorage(reading: file), on: bar)
      let dump = Dump(of: source) { lines.write(text(of: $0)) }
      if let node { try dump.writeNode(at: BlockAddress(node)) } else { try dump.writeAll() }
    } catch {
      throw Failure.of(.storage(error), file)
    }
  }

  private func text(of line: DumpLine) -> String {
    guard json else { return "\(line)" }
    switch line {
    case .note(let words): return String(Output.json(["note": words]).dropLast())
    case .bytes(let dumped):
      let object = Dumped(
        offset: JSONNumber(dumped.offset), length: dumped.length, bytes: dumped.digits,
        path: dumped.path,
        value: dumped.value, meaning: dumped.meaning)
      return String(Output.json(object).dropLast())
    }
  }
}
