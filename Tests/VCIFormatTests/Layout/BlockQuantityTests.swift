import Testing
import VCIFormat
import VCITesting

private let top = BlockAddress(.max)

struct `A quantity of blocks` {
  @Test
  func `is 512 bytes each, or all of 64 bits where they can't hold it`() {
    #expect(BlockCount(3).bytes == 1536)
    #expect(BlockAddress(0x7f_ffff_ffff_ffff).bytes == 0xffff_ffff_ffff_fe00)
    #expect(BlockAddress(0x80_0000_0000_0000).bytes == .max)
    #expect(BlockCount(.max).bytes == .max)
  }

  @Test
  func `is compared and written as its number`() {
    #expect(BlockOffset(2) < 10)
    #expect(BlockOffset(10).description == "10")
  }
}

struct `Arithmetic in blocks` {
  @Test
  func `adds and takes away counts`() {
    #expect(BlockAddress(5) + 3 == BlockAddress(8))
    #expect(BlockAddress(5) - BlockCount(3) == BlockAddress(2))
    #expect(BlockCount(5) + 3 == BlockCount(8))
    #expect(BlockCount(5) - 3 == BlockCount(2))
    var offset = BlockOffset(5)
    offset += 3
    #expect(offset == 8)
    offset -= 7
    #expect(offset == 1)
  }

  @Test
  func `counts the blocks between two places`() {
    #expect(BlockOffset(8) - BlockOffset(5) == BlockCount(3))
    #expect(BlockAddress(8) - BlockAddress(8) == BlockCount(0))
  }

  @Test
  func `says of numbers from a file where 64 bits can't hold the sum`() {
    #expect(BlockAddress(5).adding(3) == 8)
    #expect(top.adding(0) == top)
    #expect(top.adding(1) == nil)
    #expect(BlockCount(.max).adding(1) == nil)
  }
}

struct `A binary search` {
  @Test
  func `finds the first element that satisfies the predicate`() {
    for count in 0...9 {
      for point in 0...count {
        #expect((0..<count).partitionPoint { $0 >= point } == point)
        let numbers = Array(100..<100 + count)
        #expect(numbers[...].partitionPoint { $0 >= 100 + point } == point)
      }
    }
  }
}

struct `A range of blocks` {
  @Test
  func `has an end where 64 bits can hold it`() {
    #expect(BlockRange(5, 3).end == 8)
    #expect(BlockRange(top, 0).end == top)
    #expect(BlockRange(top, 1).end == nil)
    #expect(BlockRange(1, BlockCount(.max)).end == nil)
  }

  @Test
  func `VCI-HDR-006 VCI-HDR-007 VCI-EXT-003 lies within bounds only with all of its blocks`() {
    #expect(BlockRange(2, 8).isWithin(2, 10))
    #expect(!BlockRange(1, 8).isWithin(2, 10))
    #expect(!BlockRange(3, 8).isWithin(2, 10))
    #expect(!BlockRange(2, BlockCount(.max)).isWithin(2, top))
    #expect(!BlockRange(top, 1).isWithin(2, top))
    #expect(!BlockRange(top, 8).isWithin(2, 10))
    #expect(BlockRange(2, BlockCount(.max - 2)).isWithin(2, top))
  }

  @Test
  func `VCI-HDR-008 VCI-EXT-005 VCI-EXT-006 overlaps another where a block belongs to both`() {
    let runs: [(BlockRange, BlockRange, Bool)] = [
      (BlockRange(2, 3), BlockRange(5, 3), false), (BlockRange(2, 4), BlockRange(5, 3), true),
      (BlockRange(2, 9), BlockRange(5, 3), true), (BlockRange(5, 3), BlockRange(5, 3), true),
      (BlockRange(0, BlockCount(.max)), BlockRange(top, 1), false),
      (BlockRange(1, BlockCount(.max)), BlockRange(top, 1), true),
      (BlockRange(top, 9), BlockRange(top, 1), true), (BlockRange(top, 9), BlockRange(0, 9), false),
      (BlockRange(2, 0), BlockRange(0, 9), false), (BlockRange(2, 0), BlockRange(2, 0), false),
    ]
    for (one, other, overlap) in runs {
      #expect(one.overlaps(other) == overlap, "\(one) and \(other)")
      #expect(other.overlaps(one) == overlap, "\(other) and \(one)")
    }
  }

  @Test
  func `contains its blocks and no others`() {
    #expect((3...9).filter { BlockRange(5, 3).contains(BlockAddress($0)) } == [5, 6, 7])
    #expect(BlockRange(top, 9).contains(top))
    #expect(!BlockRange(top, 9).contains(0))
    #expect(!BlockRange(5, 0).contains(5))
  }

  @Test
  func `is written as first block and count`() {
    #expect(BlockRange(5, 3).description == "5+3")
  }
}
