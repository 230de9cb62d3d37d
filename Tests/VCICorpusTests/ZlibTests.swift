import Testing
import VCICorpus

struct `A stream` {
  private let bytes = [UInt8]("a cache image, a cache image, a cache image".utf8)

  private func failure(_ stream: [UInt8], count: Int) -> Zlib.Failure? {
    do throws(Zlib.Failure) {
      _ = try Zlib.inflated(stream, count: count)
      return nil
    } catch {
      return error
    }
  }

  @Test
  func `holds the bytes that were put into it`() throws {
    #expect(try Zlib.inflated(Zlib.deflated(bytes), count: bytes.count) == bytes)
    #expect(try Zlib.inflated(Zlib.deflated([]), count: 0) == [])
  }

  @Test
  func `of another program is read too`() throws {
    // `zlib.compress(b"VCI")` of Python.
    let stream: [UInt8] = [0x78, 0x9c, 0x0b, 0x73, 0xf6, 0x04, 0x00, 0x01, 0xd4, 0x00, 0xe3]
    #expect(try Zlib.inflated(stream, count: 3) == [0x56, 0x43, 0x49])
  }

  @Test
  func `that does not hold exactly the bytes is refused`() {
    let stream = Zlib.deflated(bytes)
    #expect(failure(stream, count: bytes.count) == nil)
    #expect(failure(stream, count: bytes.count - 1) == .tooLong)
    #expect(failure(stream, count: bytes.count + 1) == .tooShort)
    #expect(failure(Array(stream.dropLast()), count: bytes.count) == .truncated)
    #expect(failure([], count: bytes.count) == .truncated)
    #expect(failure(stream + [0], count: bytes.count) == .trailing)
    #expect(failure([0x1f, 0x8b] + stream, count: bytes.count) == .damaged)
    var flipped = stream
    flipped[flipped.count - 1] ^= 1
    #expect(failure(flipped, count: bytes.count) == .damaged)
  }

  @Test
  func `that would fill the memory is refused at the size of the image`() {
    let bomb = Zlib.deflated([UInt8](repeating: 0, count: 1 << 20))
    #expect(failure(bomb, count: 10) == .tooLong)
  }

  @Test
  func `has the checksum that everybody computes`() {
    #expect(Zlib.crc32([UInt8]("123456789".utf8)) == 0xcbf4_3926)
    #expect(Vector.checksum(of: []) == "00000000")
  }
}
