internal import VCICorpus
package import VCIFormat
package import VCIGenerators

/// Blocks of a read that may all be the same.
package struct AllowedSegment {
  package let block: BlockOffset
  package var count: BlockCount
  /// What a block may be.
  package let may: [String]
  /// The file block of the first block; `nil` if none may be a hit.
  package let address: BlockAddress?

  package init(_ segment: ReadForecast.Segment, _ allowsRefusals: Bool) {
    block = segment.block
    count = segment.count
    let isFree = (allowsRefusals || segment.isNear) && segment.block < Format.diskEnd
    switch segment.state {
    case .hit(let from):
      may = isFree ? ["hit", "miss", "refused"] : ["hit"]
      address = from
    case .miss:
      may = isFree ? ["miss", "refused"] : ["miss"]
      address = nil
    case .damaged:
      may = ["miss", "refused"]
      address = nil
    }
  }
}

extension AllowedSegment {
  /// Returns `segments` with neighbours joined that have no hits and whose blocks may be the same.
  /// `allowsRefusals` says whether every block may be missed or refused because of a corruption
  /// anywhere in the image.
  static func joined(
    _ segments: [ReadForecast.Segment], _ allowsRefusals: Bool
  ) -> [AllowedSegment] {
    var joined: [AllowedSegment] = []
    for segment in segments {
      let next = AllowedSegment(segment, allowsRefusals)
      if let last = joined.last, last.address == nil, next.address == nil, last.may == next.may {
        joined[joined.count - 1].count += next.count
      } else {
        joined.append(next)
      }
    }
    return joined
  }

  /// Returns the segment as it is listed; its hits are blocks of the image `bytes`.
  func listed(_ bytes: SparseBytes) -> AllowedRead.Segment {
    AllowedRead.Segment(
      block, count, may, crc32: address.map { bytes.crc32(of: BlockRange($0, count)) })
  }
}

extension SparseBytes {
  private static var pieceBlocks: UInt64 { 2048 }

  /// Returns the CRC-32 of the bytes of `range`, which lies in the file.
  fileprivate func crc32(of range: BlockRange) -> UInt32 {
    var crc: UInt32 = 0
    var done: UInt64 = 0
    while done < range.count.rawValue {
      let count = BlockCount(min(Self.pieceBlocks, range.count.rawValue - done))
      let start = range.first + BlockCount(done)
      crc = Zlib.crc32(bytes(at: start.bytes, count: Int(count.bytes)), from: crc)
      done += count.rawValue
    }
    return crc
  }
}
