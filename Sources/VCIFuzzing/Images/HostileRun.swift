internal import PropertyEngine
public import SystemPackage
internal import VCIChecker
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

/// Runs probe, open, reads and check on hostile images in this process, for sanitizers. The only
/// assertion is that the process survives.
public struct HostileRun {
  /// The counts of a run.
  public struct Outcome: Hashable, Sendable {
    /// The number of images.
    public var images = 0
    /// The number of images that an open for reading accepted.
    public var opened = 0
    /// The number of checks that reached the last group of rules.
    public var lastGroup = 0
  }

  let seed: UInt64
  private let checker = Checker()
  private var buffer = [UInt8](repeating: 0, count: 8 * 512)

  /// Makes a run whose images are those of `seed`.
  public init(seed: UInt64) {
    self.seed = seed
  }

  /// Runs `count` images with a valid header and map header, a leaf as root, and random bytes
  /// elsewhere. Every second root has one to ten ordered extents, and zeros after them.
  ///
  /// - Throws: `StorageError`, but never for an image in memory.
  public mutating func runRandomRoots(_ count: Int) throws -> Outcome {
    var outcome = Outcome()
    for index in 0..<count {
      var random = RandomSource(seed: seed, index: UInt64(index), stream: .base)
      try run(Self.randomRoot(ordered: index % 2 == 1, &random), &random, &outcome)
    }
    return outcome
  }

  /// Runs `count` images of the corpus after blind mutations.
  ///
  /// - Throws: `CorpusError` if the corpus cannot be read.
  public mutating func runMutants(_ count: Int, corpus: FilePath) throws -> Outcome {
    let entries = try Corpus(reading: corpus).entries
    var outcome = Outcome()
    for index in 0..<count {
      var choices = Choices(RandomSource(seed: seed, index: UInt64(index), stream: .edits))
      var image = EditableImage(choices.element(of: entries).bytes)
      for edit in BlindMutation.drawn(on: image.bytes, from: &choices) { image.apply(edit) }
      var random = RandomSource(seed: seed, index: UInt64(index), stream: .reads)
      guard let bytes = image.bytes.materialized(limit: 1 << 26) else { continue }
      try run(bytes, &random, &outcome)
    }
    return outcome
  }

  private mutating func run(
    _ bytes: [UInt8], _ random: inout RandomSource, _ outcome: inout Outcome
  ) throws {
    let storage = MemoryStorage(bytes)
    outcome.images += 1
    if try checker.check(storage).group == .tree { outcome.lastGroup += 1 }
    _ = try probe(storage)
    let image: CacheImage
    do throws(ImageError) {
      image = try CacheImage.open(storage, purpose: .reading)
    } catch {
      return
    }
    outcome.opened += 1
    for _ in 0..<8 {
      let offset = BlockOffset(random.next() >> (random.next() % 64))
      let count = BlockCount(1 + random.next() % 8)
      var span = buffer.mutableSpan
      var target = unsafe span.mutableBytes
      do throws(ImageError) {
        _ = try image.read(offset: offset, count: count, into: &target)
      } catch {
        continue
      }
    }
  }

  private static func randomRoot(ordered: Bool, _ random: inout RandomSource) -> [UInt8] {
    let blocks = BlockCount(64 + random.next() % 8192)
    let plan = ImagePlan(
      blocks: blocks, mapAddress: 2,
      rootAddress: BlockAddress(2 + Format.mapBlocks(for: blocks).rawValue), size: 64 * 512)
    var bytes = EditableImage(plan).bytes.materialized(limit: 1 << 20) ?? []
    let fixed = [0..<1024, 1024..<1536]
    let root = Int(plan.nodes[0].address.bytes)
    for index in bytes.indices where !fixed.contains(where: { $0.contains(index) }) {
      bytes[index] = UInt8(truncatingIfNeeded: random.next())
    }
    bytes[root] = NodeType.leaf.rawValue
    guard ordered else { return bytes }
    for index in root + 1..<root + Format.nodeSize { bytes[index] = 0 }
    var offset = random.next() >> (11 + random.next() % 53)
    for slot in 0..<Int(1 + random.next() % 10) {
      let length = 1 + (random.next() & 0xffff_ffff) >> (random.next() % 32)
      let extent = Extent(
        previous: BlockAddress(random.next() % 64), next: BlockAddress(random.next() % 64),
        flags: random.next() % 8 == 0 ? UInt8(truncatingIfNeeded: random.next()) : 0,
        reserved: UInt8(truncatingIfNeeded: random.next() >> 60), offset: BlockOffset(offset),
        blocks: BlockCount(min(length, 0xffff_ffff)),
        address: BlockAddress(1 + random.next() >> (random.next() % 64)))
      var span = bytes.mutableSpan
      var whole = unsafe span.mutableBytes
      var node = whole._mutatingExtracting(root..<root + Format.nodeSize)
      extent.encode(into: &node, slot: slot)
      offset += length + random.next() >> (32 + random.next() % 32)
    }
    return bytes
  }
}
