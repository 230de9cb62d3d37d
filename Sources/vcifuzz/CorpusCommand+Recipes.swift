internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCICorpus
internal import VCIFuzzing

extension CorpusCommand {
  /// Makes an image from a recipe.
  struct Assemble: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "assemble", abstract: "Makes the image that a recipe describes.",
      discussion: """
        The form of recipes is described in Specs/Recipes.md. Where the recipe has nothing, the \
        file has holes. A file that is there already is left alone, unless --force is given.

        Examples: vcifuzz corpus assemble image.vcir
                  vcifuzz corpus assemble image.vcir --output copy.vci
        """)

    @Argument(help: "The recipe.")
    var recipe: String

    @Option(
      help: "The image; the recipe's name with the ending .vci where none is given.")
    var output: String?

    @Flag(help: "Take the place of a file that is there already.")
    var force = false

    @Flag(help: "Print JSON.")
    var json = false

    private struct Made: Encodable {
      let image: String
      let size: UInt64
      let crc32: String
    }

    func run() throws {
      // The first signal lets the file be finished: a draft is never left behind.
      Interruption.watch()
      let path = FilePath(recipe)
      var target = path
      target.extension = "vci"
      if let output { target = FilePath(output) }
      let made =
        try force
        ? RecipeFile.assemble(path, replacing: target)
        : RecipeFile.assemble(path, into: target)
      Output.write(
        json
          ? Output.json(Made(image: target.string, size: made.size, crc32: made.crc32))
          : "\(target): \(made.size) bytes, CRC-32 \(made.crc32)\n")
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

    @Argument(help: "The image.")
    var image: String

    @Option(help: "The file for the recipe.")
    var output: String?

    @Flag(help: "Take the place of a file that is there already.")
    var force = false

    @Flag(help: "Print JSON.")
    var json = false

    private struct Printed: Encodable {
      let image, recipe: String
    }

    private struct Written: Encodable {
      let image, output: String
    }

    func run() throws {
      let text = try RecipeFile.disassemble(FilePath(image))
      guard let output else {
        return Output.write(json ? Output.json(Printed(image: image, recipe: text)) : text)
      }
      Interruption.watch()
      try force
        ? RecipeFile.replace(text, at: FilePath(output))
        : RecipeFile.create(text, at: FilePath(output))
      Output.write(
        json
          ? Output.json(Written(image: image, output: output)) : "\(output): written\n")
    }
  }
}
