import FoundationEssentials
import Testing
import VCICorpus
import VCIFormat

/// A structure as `Specs/layout.json` has it.
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

/// A rule as `Specs/rules.json` has it.
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

/// The values as a JSON array, one value a line.
private func json(_ values: [some Encodable]) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  let lines = try values.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
  return "[\n" + lines.joined(separator: ",\n") + "\n]\n"
}

struct `The files of the specification` {
  @Test
  func `have the layout table`() throws {
    #expect(try text(of: "Specs/layout.json") == json(Structure.allCases.map(StructureLine.init)))
  }

  @Test
  func `have the catalogue of rules`() throws {
    #expect(try text(of: "Specs/rules.json") == json(Rule.allCases.map(RuleLine.init)))
  }
}
