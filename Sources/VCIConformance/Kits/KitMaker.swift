internal import FoundationEssentials
package import SystemPackage
internal import VCICorpus
internal import VCIFuzzing

/// A kit that was made of a failure.
package struct MadeKit: Sendable {
  /// The test of which it was made.
  package let test: String
  package let path: FilePath
}

/// Makes a kit of a failure, runs it, and so learns whether the failure comes again.
struct KitMaker {
  let command: AdapterCommand
  let greeted: any Adapter
  private let corpus: FilePath
  private let vectors: [Vector]
  let recorder: RecorderState
  let isInterrupted: () -> Bool

  init(
    _ command: AdapterCommand, like greeted: any Adapter, corpus: FilePath, _ vectors: [Vector],
    _ recorder: RecorderState, isInterrupted: @escaping () -> Bool
  ) {
    self.command = command
    self.greeted = greeted
    self.corpus = corpus
    self.vectors = vectors
    self.recorder = recorder
    self.isInterrupted = isInterrupted
  }

  /// Makes a maker for cases of campaigns, which need neither corpus nor recorder.
  init(
    _ command: AdapterCommand, like greeted: any Adapter, isInterrupted: @escaping () -> Bool
  ) {
    self.init(
      command, like: greeted, corpus: "", [], RecorderState(for: [], besideCorpus: ""),
      isInterrupted: isInterrupted)
  }

  /// Makes a kit of a test with this failure, as small as possible, in the folder at `path`, which
  /// must not exist. The folder is gone if its script does not show the failure.
  ///
  /// - Throws: `NotStarted`, and `CorpusError` if a file cannot be written.
  func makeKit(of failure: TestFailure, in test: String, at path: FilePath) throws -> Outcome {
    if let unit = TestUnit.named(test, vectors).first, case .crash = unit {
      try StoredFile.requireFree(path)
      return try makeKit(ofCrash: unit, failure, at: path)
    }
    guard failure.kind != .clearFlag else { return Self.untoldFlag }
    try StoredFile.requireFree(path)
    let folder = try WorkFolder()
    let shrinker = TestShrinker(
      command, like: greeted, failure, in: folder, isInterrupted: isInterrupted)
    var candidates: [Candidate] = []
    for unit in TestUnit.named(test, vectors) {
      try candidates += self.candidates(for: unit, shrinker)
    }
    return try makeKit(of: failure, in: candidates, name: test, at: path, shrinker, folder)
  }

  /// Makes a kit of the first candidate whose script shows the failure.
  private func makeKit(
    of failure: TestFailure, in candidates: [Candidate], name test: String, at path: FilePath,
    _ shrinker: TestShrinker, _ folder: WorkFolder
  ) throws -> Outcome {
    for candidate in candidates {
      let isContract = candidate.test is ContractTest
      // What a program makes wrongly is not the image with which the kit of a contract begins.
      for extent in isContract ? [KitRecorder.Extent.wholeFile] : [.lastOpen, .wholeFile] {
        for look in looks(at: failure) {
          let recorder = try KitRecorder(in: path, of: failure, from: extent, look)
          let kit = try record(candidate, recorder, folder, name: test)
          // The test must still fail after its kit was made: chance fails often, but not always.
          if try kit?.write() != nil, kit?.comesAgain(command.text) == true,
            shrinker.failsAlone(candidate.test)
          {
            return .made
          }
          try? FileManager.default.removeItem(atPath: path.string)
          if !recorder.hasPlace { break }
        }
      }
      if isContract, shrinker.failsAlone(candidate.test) {
        return .untold("its script does not show the failure, and the test does")
      }
    }
    return .flaky
  }

  /// Makes a kit of a test of a campaign's case with this failure, as small as possible, in the
  /// folder at `path`, which must not exist.
  ///
  /// - Throws: `NotStarted`, and `CorpusError` if a file cannot be written.
  func makeKit(
    of failure: TestFailure, in test: any ProgramTest, of image: PlannedImage, at path: FilePath
  ) throws -> Outcome {
    guard failure.kind != .clearFlag else { return Self.untoldFlag }
    try StoredFile.requireFree(path)
    let folder = try WorkFolder()
    let shrinker = TestShrinker(
      command, like: greeted, failure, in: folder, isInterrupted: isInterrupted)
    let shrunk =
      (test as? WriterTest).map { shrinker.shrunk($0) } ?? shrinker.shrunk(image, name: test.name)
    let whole = Candidate(
      test: test, image: test is WriterTest ? nil : KitImage(image), shrunk: nil)
    let candidates = [shrunk.map { Candidate($0) }, whole].compactMap(\.self)
    return try makeKit(of: failure, in: candidates, name: test.name, at: path, shrinker, folder)
  }

  private static let untoldFlag = Outcome.untold(
    "no script looks at an image while a program has it open")

  /// What came of a kit.
  enum Outcome {
    case made
    /// The failure does not come again.
    case flaky
    /// The failure comes again, and no kit can tell it.
    case untold(String)
  }

  /// What a script may look at, in the order in which it is tried. A program that does not read
  /// shows a wrong block only in its place, and so does one that makes another image each time.
  private func looks(at failure: TestFailure) -> [KitRecorder.Look] {
    let capabilities = greeted.capabilities
    let isWhole =
      failure.kind == .rejectedByChecker || capabilities.has("open-ro") && capabilities.has("read")
    return isWhole ? [.whole, .place] : [.place]
  }

  /// A test of which a kit may be made.
  private struct Candidate {
    let test: any ProgramTest
    let image: KitImage?
    let shrunk: ShrunkTest?

    init(test: any ProgramTest, image: KitImage?, shrunk: ShrunkTest?) {
      (self.test, self.image, self.shrunk) = (test, image, shrunk)
    }

    init(_ shrunk: ShrunkTest) {
      self.init(test: shrunk.test, image: shrunk.image.map { KitImage($0) }, shrunk: shrunk)
    }
  }

  /// Returns the smallest test, and then the one that was run.
  private func candidates(for unit: TestUnit, _ shrinker: TestShrinker) throws -> [Candidate] {
    var candidates: [Candidate] = []
    try TestMaker(corpus: corpus, vectors, recorder).tests(of: unit) { test in
      var image: KitImage?
      var shrunk: ShrunkTest?
      switch unit {
      case .vector(let index):
        image = KitImage(try BuiltVector(reading: corpus.appending(vectors[index].recipe)))
      case .images(let kind, let seed, let indices):
        shrunk = shrinker.shrunk(kind, seed: seed, index: indices.lowerBound, name: test.name)
      case .workload: shrunk = (test as? WriterTest).map { shrinker.shrunk($0) }
      case .contract, .crash: break
      }
      if let shrunk {
        candidates.append(Candidate(shrunk))
      }
      candidates.append(Candidate(test: test, image: image, shrunk: nil))
    }
    return candidates
  }

  /// Runs the test of a candidate once more, in a process of its own. Returns its kit; `nil` if the
  /// failure does not come again.
  private func record(
    _ candidate: Candidate, _ recorder: KitRecorder, _ folder: WorkFolder, name: String
  ) throws -> Kit? {
    let adapter = command.adapter(like: greeted)
    defer { adapter.end() }
    _ = candidate.test.run(adapter, in: folder, recorder)
    return Kit(
      recorder, test: name, isSession: adapter is SessionAdapter, candidate.image,
      candidate.shrunk)
  }
}
