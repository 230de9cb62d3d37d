import Testing
import VCIFormat
import VCIReference
import VCIReferenceTesting
import VCITesting

struct `Reading` {
  private let three = HandmadeImage.three

  /// The answer to a read, and the first byte of each block that was delivered.
  private func read(
    _ image: HandmadeImage, _ offset: UInt64, _ count: UInt64
  ) throws -> (answer: ReadAnswer, blocks: [UInt8]) {
    let opened = try CacheImage.open(MemoryStorage(image.bytes), purpose: .reading)
    var bytes = [UInt8](repeating: 0xee, count: Int(count) * 512)
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    let answer = try opened.read(
      offset: BlockOffset(offset), count: BlockCount(count), into: &buffer)
    return (answer, (0..<Int(count)).map { bytes[$0 * 512] })
  }

  @Test
  func `VCI-RD-006 delivers the blocks of one extent`() throws {
    #expect(try read(three, 0, 1) == (.hit(1), [12]))
    #expect(try read(three, 10, 4) == (.hit(4), [13, 14, 15, 16]))
    #expect(try read(three, 11, 8) == (.hit(3), [14, 15, 16, 0xee, 0xee, 0xee, 0xee, 0xee]))
    #expect(try read(three, 13, 1) == (.hit(1), [16]))
    #expect(try read(three, 101, 2) == (.hit(1), [18, 0xee]))
  }

  @Test
  func `VCI-RD-006 says how many blocks are missing up to the next cached one`() throws {
    #expect(try read(three, 1, 20).answer == .miss(9))
    #expect(try read(three, 9, 1).answer == .miss(1))
    #expect(try read(three, 14, 200).answer == .miss(86))
    #expect(try read(three, 102, 7).answer == .miss(7))
    #expect(try read(three, (1 << 54), 7).answer == .miss(7))
    #expect(try read(three, .max, 3).answer == .miss(3))
    #expect(try read(HandmadeImage(), 0, 5).answer == .miss(5))
  }

  /// The rule for which a read is refused.
  private func refusal(_ image: HandmadeImage, _ offset: UInt64) -> Rule? {
    do {
      _ = try read(image, offset, 1)
      return nil
    } catch ImageError.violation(let violation) {
      return violation.rule
    } catch {
      return nil
    }
  }

  @Test
  func `VCI-RD-004 VCI-FILE-006 VCI-EXT-003 VCI-EXT-007 refuse damage, serve the rest`() throws {
    let slot = HandmadeImage.slot(1)
    for address in [1, 4093, .max - 1, 1 << 55 | 13] as [UInt64] {
      let image = three.changed { $0.put(address, width: 8, at: slot + 30) }
      #expect(refusal(image, 10) == .extentInRange)
      #expect(try read(image, 0, 1) == (.hit(1), [12]))
      #expect(try read(image, 1, 20).answer == .miss(9))
      #expect(try read(image, 100, 1) == (.hit(1), [17]))
    }
    #expect(refusal(three.changed { $0.put(1000, width: 8, at: slot + 30) }, 12) == .dataInFile)
    #expect(refusal(three.changed { $0.bytes[slot + 16] = 0x80 }, 13) == .extentFlags)
    #expect(refusal(three.changed { $0.bytes.removeLast() }, 100) == .dataInFile)
  }

  @Test
  func `refuses requests that are none`() throws {
    let image = try CacheImage.open(MemoryStorage(three.bytes), purpose: .reading)
    let closed = try CacheImage.open(MemoryStorage(three.bytes), purpose: .information)
    var bytes = [UInt8](repeating: 0, count: 1023)
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    let errors: [ImageError] = [
      failure { () throws(ImageError) in
        _ = try image.read(offset: 0, count: 0, into: &buffer)
      },
      failure { () throws(ImageError) in
        _ = try image.read(offset: 0, count: 2, into: &buffer)
      },
      failure { () throws(ImageError) in
        _ = try image.read(offset: 0, count: BlockCount(.max), into: &buffer)
      },
      failure { () throws(ImageError) in
        _ = try closed.read(offset: 0, count: 1, into: &buffer)
      },
    ].compactMap(\.self)
    #expect(
      errors == [
        .emptyRequest, .shortBuffer(needed: 1024, given: 1023),
        .shortBuffer(needed: .max, given: 1023), .informationOnly,
      ])
  }

  private func failure(_ call: () throws(ImageError) -> Void) -> ImageError? {
    do throws(ImageError) {
      try call()
      return nil
    } catch {
      return error
    }
  }

  @Test
  func `says so where the file has shrunk`() throws {
    let storage = MemoryStorage(three.bytes)
    let image = try CacheImage.open(storage, purpose: .reading)
    try storage.resize(to: 18 * 512)
    var bytes = [UInt8](repeating: 0, count: 1024)
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    let error = failure { () throws(ImageError) in
      _ = try image.read(offset: 100, count: 2, into: &buffer)
    }
    #expect(error == .fileShrank(atByte: 18 * 512))
  }

  @Test
  func `F-44 says so where the disk cannot read`() throws {
    let source = WatchedSource(three.bytes)
    let image = try CacheImage.open(source, purpose: .reading)
    source.badBlocks = [14]
    #expect(image.answer(11, 2) == "cannot read at byte 7168: input/output error (error 5)")
    #expect(image.answer(12, 1) == "hit 15")
  }
}
