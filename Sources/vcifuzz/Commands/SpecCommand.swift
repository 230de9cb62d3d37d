internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCICorpus
internal import VCIFormat

/// Writes the layout and the rules as JSON.
struct SpecCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spec", abstract: "Writes layout.json and rules.json of the specification.",
    discussion: """
      They come from the tables that the tools work with: run it after a change of the layout or of \
      the catalogue of rules. Each file takes the place of the one that is there.

      Example: vcifuzz spec --out Specs
      """,
    shouldDisplay: false)

  @Option(help: "The folder of the two files.", transform: PathArgument.folder)
  var out: FilePath

  func run() throws {
    try write(Structure.allCases.map(StructureLine.init), to: "layout.json")
    try write(Rule.allCases.map(RuleLine.init), to: "rules.json")
  }

  /// Writes a JSON array with one value per line.
  private func write(_ values: [some Encodable], to name: String) throws {
    let lines = values.map { String(Output.json($0).dropLast()) }
    let text = "[\n" + lines.joined(separator: ",\n") + "\n]\n"
    try StoredFile.write(Array(text.utf8), to: out.appending(name))
  }
}

/// A structure in `layout.json`.
private struct StructureLine: Encodable {
  struct FieldLine: Encodable {
    let name, label, kind: String
    let offset, width: Int
  }

  let structure: String
  let size: Int
  let fields: [FieldLine]

  init(_ structure: Structure) {
    self.structure = structure.rawValue
    size = structure.size
    fields = Field.allCases.filter { $0.layout.structure == structure }.map { field in
      FieldLine(
        name: field.rawValue.split(separator: ".").last.map(String.init) ?? field.rawValue,
        label: field.label, kind: field.layout.kind.rawValue, offset: field.layout.offset,
        width: field.layout.width)
    }
  }
}

/// A rule in `rules.json`.
private struct RuleLine: Encodable {
  let id, statement, stage, earliestStage, basis, classOfClean, classOfDirty: String

  private enum CodingKeys: String, CodingKey {
    case id, statement, stage, earliestStage, basis
    case classOfClean = "class"
    case classOfDirty = "classInDirtyImage"
  }

  init(_ rule: Rule) {
    id = rule.id
    statement = rule.statement
    basis = rule.basis.rawValue
    classOfClean = rule.ruleClass(dirty: false).rawValue
    classOfDirty = rule.ruleClass(dirty: true).rawValue
    stage = "\(max(rule.stage(in: .elsewhere), rule.stage(in: .shared)))"
    earliestStage = "\(min(rule.stage(in: .root), rule.stage(in: .cycle)))"
  }
}
