internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

extension VerdictLine {
  /// A read of blocks of the disk.
  struct Read: Encodable {
    let block: String
    let count: String
    let segments: [Segment]

    /// Makes a read of the image `bytes`. `allowsRefusals` says whether every block may be missed
    /// or refused because of a corruption anywhere in the image.
    init(_ read: AimedReads.Read, _ bytes: SparseBytes, _ allowsRefusals: Bool) {
      block = "\(read.request.block)"
      count = "\(read.request.count)"
      segments = Self.joined(read.segments, allowsRefusals).map { Segment($0, bytes) }
    }

    /// Joins neighbouring segments without hits whose blocks may be the same.
    private static func joined(
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
  }

  /// A part of a read, and what each of its blocks may be.
  struct Segment: Encodable {
    let block: String
    let count: String
    let may: [String]
    /// The CRC-32 of the right bytes; `nil` if no block may be a hit.
    let crc32: String?

    init(_ segment: AllowedSegment, _ bytes: SparseBytes) {
      block = "\(segment.block)"
      count = "\(segment.count)"
      may = segment.may
      crc32 = segment.address.map {
        Vector.text(of: bytes.crc32(of: BlockRange($0, segment.count)))
      }
    }
  }
}

/// Blocks of a read that may all be the same.
struct AllowedSegment {
  let block: BlockOffset
  var count: BlockCount
  /// What a block may be.
  let may: [String]
  /// The file block of the first block; `nil` if none may be a hit.
  let address: BlockAddress?

  init(_ segment: ReadForecast.Segment, _ allowsRefusals: Bool) {
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
