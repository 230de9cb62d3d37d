internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCICorpus
internal import VCIFiles
internal import VCIFormat
internal import VCIFuzzing

extension CorpusCommand {
  /// Lists the images of the corpus.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "Lists the images: name, exit code of a check, rules and faults, title.",
      discussion: """
        With --json every line of the manifest is printed as it is.

        Example: vcifuzz corpus list
        """)

    @OptionGroup var place: CorpusOption

    @Flag(help: "Print one JSON object per image.")
    var json = false

    func run() throws {
      for vector in try Corpus.manifest(in: place.folder) {
        Output.write(json ? Output.json(vector) : Self.line(of: vector))
      }
    }

    private static func line(of vector: Vector) -> String {
      let about = (vector.rules + vector.faults).joined(separator: " ")
      let line = "\(vector.area)/\(vector.id)  exit \(vector.exit)  \(about)  \(vector.title)"
      return "\(PrintableText(line))\n"
    }
  }

  /// Writes the images of the corpus as raw files, with the results that are expected.
  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Writes every image as a raw file, and what is expected of it.",
      discussion: """
        Large images become sparse files. The expectations stand in verdicts.jsonl, one JSON \
        object per image. An image that the file system can't hold, for its size or for want of room, is \
        left out; its line says so, under 'leftOut'. A file that is there already ends the export, unless \
        --force is given. There is a list of what is there however the export ends. Exit code 72 where it \
        was interrupted.

        Example: vcifuzz corpus export --out vectors
        """)

    @OptionGroup var place: CorpusOption

    @Option(
      help: "The folder for the files; it is made where it is not there.",
      transform: PathArgument.folder)
    var out: FilePath

    @Flag(help: "Take the place of files that are there already.")
    var force = false

    @Flag(help: "Print JSON.")
    var json = false

    private struct Exported: Encodable {
      let images, leftOut: Int
      let list: String
      let listBytes: String?
    }

    func run() throws {
      let (corpus, folder) = (place.folder, out)
      Interruption.watch()
      let isInterrupted = { Interruption.isRequested }
      let exported =
        try CorpusExport.write(
          corpus, to: folder, force ? .allowed : .refused, isInterrupted: isInterrupted)
      let list = FileName(folder.appending(VerdictLine.fileName))
      for image in exported.leftOut {
        Output.note("\(FileName(folder.appending(image.image))): left out: \(image.reason)")
      }
      guard exported.isComplete else {
        throw ToolFailure(
          code: 72, kind: "interrupted",
          "\(FileName(out)): interrupted; the list has what is there, \(exported.images) images")
      }
      let count = exported.leftOut.count
      Output.write(
        json
          ? Output.json(
            Exported(
              images: exported.images, leftOut: count, list: list.text, listBytes: list.hexadecimal)
          )
          : "\(list): \(exported.images) images" + (count > 0 ? ", \(count) left out" : "") + "\n")
    }
  }
}
