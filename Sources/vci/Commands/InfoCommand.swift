internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIReference

/// Shows the header and the root of an image.
struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Shows what an image says of itself; nothing is checked deeply.",
    discussion: """
      Example: vci info cache.vci
      """)

  @Argument(help: "The image.", transform: PathArgument.file)
  var file: FilePath

  @Flag(help: "Print JSON.")
  var json = false

  private struct Shown: Encodable {
    let image: String
    let imageBytes: String?
    let type, uuid, modificationUUID, size, blocks, mapAddress, rootAddress: String
    let rootType: String
    let rootEntries: Int
    let version: UInt32
    let dirty: Bool
    let fileBytes: JSONNumber
  }

  func run() throws {
    let information: CacheImage.Information
    do throws(ImageError) {
      let image = try CacheImage.open(at: file, purpose: .information)
      information = image.information
      try image.close()
    } catch {
      throw Failure.of(error, file)
    }
    show(
      Shown(
        image: FileName(file).text, imageBytes: FileName(file).hexadecimal,
        type: information.type == .fixed ? "fixed" : "dynamic",
        uuid: "\(information.imageUUID)", modificationUUID: "\(information.modificationUUID)",
        size: "\(information.blocks.bytes)", blocks: "\(information.blocks)",
        mapAddress: "\(information.map.first)", rootAddress: "\(information.root.first)",
        rootType: information.rootType == .leaf ? "leaf" : "internal",
        rootEntries: information.rootEntries, version: information.version,
        dirty: information.isDirty, fileBytes: JSONNumber(information.byteCount)),
      fileBytes: information.byteCount)
  }

  private func show(_ shown: Shown, fileBytes: UInt64) {
    guard !json else { return Output.write(Output.json(shown)) }
    let size = UInt64(shown.size).map { ByteSize(bytes: $0).text } ?? shown.size
    Output.write(
      """
      image:             \(FileName(file))
      format:            VCI, version \(shown.version)
      type:              \(shown.type)
      size:              \(size), \(shown.blocks) blocks
      file:              \(fileBytes) bytes
      closed cleanly:    \(shown.dirty ? "no" : "yes")
      UUID:              \(shown.uuid)
      modification UUID: \(shown.modificationUUID)
      block map:         at block \(shown.mapAddress)
      root:              at block \(shown.rootAddress), \(root(of: shown))

      """)
  }

  private func root(of shown: Shown) -> String {
    let plural = shown.rootEntries == 1 ? "" : "s"
    return shown.rootType == "leaf"
      ? "a leaf of \(shown.rootEntries) extent\(plural)"
      : "an internal node that leads to \(shown.rootEntries) node\(plural)"
  }
}
