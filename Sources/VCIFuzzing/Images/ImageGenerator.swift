internal import PropertyEngine
public import SystemPackage
internal import VCIChecker
public import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// Writes files of random images, and a list of their expected results.
public struct ImageGenerator {
  /// The kind of images.
  public enum Kind: Sendable {
    /// Valid images, each from a plan of its own.
    case valid
    /// The images of a campaign's iterations: valid images after edits of all kinds.
    case edited
  }

  private let seed: UInt64
  private let kind: Kind
  private let folder: FilePath
  private var maker: CaseMaker
  private let checker = Checker()
  private let list: VerdictList

  /// Makes a generator of about `count` images of `seed` in `folder`. The folder is made if it does
  /// not exist.
  ///
  /// - Throws: `CorpusError`, also if the folder already has a list of images.
  public init(seed: UInt64, kind: Kind, count: UInt64 = 0, folder: FilePath) throws(CorpusError) {
    try StoredFile.makeFolder(folder)
    list = try VerdictList(in: folder)
    list.takeRoom(forAbout: count)
    self.seed = seed
    self.kind = kind
    self.folder = folder
    maker = CaseMaker(seed: seed, target: .check, corpus: [])
  }

  /// The largest file that is written, in bytes. Many file systems allow little more.
  private static let largest: UInt64 = 1 << 43

  /// The result of writing an image.
  public struct Made: Sendable {
    /// The path of the image's file.
    public let path: FilePath
    /// A description of the image, in one line.
    public let title: String
    /// The reason why the file system, a quota or a limit has no room for the file; `nil` if the
    /// file was written. The list has the reason too.
    public let leftOut: String?
  }

  /// Writes image `index` into the folder. Returns the result, or `nil` if an edit made the image
  /// larger than files can be.
  ///
  /// The file has the holes of the image, so large images take little room.
  ///
  /// - Throws: `CorpusError`.
  public mutating func write(_ index: UInt64) throws -> Made? {
    let name = "\(seed)-\(index).vci"
    let (bytes, title) = makeImage(index)
    guard bytes.size <= Self.largest else { return nil }
    let source = SparseImage(bytes)
    var line = try VerdictLine(
      source, checker, image: name, reads: reads(of: bytes, index))
    try list.takeRoom(for: [line])
    let file = try ImageFile { try StoredFile.create(source, at: folder.appending(name)) }
    line.leftOut = file.reason.map { "\($0)" }
    try list.add(line)
    return Made(path: folder.appending(name), title: title, leftOut: line.leftOut)
  }

  /// Gives the list of the images so far its name, `verdicts.jsonl`.
  ///
  /// - Throws: `CorpusError.unwritten`, also if the list already exists.
  public func writeVerdicts() throws(CorpusError) { try list.finish() }

  private mutating func makeImage(_ index: UInt64) -> (bytes: SparseBytes, title: String) {
    switch kind {
    case .valid:
      let plan = Self.plan(index, of: seed)
      return (EditableImage(plan).bytes, Self.title(of: plan))
    case .edited:
      let fuzzCase = maker.make(index)
      let edits = fuzzCase.edits.map(\.description).joined(separator: "; ")
      return (fuzzCase.image.bytes, edits.isEmpty ? "no edit" : edits)
    }
  }

  private static func plan(_ index: UInt64, of seed: UInt64) -> ImagePlan {
    var choices = Choices(RandomSource(seed: seed, index: index, stream: .base))
    return ImagePlan.drawn(from: &choices)
  }

  private static func title(of plan: ImagePlan) -> String {
    "\(plan.type), \(plan.blocks) blocks, \(plan.extents.count) extents in \(plan.nodes.count) "
      + (plan.nodes.count == 1 ? "node" : "nodes on \(plan.depth) levels")
      + (plan.isDirty ? ", dirty" : "")
  }

  /// Returns random reads: at the edges of extents and of damage, and at random blocks.
  private func reads(
    of bytes: SparseBytes, _ index: UInt64
  ) -> [(block: BlockOffset, count: BlockCount)] {
    var random = RandomSource(seed: seed, index: index, stream: .reads)
    let forecast = ReadForecast(bytes)
    return (0..<8).map { _ in
      let edges = forecast.edges(of: Int(random.next() % UInt64(max(1, forecast.count))))
      let edge = edges[Int(random.next() % UInt64(edges.count))]
      let anywhere = BlockOffset(random.next() >> (random.next() % 64))
      let count = BlockCount(1 + random.next() % (random.next() % 4 == 0 ? 1000 : 8))
      return (random.next() % 8 == 0 ? anywhere : edge, count)
    }
  }
}

extension ImageGenerator {
  /// Returns how many of the first `count` valid images of `seed` have each shape, in the order of
  /// the catalogue. It stops early after `isInterrupted` returns `true`.
  public static func shapes(
    of seed: UInt64, count: UInt64, isInterrupted: () -> Bool = { false }
  ) -> [(shape: String, count: Int)] {
    var counts: [PlanTrait: Int] = [:]
    for index in 0..<count {
      if isInterrupted() { break }
      for trait in plan(index, of: seed).traits { counts[trait, default: 0] += 1 }
    }
    return PlanTrait.allCases.map { ($0.rawValue, counts[$0, default: 0]) }
  }
}
