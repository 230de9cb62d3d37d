internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIReference

/// The argument of `--type`: how a cache uses its file.
enum CacheTypeArgument: String, ExpressibleByArgument, CaseIterable {
  case dynamic
  case fixed

  var type: CacheType { self == .fixed ? .fixed : .dynamic }
}

/// Makes an empty image.
struct CreateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Makes an empty image; an existing file is never touched.",
    discussion: """
      Example: vci create cache.vci --size 1GiB --type fixed
      """)

  @Argument(help: "The file to make.", transform: PathArgument.file)
  var file: FilePath

  @Option(
    help: "The most bytes the file may have: 512, 64KiB, 1GiB; a multiple of 512.",
    transform: ByteSize.argument)
  var size: ByteSize

  @Option(help: "Whether the file grows up to its size, or has it from the start.")
  var type: CacheTypeArgument = .dynamic

  @Option(
    help: "The UUID of the image; a random one otherwise.",
    transform: uuidArgument)
  var uuid: ImageUUID?

  @Flag(help: "Take the size as it is; otherwise it is rounded up to a multiple of 2 MiB.")
  var exactSize = false

  @Flag(help: "Print what was made as JSON.")
  var json = false

  func validate() throws {
    guard size.bytes % Format.blockSize == 0 else {
      throw ValidationError("--size takes a multiple of 512 bytes, not \(size.bytes).")
    }
  }

  private struct Made: Encodable {
    let image: String
    let imageBytes: String?
    let type, uuid: String
    let bytes: UInt64
    let rounded: Bool
  }

  func run() throws {
    Interruption.watch()
    var random = SystemRandomNumberGenerator()
    let asked = BlockCount(size.bytes / Format.blockSize)
    let blocks = exactSize ? asked : CacheImage.Plan.roundedUp(asked)
    let identity = uuid ?? ImageUUID.random(using: &random)
    let bar = ProgressBar(file, in: .bytes)
    do throws(ImageError) {
      // The size is planned unrounded first: one that is too small must fail, even if it would be
      // valid after rounding.
      let least = try CacheImage.Plan(bytes: size.bytes, type: type.type, imageUUID: identity)
      let plan = try CacheImage.Plan(
        blocks: max(blocks, least.blocks), type: type.type, imageUUID: identity)
      try CacheImage.create(at: file, plan) { percent in
        bar.show(plan.blocks.bytes / 100 * UInt64(percent), of: plan.blocks.bytes)
        return !Interruption.isRequested
      }
    } catch {
      bar.clear()
      throw Failure.of(error, file)
    }
    bar.clear()
    tell(
      Made(
        image: FileName(file).text, imageBytes: FileName(file).hexadecimal, type: type.rawValue,
        uuid: "\(identity)", bytes: blocks.bytes,
        rounded: blocks != asked))
  }

  private func tell(_ made: Made) {
    guard !json else { return Output.write(Output.json(made)) }
    let size = ByteSize(bytes: made.bytes).text
    if made.rounded {
      Output.note("size rounded up to \(size), a multiple of 2 MiB; --exact-size takes it as it is")
    }
    Output.write("\(FileName(file)): a \(made.type) cache of \(size), UUID \(made.uuid)\n")
  }
}
