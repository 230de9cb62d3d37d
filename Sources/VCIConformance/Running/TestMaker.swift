internal import SystemPackage
internal import VCIChecker
internal import VCICorpus
internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

/// Makes the tests of units.
struct TestMaker {
  private let corpus: FilePath
  private let vectors: [Vector]
  private let recorder: RecorderState
  private let checker = Checker()

  /// The largest image that a test uses, in bytes.
  private static let largest: UInt64 = 1 << 43

  init(corpus: FilePath, _ vectors: [Vector], _ recorder: RecorderState) {
    self.corpus = corpus
    self.recorder = recorder
    self.vectors = vectors
  }

  /// Calls `body` with each test of a unit.
  ///
  /// - Throws: `CorpusError`, or an error of `body`.
  func tests(of unit: TestUnit, _ body: (any ProgramTest) throws -> Void) throws {
    switch unit {
    case .vector(let index):
      let vector = vectors[index]
      let built = try BuiltVector(reading: corpus.appending(vector.recipe))
      try body(
        ImageTest(
          vector.id, try Expectations(built.image, checker), about: "Corpus/\(vector.recipe)"))
    case .images(let kind, let seed, let indices):
      for index in indices {
        let choice = ImageChoice(seed: seed, kind: kind, first: index)
        var series = ImageSeries(choice, largest: Self.largest, mostTried: 1)
        // An image that is too large is passed over.
        guard let image = try? series.image(isInterrupted: { false }) else { continue }
        let name = "\(kind == .valid ? "valid" : "edited")/\(seed)-\(index)"
        try body(ImageTest(name, image.expected, about: image.title))
      }
    case .contract(let contract): try body(contract)
    case .workload(let seed, let index): try body(WriterTest(seed: seed, index: index))
    case .crash(let seed, let index):
      try body(CrashTest(seed: seed, index: index, recorder))
    }
  }
}
