import Testing
import VCIFormat

struct `Numbers in bytes` {
  @Test
  func `are little endian, at any offset`() {
    let bytes: [UInt8] = [0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08]
    let span = unsafe bytes.span.bytes
    #expect(span.number(at: 1, as: UInt8.self) == 0x01)
    #expect(span.number(at: 1, as: UInt16.self) == 0x0201)
    #expect(span.number(at: 1, as: UInt32.self) == 0x0403_0201)
    #expect(span.number(at: 1, as: UInt64.self) == 0x0807_0605_0403_0201)
  }

  @Test
  func `are put as they are read`() {
    var bytes = [UInt8](repeating: 0xee, count: 16)
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    raw.put(UInt8(0x01), at: 0)
    raw.put(UInt32(0x0504_0302), at: 1)
    raw.put(UInt64(0x0d0c_0b0a_0908_0706), at: 5)
    #expect(bytes == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0xee, 0xee, 0xee])
  }

  @Test
  func `outside the bytes are a fault of ours`() async {
    await #expect(processExitsWith: .failure) {
      let bytes = [UInt8](repeating: 0, count: 7)
      _ = unsafe bytes.span.bytes.number(at: 0, as: UInt64.self)
    }
  }
}

struct `The first byte that is not zero` {
  @Test
  func `is found wherever it stands, and only inside the range`() {
    for position in 0..<40 {
      var bytes = [UInt8](repeating: 0, count: 40)
      bytes[position] = 0x80
      let span = unsafe bytes.span.bytes
      for lower in [0, 1, 7, 8, 20] {
        for upper in [20, 33, 39, 40] {
          let expected = (lower..<upper).contains(position) ? position : nil
          #expect(span.firstNonZero(in: lower..<upper) == expected)
        }
      }
    }
  }

  @Test
  func `is none in an empty range`() {
    let bytes: [UInt8] = [1]
    #expect(unsafe bytes.span.bytes.firstNonZero(in: 0..<0) == nil)
    #expect(unsafe bytes.span.bytes.firstNonZero(in: 1..<1) == nil)
  }
}

struct `The end of what is not zero` {
  @Test
  func `is behind the last such byte of the range, or its start`() {
    for position in 0..<150 {
      var bytes = [UInt8](repeating: 0, count: 150)
      bytes[position] = 0x01
      let span = unsafe bytes.span.bytes
      for lower in [0, 1, 63, 64, 70] {
        for upper in [70, 128, 135, 149, 150] {
          let expected = (lower..<upper).contains(position) ? position + 1 : lower
          #expect(span.endOfNonZero(in: lower..<upper) == expected)
        }
      }
    }
    #expect(unsafe [UInt8(1)].span.bytes.endOfNonZero(in: 1..<1) == 1)
  }
}

struct `Bytes from a place on` {
  @Test
  func `are zero where each of them is, however many and wherever they stand`() {
    for count in Array(0...140) + [511, 512, 513] {
      for start in 0...17 {
        var bytes = [UInt8](repeating: 0, count: start + count)
        #expect(unsafe bytes.span.bytes.isZero(from: start))
        let wrong = bytes.indices.filter { position in
          bytes[position] = 0x80
          defer { bytes[position] = 0 }
          // Bytes after the span are not read either.
          let before = unsafe bytes.span.bytes.extracting(0..<position)
          return unsafe bytes.span.bytes.isZero(from: start) != (position < start)
            || !before.isZero(from: min(start, position))
        }
        #expect(wrong == [])
      }
    }
  }

  @Test
  func `do not begin behind the end`() async {
    await #expect(processExitsWith: .failure) {
      _ = unsafe [UInt8](repeating: 0, count: 3).span.bytes.isZero(from: 4)
    }
    await #expect(processExitsWith: .failure) {
      _ = unsafe [UInt8](repeating: 0, count: 3).span.bytes.isZero(from: -1)
    }
  }
}

struct `Two runs of bytes` {
  @Test
  func `are equal wherever they stand`() {
    let bytes = (0..<200).map { UInt8($0 % 7) }
    let span = unsafe bytes.span.bytes
    for count in Array(0...70) + [127, 128, 129, 150] {
      for start in 0...24 {
        for other in 0...24 {
          let expected = bytes[start..<start + count].elementsEqual(bytes[other..<other + count])
          let left = span.extracting(start..<start + count)
          #expect(left.isEqual(to: span.extracting(other..<other + count)) == expected)
        }
      }
    }
    #expect(unsafe [UInt8]().span.bytes.isEqual(to: [UInt8]().span.bytes))
  }

  @Test
  func `are equal where none of as many differs`() {
    for count in [0, 1, 63, 64, 65, 129] {
      let bytes = [UInt8](repeating: 7, count: count)
      #expect(unsafe bytes.span.bytes.isEqual(to: bytes.span.bytes))
      #expect(unsafe !bytes.span.bytes.isEqual(to: (bytes + [7]).span.bytes))
      for position in 0..<count {
        var others = bytes
        others[position] = 0x87
        #expect(unsafe !bytes.span.bytes.isEqual(to: others.span.bytes))
      }
    }
  }
}
