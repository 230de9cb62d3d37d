import SystemPackage
import Testing
import VCIChecker
import VCICorpus
import VCIFormat
import VCIFuzzing
import VCIGenerators

@testable import VCIConformance

/// Runs the test of an image with a program that probes it with `probe`, and takes it for writing.
/// Returns the result, and the first bytes of the file when it was opened for writing.
private func result(
  of image: EditableImage, _ probe: @escaping (FilePath) -> Void
) throws -> (TestResult, [UInt8]) {
  var opened: [UInt8] = []
  let adapter = FakeAdapter(["probe", "open-rw", "close"]) { request in
    switch request {
    case .probe(let file): probe(file)
    case .open(let file, _, .writing, _):
      opened = (try? WorkFile(reading: file))?.bytes(at: 0, count: 4) ?? []
    default: break
    }
    return .done(.nothing)
  }
  let test = ImageTest("a", try Expectations(image, Checker()), about: "a plan")
  return (test.run(adapter, in: try WorkFolder(), nil), opened)
}

struct `The file of an image` {
  private static let valid = EditableImage(
    ImagePlan(blocks: 4096, mapAddress: 2, rootAddress: 4, size: 12 * 512))
  /// The signature in a file.
  private let signature: [UInt8] = [0x56, 0x43, 0x49, 0x00]

  @Test
  func `is opened for writing as it was, also by a program that changed it before`() throws {
    let (right, bytes) = try result(of: Self.valid) { _ in }
    #expect(right.words == [])
    #expect(bytes == signature)
    let (wrong, after) = try result(of: Self.valid) { put([1, 2, 3], at: 0, in: $0) }
    #expect(wrong.words == ["modified-read-only-image, untouched bytes, VCI-RD-007"])
    #expect(after == signature)
  }

  @Test
  func `is told of by size and checksum if the program fails`() throws {
    let zeros = try Recipe(parsing: "size: 512\n").image()
    let wrong = try result(of: zeros) { _ in }.0
    #expect(wrong.words.first == "accepted-invalid, probe, VCI-RD-001")
    #expect(wrong.image == "a plan; 512 bytes, CRC-32 b2aa7578")
    #expect(try result(of: Self.valid) { _ in }.0.image == "a plan")
  }
}

/// Runs the test of an image with a program that puts a byte at `offset` when it closes the image,
/// which it opened for writing.
private func words(of recipe: String, byte: UInt8, at offset: Int64) throws -> [String] {
  var opened: FilePath?
  let adapter = FakeAdapter(["open-rw", "close"]) { request in
    if case .open(let file, _, .writing, _) = request { opened = file }
    if case .close = request, let file = opened { put([byte], at: offset, in: file) }
    return .done(.nothing)
  }
  let expected = try Expectations(try Recipe(parsing: recipe).image(), Checker())
  return ImageTest("a", expected).run(adapter, in: try WorkFolder(), nil).words
}

struct `VCI-WR-001, an image that was opened for writing and not changed` {
  /// Three extents in a list, whose middle one leads back to the block `previous`.
  private static func list(previous: Int) -> String {
    """
    blocks: 4096
    map: 2
    leaf tree at 4
      extent 0+1 at 12 next 13
      extent 10+1 at 13 previous \(previous) next 14
      extent 20+1 at 14 previous 13

    """
  }

  @Test
  func `may be mended if it is not clean, which R-11 leaves open`() throws {
    #expect(try words(of: Self.list(previous: 14), byte: 12, at: 2087) == [])
    #expect(
      try words(of: Self.list(previous: 14), byte: 13, at: 2087)
        == ["output-rejected-by-checker, open for writing, VCI-WR-001"])
  }

  @Test
  func `stays as it is if it is clean`() throws {
    #expect(try words(of: Self.list(previous: 12), byte: 12, at: 2087) == [])
    #expect(
      try words(of: Self.list(previous: 12), byte: 14, at: 2087)
        == ["modified-read-only-image, untouched bytes, VCI-WR-001"])
  }
}

struct `A file for an answer` {
  @Test
  func `is empty each time`() throws {
    let folder = try WorkFolder()
    let first = try folder.answerFile()
    #expect(try folder.answerFile() == first)
    put([1], at: 0, in: first)
    let second = try folder.answerFile()
    #expect(second != first)
    #expect(!WorkFile.exists(first))
    #expect(WorkFile.isEmpty(second))
    // What is no file any more is not used.
    remove(second)
    #expect(try folder.answerFile() != second)
  }
}
