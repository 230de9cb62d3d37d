internal import VCIFormat
internal import VCIFuzzing
internal import VCIReference

/// What an image has cached, found by reading all of it.
struct ObservedCache: Equatable {
  /// An extent, without its links.
  struct Piece: Equatable {
    let offset: UInt64
    let count: UInt64
    let address: UInt64
  }

  /// The cached blocks, ascending.
  private(set) var blocks: [(offset: UInt64, version: UInt32)] = []
  private(set) var pieces: [Piece] = []

  static func == (left: Self, right: Self) -> Bool {
    left.pieces == right.pieces && left.blocks.elementsEqual(right.blocks, by: ==)
  }

  /// A cache that has nothing.
  init() {}

  /// The most blocks that one read asks for.
  private static let longestRead = 64

  /// Reads all that `image` has cached, and compares it with what is allowed.
  ///
  /// - Throws: `CrashFlaw` if it is not, or if a read fails.
  init(
    _ image: CacheImage, allowed: AllowedContents, _ buffer: inout [UInt8]
  ) throws(CrashFlaw) {
    pieces = try Self.pieces(of: image)
    for piece in pieces {
      for offset in piece.offset..<piece.offset + piece.count
      where allowed.index(of: offset) == nil {
        throw CrashFlaw(.forgotten, "block \(offset) is cached")
      }
    }
    for range in allowed.ranges {
      try read(allowed.blocks[range], of: image, &buffer)
    }
  }

  /// The extents of an image, in order.
  ///
  /// - Throws: `CrashFlaw` if a node is refused.
  static func pieces(of image: CacheImage) throws(CrashFlaw) -> [Piece] {
    var pieces: [Piece] = []
    var next: UInt64 = 0
    do throws(ImageError) {
      while let extent = try image.nextExtent(from: BlockOffset(next)) {
        pieces.append(
          Piece(
            offset: extent.offset.rawValue, count: extent.blocks.rawValue,
            address: extent.address.rawValue))
        next = extent.offset.rawValue + extent.blocks.rawValue
      }
    } catch {
      throw CrashFlaw(.refused, "the next extent from block \(next): \(error)")
    }
    return pieces
  }

  /// Reads consecutive blocks.
  private mutating func read(
    _ blocks: ArraySlice<AllowedContents.Block>, of image: CacheImage, _ buffer: inout [UInt8]
  ) throws(CrashFlaw) {
    var rest = blocks
    let size = Int(Format.blockSize)
    if buffer.count < Self.longestRead * size {
      buffer = [UInt8](repeating: 0, count: Self.longestRead * size)
    }
    while let first = rest.first {
      let count = min(rest.count, Self.longestRead)
      let answer: ReadAnswer
      do throws(ImageError) {
        answer = try buffer.withMutableBytes(in: 0..<count * size) {
          (span: inout MutableRawSpan) throws(ImageError) in
          try image.read(
            offset: BlockOffset(first.offset), count: BlockCount(UInt64(count)), into: &span)
        }
      } catch {
        throw CrashFlaw(.refused, "block \(first.offset): \(error)")
      }
      switch answer {
      case .hit(let served):
        let hits = rest.prefix(Int(served.rawValue))
        for (place, block) in hits.enumerated() {
          try unsafe compare(block, buffer.span.bytes, at: place * size)
        }
        rest = rest.dropFirst(hits.count)
      case .miss(let missing):
        let misses = rest.prefix(Int(clamping: missing.rawValue))
        if let lost = misses.first(where: { !$0.mayMiss }) {
          throw CrashFlaw(.lost, "block \(lost.offset) is missing")
        }
        rest = rest.dropFirst(misses.count)
      }
    }
  }

  private mutating func compare(
    _ block: AllowedContents.Block, _ bytes: RawSpan, at place: Int
  ) throws(CrashFlaw) {
    for version in block.versions
    where VersionedBlock(block.offset, version: version).stands(in: bytes, at: place) {
      blocks.append((block.offset, version))
      return
    }
    let allowed = block.versions.map { "\($0)" }.joined(separator: " or ")
    for version in 0...Self.latestVersion
    where VersionedBlock(block.offset, version: version).stands(in: bytes, at: place) {
      throw CrashFlaw(
        .olderBytes, "block \(block.offset) has version \(version), not \(allowed)")
    }
    throw CrashFlaw(.wrongBytes, "block \(block.offset) has other bytes than version \(allowed)")
  }

  /// Versions up to this one are told from foreign bytes.
  private static let latestVersion: UInt32 = 400

  /// What may be cached after this if nothing is changed.
  var allowed: AllowedContents {
    AllowedContents(
      blocks.map {
        AllowedContents.Block(offset: $0.offset, versions: [$0.version], mayMiss: false)
      })
  }
}
