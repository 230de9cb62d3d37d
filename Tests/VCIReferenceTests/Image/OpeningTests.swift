import Testing
import VCIFormat
import VCIReference
import VCIReferenceTesting
import VCITesting

/// What an open refuses an image for, as `VCI-HDR-001 at 0 header.signature`; "opened" where it
/// doesn't.
private func refusal(_ image: HandmadeImage) -> String {
  do throws(ImageError) {
    _ = try CacheImage.open(MemoryStorage(image.bytes), purpose: .reading)
    return "opened"
  } catch {
    guard case .violation(let violation) = error else { return "\(error)" }
    return "\(violation.rule) at \(violation.offset) \(violation.path)"
  }
}

private func probed(_ image: HandmadeImage) throws -> Rule? {
  switch try probe(MemoryStorage(image.bytes)) {
  case .mine: nil
  case .notMine(let violation): violation.rule
  }
}

struct `Probing` {
  private let fresh = HandmadeImage()

  @Test
  func `VCI-RD-001 VCI-FILE-001 VCI-HDR-001 VCI-HDR-002 refuses what is no header`() throws {
    #expect(try probed(fresh) == nil)
    #expect(try probed(fresh.changed { $0.bytes.removeLast(6144 - 1023) }) == .fileHoldsHeader)
    #expect(try probed(fresh.changed { $0.bytes.removeLast(6144 - 1024) }) == nil)
    #expect(try probed(fresh.changed { $0.bytes[3] = 1 }) == .headerSignature)
    #expect(try probed(fresh.changed { $0.bytes[7] = 1 }) == .headerVersion)
    #expect(try probed(fresh.changed { $0.bytes[16] = 0xff }) == nil)
  }
}

extension `Probing` {
  @Test
  func `F-42 is neither yes nor no where the disk cannot read`() {
    let source = WatchedSource(HandmadeImage().bytes)
    source.badBlocks = [0]
    #expect(throws: StorageError.self) { try probe(source) }
  }
}

struct `Opening` {
  private let fresh = HandmadeImage()
  private let three = HandmadeImage.three

  @Test
  func `VCI-RD-002 takes images without corruption`() {
    #expect(refusal(fresh) == "opened")
    #expect(refusal(three) == "opened")
  }

  @Test
  func `VCI-HDR-003 refuses a number of blocks that no cache has`() {
    for blocks in [0, 11, 17_592_186_036_225, UInt64.max] {
      #expect(
        refusal(fresh.changed { $0.put(blocks, width: 8, at: 8) })
          == "VCI-HDR-003 at 8 header.blocks")
    }
  }

  @Test
  func `VCI-HDR-004 VCI-HDR-005 refuses unknown flags and types`() {
    #expect(
      refusal(fresh.changed { $0.bytes[16] = 2 }) == "VCI-HDR-004 at 16 header.uncleanShutdown")
    #expect(refusal(fresh.changed { $0.bytes[17] = 0 }) == "VCI-HDR-005 at 17 header.cacheType")
  }

  @Test
  func `VCI-HDR-006 VCI-HDR-007 VCI-HDR-008 VCI-HDR-009 refuses places that are none`() {
    for address in [0, 1, 4089, UInt64.max - 7] {
      #expect(
        refusal(fresh.changed { $0.put(address, width: 8, at: 21) })
          == "VCI-HDR-006 at 21 header.treeRoot")
    }
    for address in [0, 1, 4095, UInt64.max] {
      #expect(
        refusal(fresh.changed { $0.put(address, width: 8, at: 29) })
          == "VCI-HDR-007 at 29 header.blockMap")
    }
    #expect(refusal(fresh.changed { $0.bytes[21] = 3 }) == "VCI-HDR-008 at 21 header.treeRoot")
    #expect(
      refusal(fresh.changed { $0.bytes[37] = 3 }) == "VCI-HDR-009 at 37 header.blockMapBlocks")
  }

  @Test
  func `VCI-FILE-005 refuses map and root that are not in the file`() {
    #expect(
      refusal(fresh.changed { $0.bytes.removeLast() }) == "VCI-FILE-005 at 21 header.treeRoot")
    #expect(
      refusal(fresh.changed { $0.bytes.removeLast(6144 - 2047) })
        == "VCI-FILE-005 at 29 header.blockMap")
  }

  @Test
  func `refuses a map that is none, or another's`() {
    #expect(refusal(fresh.changed { $0.bytes[1024] = 0 }) == "VCI-MAP-001 at 1024 map.magic")
    #expect(refusal(fresh.changed { $0.bytes[1028] = 2 }) == "VCI-MAP-002 at 1028 map.version")
    #expect(refusal(fresh.changed { $0.bytes[1032] = 1 }) == "VCI-MAP-003 at 1032 map.blocks")
    #expect(refusal(fresh.changed { $0.bytes[1040] = 1 }) == "VCI-MAP-004 at 1040 map.free")
    #expect(
      refusal(
        fresh.changed {
          $0.bytes[1047] = 0x80
          $0.bytes[1055] = 0x80
        }) == "VCI-MAP-004 at 1040 map.free")
  }

  @Test
  func `VCI-NODE-001 VCI-NODE-006 VCI-NODE-007 refuses a root that is none`() {
    #expect(refusal(fresh.changed { $0.bytes[2048] = 3 }) == "VCI-NODE-001 at 2048 tree.type")
    let gap = three.changed { $0.put([UInt8](repeating: 0, count: 38), at: HandmadeImage.slot(1)) }
    #expect(refusal(gap) == "VCI-NODE-006 at 2125 tree/extent[2]")
    let half = three.changed { $0.bytes[HandmadeImage.slot(106) + 30] = 9 }
    #expect(refusal(half) == "VCI-NODE-007 at 6077 tree/extent[106]")
  }

  @Test
  func `VCI-EXT-001 VCI-EXT-002 refuses extents that are out of order or of the disk`() {
    #expect(
      refusal(three.changed { $0.bytes[HandmadeImage.slot(2) + 18] = 13 })
        == "VCI-EXT-001 at 2143 tree/extent[2].blockOffset")
    #expect(
      refusal(three.changed { $0.put((1 << 54) - 1, width: 8, at: HandmadeImage.slot(2) + 18) })
        == "VCI-EXT-002 at 2143 tree/extent[2].blockOffset")
    #expect(
      refusal(three.changed { $0.put((1 << 54) - 2, width: 8, at: HandmadeImage.slot(2) + 18) })
        == "opened")
  }

  @Test
  func `VCI-RD-005 takes whatever is but advice, summary, leak or dirty`() {
    let odd = three.changed {
      $0.bytes[16] = 1
      $0.bytes[500] = 9
      $0.put([0, 0, 0], at: 1536)
      $0.bytes[1600] = 0xff
      $0.bytes[6143] = 1
      $0.bytes[HandmadeImage.slot(0) + 17] = 1
      $0.put(77, width: 8, at: HandmadeImage.slot(0))
      $0.bytes.append(1)
    }
    #expect(refusal(odd) == "opened")
  }

  @Test
  func `VCI-WR-007 refuses a cache that is not up to date`() throws {
    let mine = ImageUUID(high: 1, low: 2)
    let image = MemoryStorage(fresh.bytes)
    #expect(throws: ImageError.notUpToDate(expected: mine, found: .nil)) {
      try CacheImage.open(image, purpose: .reading, expecting: mine)
    }
    _ = try CacheImage.open(image, purpose: .reading, expecting: .nil)
  }

  @Test
  func `F-40 tells what the image says of itself`() throws {
    let information = try CacheImage.open(
      MemoryStorage(three.bytes), purpose: .information
    ).information
    #expect(information.blocks == 4096)
    #expect(information.type == .dynamic)
    #expect(!information.isDirty)
    #expect(information.map == BlockRange(2, 2))
    #expect(information.root == BlockRange(4, 8))
    #expect(information.rootType == .leaf)
    #expect(information.rootEntries == 3)
    #expect("\(information.imageUUID)" == "00112233-4455-6677-8899-000000000000")
  }
}
