import Testing
import VCIChecker
import VCIFormat
import VCITesting

/// A clean, empty cache of 819,200 blocks, whose map of 201 blocks is read in two pieces, and
/// nearly all of it a hole; the root, at block 203, ends the file.
private let holed: HandmadeImage = {
  var image = HandmadeImage()
  image.bytes += [UInt8](repeating: 0, count: (211 - 12) * 512)
  image.bytes[2048] = 0
  for place in [8, 1032] { image.put(819_200, width: 8, at: place) }
  image.put(203, width: 8, at: 21)
  image.put(201, width: 4, at: 37)
  image.put(819_200 - 211, width: 8, at: 1040)
  image.put(211, width: 8, at: 1048)
  for block in 0..<211 as Range<UInt64> { image.setBit(of: block) }
  image.bytes[203 * 512] = 2
  return image
}()

struct `A file that changes while it is checked` {
  static let images = [
    HandmadeImage.three.bytes, HandmadeImage.tree.bytes, holed.bytes,
    HandmadeImage.three.changed { $0.bytes[0] = 0 }.bytes,
    HandmadeImage.tree.changed { $0.clearBit(of: 30) }.bytes,
  ]

  private func calls(for bytes: [UInt8]) throws -> Int {
    let source = ChangingSource(bytes, changingAt: .max, to: 0)
    _ = try Checker().check(source)
    return source.calls
  }

  @Test(arguments: images.indices)
  func `is never checked by its remaining bytes`(image: Int) throws {
    let bytes = Self.images[image]
    let calls = try calls(for: bytes)
    #expect(calls >= 3)
    // The call before the first is the one that asks for the size: what it was before is not known.
    for call in 1..<calls {
      for size in [0, 1, 600, bytes.count / 2, bytes.count - 1] {
        let source = ChangingSource(bytes, changingAt: call, to: size)
        let error = #expect(throws: StorageError.self, "call \(call), \(size) bytes") {
          try Checker().check(source)
        }
        #expect(error?.operation == .read && error?.code == 0)
        #expect("\(error.map { "\($0)" } ?? "")".contains("\(bytes.count) bytes"))
      }
    }
  }

  @Test(arguments: images.indices)
  func `is not checked to the end if it grows`(image: Int) throws {
    let bytes = Self.images[image]
    for call in 1..<(try calls(for: bytes)) {
      let source = ChangingSource(bytes, changingAt: call, to: bytes.count + 512)
      #expect(throws: StorageError.self) { try Checker().check(source) }
    }
  }

  @Test
  func `is checked as it is once the check begins`() throws {
    let three = HandmadeImage.three.bytes
    let report = try Checker().check(ChangingSource(three, changingAt: 0, to: 100))
    #expect(report.findings.map(\.rule) == [.fileHoldsHeader])
    let calls = try calls(for: three)
    #expect(try Checker().check(ChangingSource(three, changingAt: calls, to: 0)).verdict == .clean)
  }

  @Test
  func `says where it ended, and how long it was`() throws {
    let source = ChangingSource(HandmadeImage.three.bytes, changingAt: 1, to: 600)
    let error = #expect(throws: StorageError.self) { try Checker().check(source) }
    #expect(
      error?.description
        == "cannot read at byte 600: the file ends there, and had 9728 bytes at least")
    let grown = ChangingSource(HandmadeImage.three.bytes, changingAt: 5, to: 9999)
    let other = #expect(throws: StorageError.self) { try Checker().check(grown) }
    #expect(
      other?.description
        == "cannot read the file: it was 9728 bytes long, and is 9999 now: somebody changes it")
  }
}

struct `A check tells how far it is` {
  @Test
  func `once the tree was walked`() throws {
    var told: [CheckProgress] = []
    _ = try Checker().check(BytesSource(HandmadeImage.tree.bytes)) { told.append($0) }
    #expect(
      told == [.owners(extents: 3), .links(done: 0, of: 3), .links(done: 2, of: 3)])
    told = []
    let meeting = HandmadeImage.three.changed { $0.bytes[HandmadeImage.slot(2) + 30] = 16 }
    _ = try Checker().check(BytesSource(meeting.bytes)) { told.append($0) }
    #expect(told.contains(.collisions(done: 0, of: 6)))
  }
}
