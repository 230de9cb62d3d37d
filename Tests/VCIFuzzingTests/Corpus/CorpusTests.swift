import SystemPackage
import Testing
import VCIChecker
import VCICorpus
import VCIFormat
import VCIGenerators

@testable import VCIFuzzing

private let folder = package.appending("Corpus")

struct `The corpus` {
  @Test
  func `is what its recipes make, checks find and reads answer`() throws {
    let outcome = try CorpusBuilder.verify(folder)
    #expect(outcome.differences == [])
    #expect(outcome.entries >= 250)
  }

  @Test
  func `has no image twice`() throws {
    var seen: [String: String] = [:]
    for vector in try Corpus.manifest(in: folder) {
      let key = "\(vector.size) \(vector.crc32)"
      #expect(seen[key] == nil, "\(vector.id) is \(seen[key] ?? "")")
      seen[key] = vector.id
    }
  }

  @Test
  func `takes less than 4 MB`() throws {
    var total = 0
    for file in try StoredFile.files(in: folder) {
      total += try StoredFile.read(file, limit: 4 << 20).count
    }
    #expect(total < 4_000_000)
  }

  /// The faults of the original program that a reader or a checker can have; those that are left
  /// out are a writer's.
  private static let faults =
    (19...37).filter { $0 != 24 } + [39, 42, 43, 44, 49]

  @Test
  func `reveals every fault that a reader or a checker can have`() throws {
    let named = Set(try Corpus.manifest(in: folder).flatMap(\.faults))
    #expect(named == Set(Self.faults.map { "F-\($0)" }))
  }

  @Test
  func `reads from every image that opens, and from no other`() throws {
    let vectors = try Corpus.manifest(in: folder)
    for vector in vectors {
      #expect(vector.reads.isEmpty == !vector.openForReading.mayTake, "\(vector.id)")
    }
    #expect(vectors.flatMap(\.reads).count > 700)
    for state in ["hit", "miss", "refused"] {
      let segments = vectors.flatMap(\.reads).flatMap(\.segments)
      #expect(segments.count { $0.may.contains(state) } >= 100, "\(state)")
    }
  }

  @Test
  func `says of each image in its manifest what its verdict says`() throws {
    for vector in try Corpus.manifest(in: folder) {
      let built = try BuiltVector(reading: folder.appending(vector.recipe))
      let verdict = VerdictLine(
        try Expectations(built.image, Checker()), image: "a.vci", title: nil, edits: vector.edits)
      #expect(vector.findings == verdict.findings, "\(vector.id)")
      #expect(vector.exit == verdict.exit, "\(vector.id)")
      #expect(vector.probe == verdict.probe, "\(vector.id)")
      #expect(vector.openForReading == verdict.openForReading, "\(vector.id)")
      #expect(vector.openForWriting == verdict.openForWriting, "\(vector.id)")
      #expect(vector.damage == verdict.damage, "\(vector.id)")
      #expect(Digits(vector.size) == verdict.bytes, "\(vector.id)")
      #expect(vector.bytesOnDisk == verdict.bytesOnDisk, "\(vector.id)")
    }
  }

  @Test
  func `has what other programs wrote, known by its checksum`() throws {
    let captured = try Corpus.manifest(in: folder).filter { $0.provenance != nil }
    #expect(captured.map(\.area) == [String](repeating: "captured", count: 6))
    #expect(
      Set(captured.map(\.crc32)) == [
        "fe03be73", "dd3f9d3f", "562f183b", "9f67812b", "5859bb54", "027d5955",
      ])
  }

  @Test
  func `is disassembled into recipes of the same bytes`() throws {
    for entry in try Corpus(reading: folder).entries {
      let recipe = try Disassembly.recipe(of: SparseImage(SparseBytes(entry.bytes)))
      let read = try Recipe(parsing: recipe.description)
      #expect(
        read.image().bytes.materialized(limit: 4 << 20) == entry.bytes, "\(entry.vector.id)")
      if !entry.vector.findings.contains(where: { $0.class == "corruption" }) {
        #expect(recipe.edits.allSatisfy { !$0.isBlind }, "\(entry.vector.id)")
      }
    }
  }
}

struct `The specification of recipes` {
  @Test
  func `has an example that is a recipe, and makes what it says`() throws {
    let specification = try text(of: "Specs/Recipes.md")
    let parts = specification.split(separator: "```vcir\n", omittingEmptySubsequences: false)
    let example = try #require(parts.dropFirst().first?.split(separator: "```").first)
    let recipe = try Recipe(parsing: example)
    #expect(recipe.front.id == "example-shared-leaf")
    let image = recipe.image()
    let model = try #require(image.model)
    #expect(Forecast(model)?.findings == recipe.front.findings)
    let reader = ExactReads(image.bytes)
    for read in recipe.front.reads {
      #expect(reader.answer(at: read.block, count: read.count) == read.answer)
    }
    #expect(recipe.front.reads.count == 3)
  }
}
