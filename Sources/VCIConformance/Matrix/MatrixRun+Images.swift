internal import SystemPackage
internal import VCIChecker
internal import VCICorpus
internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

extension MatrixRun {
  /// Adds to each failure that is about an image its nearest valid one, the bytes that differ, and
  /// where things lie in it.
  func addImages(to matrix: inout Matrix, _ reports: [ConformanceReport]) {
    let checker = Checker()
    for index in matrix.examples.indices {
      guard let unit = TestUnit.named(matrix.examples[index].test, runs[0].vectors).first else {
        continue
      }
      let image: KitImage
      let expected: Expectations?
      switch unit {
      case .vector(let vector):
        let path = choice.corpus.appending(runs[0].vectors[vector].recipe)
        guard let built = try? BuiltVector(reading: path) else { continue }
        image = KitImage(built)
        expected = try? Expectations(built.image, checker)
      case .images(let kind, let seed, let indices):
        let planned = PlannedImage(
          first: ImageChoice(seed: seed, kind: kind, first: indices.lowerBound))
        image = KitImage(planned)
        expected = try? Expectations(planned.image, checker)
      case .contract, .workload, .crash: continue
      }
      if let valid = image.valid {
        let differences = ImageDifferences(image.image, from: valid)
        matrix.examples[index].twin =
          "the same image without its edits, \(valid.size) bytes; they differ in "
          + "\(differences.runs.count)\(differences.isCut ? " or more" : "") places"
        matrix.examples[index].bytes += differences.runs.map { run in
          Matrix.Bytes(
            place: "image, offset 0x\(String(run.offset, radix: 16))",
            expected: Matrix.Bytes.hex(run.valid), got: Matrix.Bytes.hex(run.image))
        }
      }
      let example = matrix.examples[index]
      let place = reports[example.implementation].place(of: example)
      matrix.examples[index].ribbons = expected.map { Matrix.Ribbons($0, at: place) }
    }
  }
}
