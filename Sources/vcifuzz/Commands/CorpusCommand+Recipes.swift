internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCICorpus
internal import VCIFiles
internal import VCIFormat
internal import VCIFuzzing

extension CorpusCommand {
  /// Makes an image from a recipe.
  struct Assemble: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "assemble", abstract: "Makes the image that a recipe describes.",
      discussion: """
        The form of recipes is described in Specs/Recipes.md. Where the recipe has nothing, the \
        file has holes; elsewhere it has at most 1 GiB, unless --limit allows more. A file that is \
        there already is left alone, unless --force is given.

        Examples: vcifuzz corpus assemble image.vcir
                  vcifuzz corpus assemble image.vcir --output copy.vci
        """)

    @Argument(help: "The recipe.", transform: PathArgument.file)
    var recipe: FilePath

    @Option(
      help: "The image; the recipe's name with the ending .vci where none is given.",
      transform: PathArgument.file)
    var output: FilePath?

    @Option(
      help: "The most bytes outside of holes: 512, 64KiB, 4GiB.", transform: ByteSize.argument)
    var limit = ByteSize(bytes: RecipeFile.writtenLimit)

    @Flag(help: "Take the place of a file that is there already.")
    var force = false

    @Flag(help: "Print JSON.")
    var json = false

    private struct Made: Encodable {
      let image: String
      let imageBytes: String?
      let size: JSONNumber
      let crc32: String
    }

    func run() throws {
      // The first signal does not end the program, so that no unfinished file is left.
      Interruption.watch()
      var target = output ?? recipe
      if output == nil { target.extension = "vci" }
      guard !target.isSameFile(as: recipe) else {
        throw ToolFailure.usage("the recipe and the image are one file: \(FileName(recipe))")
      }
      let made =
        try RecipeFile.assemble(
          recipe, to: target, force ? .allowed : .refused, writing: limit.bytes)
      Output.write(
        json
          ? Output.json(
            Made(
              image: FileName(target).text, imageBytes: FileName(target).hexadecimal,
              size: JSONNumber(made.size), crc32: made.crc32))
          : "\(FileName(target)): \(made.size) bytes, CRC-32 \(made.crc32)\n")
    }
  }

  /// Makes a recipe from an image.
  struct Disassemble: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "disassemble", abstract: "Makes the recipe of an image.",
      discussion: """
        The recipe assembles to the same bytes, whatever they are. It is printed, or written to \
        the file that --output names; one that is there already is left alone, unless --force is given.

        Examples: vcifuzz corpus disassemble image.vci
                  vcifuzz corpus disassemble image.vci --output image.vcir
        """)

    @Argument(help: "The image.", transform: PathArgument.file)
    var image: FilePath

    @Option(help: "The file for the recipe; - for standard output.", transform: PathArgument.file)
    var output: FilePath?

    @Flag(help: "Take the place of a file that is there already.")
    var force = false

    @Flag(help: "Print JSON.")
    var json = false

    private struct Printed: Encodable {
      let image: String
      let imageBytes: String?
      let recipe: String
    }

    private struct Written: Encodable {
      let image: String
      let imageBytes: String?
      let output: String
      let outputBytes: String?
    }

    func run() throws {
      let name = FileName(image)
      if let output, output.isSameFile(as: image) {
        throw ToolFailure.usage("the image and the recipe are one file: \(name)")
      }
      let text = try RecipeFile.disassemble(image)
      guard let output, !ByteStream.isStandardOutput(output) else {
        let printed = Printed(image: name.text, imageBytes: name.hexadecimal, recipe: text)
        return Output.write(json ? Output.json(printed) : text)
      }
      Interruption.watch()
      try RecipeFile.write(text, to: output, force ? .allowed : .refused)
      let written = Written(
        image: name.text, imageBytes: name.hexadecimal, output: FileName(output).text,
        outputBytes: FileName(output).hexadecimal)
      Output.write(json ? Output.json(written) : "\(FileName(output)): written\n")
    }
  }
}
