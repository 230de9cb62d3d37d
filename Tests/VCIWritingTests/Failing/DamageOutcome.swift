import Glibc
import VCIChecker
import VCIFormat
import VCIReference

/// What becomes of damage that no call reports; the raw value is its name in
/// `Specs/FaultClasses.md`. The worst comes last.
enum DamageOutcome: String, CaseIterable, Comparable {
  /// Every block that is served is right, and no program refuses the image.
  case survives
  /// The image, or a part of it, is refused, and every block that is served is right.
  case detected
  /// A reader serves a wrong block; a check, or an open for writing, finds the damage.
  case late
  /// A reader serves a wrong block, and nothing finds the damage.
  case invisible

  static func < (one: Self, other: Self) -> Bool {
    guard let first = allCases.firstIndex(of: one), let second = allCases.firstIndex(of: other)
    else { return false }
    return first < second
  }
}

/// A cache that is read whole, and what it is to serve.
struct ExpectedCache {
  /// The bytes that blocks may have; a block without a line is not cached.
  let values: [UInt64: Set<UInt8>]
  /// The state of the disk with which the cache agrees.
  var modificationUUID: ImageUUID?
  /// Where to go on if a read is refused.
  private let starts: [UInt64]

  /// A cache of blocks each of which is filled with one of some bytes.
  init(_ values: [UInt64: Set<UInt8>], modificationUUID: ImageUUID? = nil) {
    self.values = values
    self.modificationUUID = modificationUUID
    starts = values.keys.sorted()
  }

  /// Opens, reads and checks an image.
  func outcome(of bytes: [UInt8]) -> DamageOutcome {
    let (isRight, isRefused) = served(by: bytes)
    let isFound = isCorrupt(bytes)
    switch (isRight, isRefused || isFound) {
    case (true, false): return .survives
    case (true, true): return .detected
    case (false, _): return isFound ? .late : .invisible
    }
  }

  /// Whether a check finds a corruption.
  private func isCorrupt(_ bytes: [UInt8]) -> Bool {
    guard let report = try? Checker().check(MemoryStorage(bytes)) else { return true }
    return report.findings.contains { $0.ruleClass == .corruption }
  }

  /// Whether every block that a reader serves is right, and whether it refused anything.
  private func served(by bytes: [UInt8]) -> (isRight: Bool, isRefused: Bool) {
    guard
      let image = try? CacheImage.open(
        MemoryStorage(bytes), purpose: .reading, expecting: modificationUUID)
    else { return (true, true) }
    var isRefused = false
    var next: UInt64 = 0
    var buffer = [UInt8](repeating: 0, count: 64 * 512)
    while next < Format.diskEnd.rawValue {
      do {
        switch try read(image, next, &buffer) {
        case .miss(let missing): next += missing.rawValue
        case .hit(let served):
          for step in 0..<served.rawValue where !isRight(next + step, buffer, Int(step)) {
            return (false, isRefused)
          }
          next += served.rawValue
        }
      } catch {
        isRefused = true
        guard let start = starts.first(where: { $0 > next }) else { break }
        next = start
      }
    }
    return (true, isRefused)
  }

  private func read(
    _ image: CacheImage, _ block: UInt64, _ buffer: inout [UInt8]
  ) throws -> ReadAnswer {
    let near: ReadAnswer = try {
      var span = buffer.mutableSpan
      var bytes = unsafe span.mutableBytes
      return try image.read(offset: BlockOffset(block), count: BlockCount(64), into: &bytes)
    }()
    guard near == .miss(64) else { return near }
    // How far the gap goes.
    return try image.locate(
      offset: BlockOffset(block), count: BlockCount(Format.diskEnd.rawValue - block))
  }

  /// Whether a block in the buffer is one that may be served.
  private func isRight(_ block: UInt64, _ buffer: [UInt8], _ place: Int) -> Bool {
    let start = place * 512
    guard values[block]?.contains(buffer[start]) == true else { return false }
    // Each byte is as the one before it.
    return unsafe buffer.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return false }
      return unsafe memcmp(base + start, base + start + 1, 511) == 0
    }
  }
}
