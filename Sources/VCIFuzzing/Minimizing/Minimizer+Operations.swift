internal import PropertyEngine
internal import VCIFormat
internal import VCIGenerators

/// The shortest operations so far, with which a minimizer tries its cases. It is a class, since the
/// closure `Minimizer.fails` shares it.
final class TriedOperations {
  var workload: Workload

  init(_ workload: Workload) {
    self.workload = workload
  }
}

extension Minimizer {
  /// The sizes of created caches that are tried instead of any other image, the smallest first.
  private static let sizes: [UInt64] = [21, 22, 30, 64, 128, 256, 512, 1024, 4096, 8192]

  /// Removes operations that are not needed.
  mutating func shortenOperations() {
    shrink { $0.shorten() }
  }

  /// Removes operations, simplifies the others, and shrinks the created cache.
  mutating func shrinkOperations() {
    // The cache is shrunk first, since a small one is full after few operations.
    shrinkCreated()
    shrink { $0.shorten() }
    shrink { list in
      list.simplify(\.simpler)
      list.simplifyTogether(\.simplerTogether)
    }
    shrinkCreated()
  }

  private mutating func shrink(_ passes: (inout ListShrinker<CacheOperation>) -> Void) {
    guard let operations else { return }
    let (fuzzCase, fails, known) = (best, fails, operations.workload)
    var list = ListShrinker(known.operations, effort: effort) { list in
      operations.workload = Workload(list)
      return fails(fuzzCase)
    }
    passes(&list)
    operations.workload = Workload(list.best)
  }

  /// Tries created caches instead of the image.
  mutating func findCreated() {
    guard operations != nil, !best.isCreated else { return }
    for blocks in Self.sizes {
      if takes(CreatedImage(blocks: blocks, type: .dynamic)) { return }
    }
  }

  private mutating func shrinkCreated() {
    guard case .created(let first) = best.base else { return }
    var created = first
    if created.type != .dynamic {
      let dynamic = CreatedImage(blocks: created.blocks, type: .dynamic)
      if takes(dynamic) { created = dynamic }
    }
    var isChanged: Bool
    repeat {
      let least = Self.sizes[0]
      isChanged = (created.blocks - least).lower.contains { spare in
        let smaller = CreatedImage(blocks: least + spare, type: created.type)
        guard takes(smaller) else { return false }
        created = smaller
        return true
      }
    } while isChanged && effort.isLeft
  }

  private mutating func takes(_ created: CreatedImage) -> Bool {
    guard effort.spend() else { return false }
    let fuzzCase = FuzzCase(created, iteration: base.iteration)
    guard fails(fuzzCase) else { return false }
    (base, best) = (fuzzCase, fuzzCase)
    return true
  }
}

extension CacheOperation {
  /// Simpler operations, the simplest first.
  fileprivate var simpler: [CacheOperation] {
    switch self {
    case .flush: []
    case .close: [.flush]
    case .reopen: [.flush, .close]
    case .crash(let call, let seed):
      UInt64(call).lower.map { .crash(call: UInt32($0), seed: seed) }
        + Self.smallSeeds.filter { $0 < seed }.map { .crash(call: call, seed: $0) }
    case .fail(let call, let failure):
      (failure == .ioError ? [] : [.fail(call: call, .ioError)])
        + UInt64(call).lower.map { .fail(call: UInt32($0), failure) }
    case .read(let offset, let count):
      Self.simpler(offset, count).map { .read($0, $1) }
    case .discard(let offset, let count):
      Self.simpler(offset, count).map { .discard($0, $1) }
    case .write(let offset, let count, let version):
      Self.simpler(offset, count).map { .write($0, $1, version: version) }
        + UInt64(version).lower.map { .write(offset, count, version: UInt32($0)) }
    }
  }

  /// The seeds that are tried in place of the one of a crash.
  private static let smallSeeds: Range<UInt64> = 0..<24

  /// Returns simpler ranges: with fewer blocks, then at lower offsets.
  private static func simpler(
    _ offset: BlockOffset, _ count: BlockCount
  ) -> [(BlockOffset, BlockCount)] {
    count.rawValue.lower.filter { $0 > 0 && $0 < count.rawValue }.map { (offset, BlockCount($0)) }
      + offset.rawValue.lower.map { (BlockOffset($0), count) }
  }

  /// The first block of its range; `nil` if it has none.
  fileprivate var offset: UInt64? {
    switch self {
    case .write(let offset, _, version: _), .read(let offset, _), .discard(let offset, _):
      offset.rawValue
    case .flush, .close, .reopen, .crash, .fail: nil
    }
  }

  /// Returns the same operation on the blocks from `offset` on.
  fileprivate func moved(to offset: UInt64) -> CacheOperation {
    switch self {
    case .write(_, let count, let version):
      .write(BlockOffset(offset), count, version: version)
    case .read(_, let count): .read(BlockOffset(offset), count)
    case .discard(_, let count): .discard(BlockOffset(offset), count)
    case .flush, .close, .reopen, .crash, .fail: self
    }
  }
}

extension [CacheOperation] {
  /// Lists in which several operations are simpler: all ranges moved down by the same amount, or
  /// all ranges at one offset moved to a lower offset.
  fileprivate var simplerTogether: [[CacheOperation]] {
    let offsets = Set(compactMap(\.offset)).sorted()
    guard let least = offsets.first else { return [] }
    let shifted = least.lower.map { lower in
      map { operation in
        operation.offset.map { operation.moved(to: $0 - least + lower) } ?? operation
      }
    }
    guard offsets.count <= Self.fewOffsets else { return shifted }
    return shifted
      + offsets.flatMap { offset in
        offset.lower.map { lower in
          map { $0.offset == offset ? $0.moved(to: lower) : $0 }
        }
      }
  }

  /// The largest number of different offsets that are also lowered one by one.
  private static var fewOffsets: Int { 16 }
}
