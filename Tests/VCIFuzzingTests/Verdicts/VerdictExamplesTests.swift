import FoundationEssentials
import Testing
import VCIChecker
import VCICorpus
import VCIFormat
import VCIGenerators

@testable import VCIFuzzing

/// An example of `Specs/Verdicts.md`: a recipe, and parts of its verdict.
private struct Example {
  let title: String
  let recipe: String
  let parts: String

  /// The examples, in order. A recipe that is edits alone follows that of the first example.
  static func all() throws -> [Example] {
    let specification = try text(of: "Specs/Verdicts.md")
    let section = try #require(
      specification.components(separatedBy: "\n## Examples\n").last?
        .components(separatedBy: "\n## ").first)
    var examples: [Example] = []
    for part in section.components(separatedBy: "\n### ").dropFirst() {
      let recipe = try #require(block("vcir", in: part))
      let isWhole = recipe.hasPrefix("blocks:")
      examples.append(
        Example(
          title: part.components(separatedBy: "\n")[0],
          recipe: isWhole ? recipe : (examples.first?.recipe ?? "") + "\n" + recipe,
          parts: "{\(try #require(block("json", in: part)))}"))
    }
    return examples
  }

  private static func block(_ language: String, in text: String) -> String? {
    let parts = text.components(separatedBy: "```\(language)\n")
    return parts.count == 2 ? parts[1].components(separatedBy: "```").first : nil
  }
}

/// The parts of a verdict that examples have.
private struct Parts: Codable, Equatable {
  let openForReading, openForWriting: AllowedOpen
  let damage: [String]
  let reads: [AllowedRead]
  let extents: ListedExtents

  struct ListedExtents: Codable, Equatable {
    let extents: [ListedExtent]
    let may: String?
  }
}

struct `The examples of the specification of verdicts` {
  @Test
  func `are parts of the verdicts of their images`() throws {
    let examples = try Example.all()
    #expect(examples.count == 4)
    for example in examples {
      let parts = try JSONDecoder().decode(Parts.self, from: Data(example.parts.utf8))
      let image = try Recipe(parsing: example.recipe).image()
      let expected = try Expectations(image, Checker())
      let line = VerdictLine(expected, image: "a.vci", title: nil, edits: [])
      #expect(line.openForReading == parts.openForReading, "\(example.title)")
      #expect(line.openForWriting == parts.openForWriting, "\(example.title)")
      #expect(line.damage == parts.damage, "\(example.title)")
      let told = try JSONDecoder().decode(Listed.self, from: Data(try line.encoded()))
      #expect(told.extents == parts.extents, "\(example.title)")
      let reads = try #require(expected.reads)
      for read in parts.reads {
        let request = ReadRequest(
          BlockOffset(read.block.number), BlockCount(read.count.number))
        let aimed = try #require(AimedReads(reads).read(of: request))
        #expect(expected.listed(aimed) == read, "\(example.title)")
      }
    }
  }

  private struct Listed: Decodable {
    let extents: Parts.ListedExtents
  }
}
