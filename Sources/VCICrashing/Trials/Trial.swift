internal import VCIChecker
internal import VCIFormat
internal import VCIFuzzing
internal import VCIReference

/// Tries a state of the disk: checks it, reads it, recovers it, and compares what was found with
/// what is expected.
final class Trial {
  let storage = StateStorage()
  private let checker = Checker(budget: 4)
  private var buffer: [UInt8] = []
  /// How a new image is made where one is created.
  private let plan: CacheImage.Plan

  init(creating plan: CacheImage.Plan) {
    self.plan = plan
  }

  /// Tries the state in `bytes`. Returns what it had cached.
  ///
  /// - Throws: `CrashFlaw`.
  func run(_ bytes: [UInt8], expecting expectation: Expectation) throws(CrashFlaw) -> ObservedCache
  {
    storage.reset(to: bytes)
    let report = try check()
    let allowed: AllowedContents
    switch expectation.image {
    case .cached where expectation.mayBeNoImage && report.verdict == .notAnImage:
      return ObservedCache()
    case .cached(let contents):
      let state = report.header?.modificationUUID
      allowed = state.flatMap { expectation.byState[$0] } ?? contents
      if expectation.mustBeClean { try requireClean(report) }
      try require(unharmed: report)
      try require(report, isAmong: expectation.clean)
      if let state, let states = expectation.states, !states.contains(state) {
        throw CrashFlaw(.lost, "the modification UUID is \(state), an older one")
      }
    case .created:
      allowed = AllowedContents([])
      if report.verdict == .notAnImage {
        guard !expectation.isOfOthers else { return ObservedCache() }
        try createAgain()
      } else {
        try require(unharmed: report)
      }
    }
    let observed = try read(allowed, expectation.trees)
    guard try recover(expectation.isOfOthers) else { return observed }
    try requireClean(try check())
    guard try read(observed.allowed, nil) == observed else {
      throw CrashFlaw(.changed, "the extents are other ones after the recovery")
    }
    if let end = expectation.end, end != Self.digest(of: storage.now) {
      throw CrashFlaw(.otherEnd, "the recovered image is another one")
    }
    return observed
  }

  private func check() throws(CrashFlaw) -> Report {
    do throws(StorageError) {
      return try checker.check(storage)
    } catch {
      throw CrashFlaw(.corrupt, "the check fails: \(error)")
    }
  }

  /// Makes the image anew, as after a crash that left none: the file is removed and made again.
  private func createAgain() throws(CrashFlaw) {
    do throws(ImageError) {
      try Self.create(in: storage, plan)
    } catch {
      throw CrashFlaw(.notRecovered, "create: \(error)")
    }
  }

  /// Makes storage an empty image, whatever it held.
  static func create(in storage: some Storage, _ plan: CacheImage.Plan) throws(ImageError) {
    do throws(StorageError) {
      try storage.resize(to: 0)
    } catch {
      throw .storage(error)
    }
    try CacheImage.create(in: storage, plan)
  }

  /// Requires of a state that nothing is corrupt, and that whatever is to be mended is told by the
  /// flag.
  private func require(unharmed report: Report) throws(CrashFlaw) {
    // Bits that are clear are a corruption of images whose flag is clear too.
    if let finding = report.findings.first(where: {
      $0.rule.ruleClass(dirty: true) == .corruption
    }) {
      throw CrashFlaw(.corrupt, "\(finding)")
    }
    guard report.header?.isDirty == false else { return }
    if let finding = report.findings.first(where: { $0.ruleClass != .advice }) {
      throw CrashFlaw(.flagClear, "\(finding)")
    }
  }

  /// Requires of an image whose flag is clear that all of its bytes are those of one that may have
  /// it clear. So all of it is read.
  private func require(_ report: Report, isAmong clean: Set<UInt64>?) throws(CrashFlaw) {
    guard let clean, report.header?.isDirty == false else { return }
    let bytes = storage.readAll()
    guard !clean.contains(bytes.digest(of: bytes.indices)) else { return }
    throw CrashFlaw(.flagClear, "the file is neither as it was opened nor as it was closed")
  }

  private func requireClean(_ report: Report) throws(CrashFlaw) {
    guard report.verdict == .clean else {
      throw CrashFlaw(
        .notClean, report.findingsByClass.first.map { "\($0)" } ?? "\(report.verdict)")
    }
  }

  private func read(
    _ allowed: AllowedContents, _ trees: [UInt64: [ObservedCache.Piece]]?
  ) throws(CrashFlaw) -> ObservedCache {
    let image: CacheImage
    do throws(ImageError) {
      image = try CacheImage.open(storage, purpose: .reading)
    } catch {
      throw CrashFlaw(.refused, "\(error)")
    }
    let observed = try ObservedCache(image, allowed: allowed, &buffer)
    if let trees, trees[image.information.root.first.rawValue] != observed.pieces {
      throw CrashFlaw(.otherTree, "the root at \(image.information.root.first) has other extents")
    }
    return observed
  }

  /// Opens the image for writing and closes it. Returns whether there was room for that, if there
  /// need not be.
  private func recover(_ mayLackRoom: Bool) throws(CrashFlaw) -> Bool {
    do throws(ImageError) {
      try CacheImage.open(storage, purpose: .writing).close()
    } catch {
      if mayLackRoom, case .noRoomToWrite = error { return false }
      throw CrashFlaw(.notRecovered, "\(error)")
    }
    return true
  }

  /// A digest of all blocks of a clean image that are in use: where free blocks hold what a crash
  /// left, two images are the same.
  static func digest(of bytes: [UInt8]) -> UInt64 {
    guard bytes.count >= Format.headerSize else { return 0 }
    let header = unsafe Header(decoding: bytes.span.bytes)
    let size = Int(Format.blockSize)
    let bits = (Int(clamping: header.blockMap.rawValue) &+ 1) &* size
    var digest: UInt64 = 1
    for block in 0..<bytes.count / size {
      let byte = bits + block / 8
      guard byte < bytes.count, bytes[byte] >> (block % 8) & 1 == 1 else { continue }
      digest = (digest ^ UInt64(block)) &* 0x9fb2_1c65_1e98_df25
      digest ^= bytes.digest(of: block * size..<(block + 1) * size)
    }
    return digest
  }
}
