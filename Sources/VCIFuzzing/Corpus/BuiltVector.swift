package import SystemPackage
package import VCICorpus
internal import VCIFormat
package import VCIGenerators

/// The image that a recipe of the corpus makes.
package struct BuiltVector {
  let recipe: Recipe
  package let image: EditableImage
  /// The CRC-32 of the image.
  let crc32: UInt32
  /// The folder of the recipe's file, and its name without its ending.
  let area, name: String

  /// Builds the recipe of the file at `path`, whose folder is its area.
  ///
  /// - Throws: `CorpusError` if the recipe cannot be read.
  package init(reading path: FilePath) throws(CorpusError) {
    recipe = try RecipeFile.read(path)
    area = path.removingLastComponent().lastComponent?.string ?? ""
    name = path.stem ?? ""
    image = recipe.image()
    crc32 = Self.crc32(of: image.bytes)
  }

  private static func crc32(of bytes: SparseBytes) -> UInt32 {
    do throws(StorageError) {
      return try StoredFile.crc32(of: SparseImage(bytes))
    } catch {
      preconditionFailure("an image in memory fails: \(error)")
    }
  }
}

extension BuiltVector {
  /// The image without its edits, which is valid; `nil` if it has none, or no plan.
  package var valid: SparseBytes? {
    guard !recipe.edits.isEmpty, recipe.plan != nil else { return nil }
    return Recipe(base: recipe.base, contents: recipe.contents).image().bytes
  }

  /// The text of the recipe.
  package var text: String { recipe.description }

  /// Whether an open for reading must accept the image, according to the findings of its recipe.
  var opens: Bool { Self.opens(recipe.front.findings, image.bytes) }

  /// The findings of its recipe with their stages.
  var staged: [StagedFinding] {
    guard let forecast = image.model.flatMap({ Forecast($0) }) else {
      return StagedFinding.staged(recipe.front.findings, in: image.bytes)
    }
    return forecast.staged.filter { recipe.front.findings.contains($0.finding) }
  }

  private static func opens(_ findings: [ForecastFinding], _ image: SparseBytes) -> Bool {
    StagedFinding.staged(findings, in: image).allSatisfy { !$0.isCorruption || $0.stage > .open }
  }

  /// Returns some reads of an image with these findings, and their results: at the first block of
  /// the disk, and at the edges of an extent. There are none if an open must refuse the image.
  static func reads(of image: SparseBytes, _ findings: [ForecastFinding]) -> [RecipeRead] {
    guard opens(findings, image) else { return [] }
    let reader = ExactReads(image)
    var blocks: [BlockOffset] = [0]
    for edge in ReadForecast(image).edges(of: 0) where edge < Format.diskEnd {
      if !blocks.contains(edge) { blocks.append(edge) }
    }
    return blocks.map { reader.read(at: $0, count: 1) }
  }
}

extension ExactReads {
  /// Returns a read of `count` blocks from `block` on, with its result.
  func read(at block: BlockOffset, count: BlockCount) -> RecipeRead {
    RecipeRead(block: block, count: count, answer: answer(at: block, count: count))
  }
}
