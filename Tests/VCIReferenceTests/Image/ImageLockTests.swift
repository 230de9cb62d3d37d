import Glibc
import SystemPackage
import Testing
import VCIFormat
import VCIReference
import VCIReferenceTesting

struct `The lock of an image` {
  private let folder = Folder()

  private func open(_ path: FilePath, _ purpose: CacheImage.Purpose) throws -> CacheImage {
    try CacheImage.open(at: path, purpose: purpose)
  }

  /// Whether an image may be opened for a purpose beside those that are open.
  private func admits(_ path: FilePath, _ purpose: CacheImage.Purpose) throws -> Bool {
    do throws(ImageError) {
      try CacheImage.open(at: path, purpose: purpose).close()
      return true
    } catch .locked {
      return false
    }
  }

  private func locate(_ image: CacheImage, _ block: BlockOffset = 7) throws -> ReadAnswer {
    try image.locate(offset: block, count: 1)
  }

  private func write(_ image: CacheImage, at block: BlockOffset = 7) throws {
    let bytes = [UInt8](repeating: 1, count: 512)
    _ = try unsafe image.write(bytes.span.bytes, at: block)
  }

  @Test
  func `lets one write, or many read, and anybody ask what it is`() throws {
    let path = try folder.made()
    let reader = try open(path, .reading)
    #expect(try admits(path, .reading))
    #expect(try admits(path, .information))
    #expect(try !admits(path, .writing))
    try reader.close()
    let writer = try open(path, .writing)
    #expect(try !admits(path, .reading))
    #expect(try admits(path, .information))
    #expect(try !admits(path, .writing))
    try writer.close()
    let information = try open(path, .information)
    #expect(try admits(path, .writing))
    try information.close()
  }

  @Test
  func `lasts until the image is closed, deleted or given up`() throws {
    let path = try folder.made()
    do {
      let image = try open(path, .writing)
      #expect(try !admits(path, .reading))
      try image.close()
      #expect(try admits(path, .writing))
    }
    do {
      let image = try open(path, .writing)
      #expect(try !admits(path, .writing))
      withExtendedLifetime(image) {}
    }
    #expect(try admits(path, .writing))
    let image = try open(path, .writing)
    try image.delete()
    #expect(try admits(try folder.made(), .writing))
  }

  @Test
  func `ends where an open is refused`() throws {
    let path = try folder.made()
    let other = ImageUUID(high: 3, low: 4)
    for purpose in [CacheImage.Purpose.writing, .reading] {
      #expect(throws: ImageError.notUpToDate(expected: other, found: .nil)) {
        try CacheImage.open(at: path, purpose: purpose, expecting: other)
      }
      #expect(try admits(path, .writing))
    }
  }

  @Test
  func `is seen by whoever asks for the same lock of the system`() throws {
    let path = try folder.made()
    let file = try FileDescriptor.open(path, .readOnly)
    let image = try open(path, .reading)
    #expect(flock(file.rawValue, LOCK_SH | LOCK_NB) == 0)
    #expect(flock(file.rawValue, LOCK_EX | LOCK_NB) == -1)
    try image.close()
    #expect(flock(file.rawValue, LOCK_EX | LOCK_NB) == 0)
    #expect(throws: ImageError.locked) { try open(path, .reading) }
    try file.close()
    #expect(try admits(path, .writing))
  }

  @Test
  func `follows what an image is reopened for`() throws {
    let path = try folder.made()
    let image = try open(path, .reading)
    try image.reopen(for: .writing)
    #expect(try !admits(path, .reading))
    try write(image)
    try image.reopen(for: .reading)
    #expect(try admits(path, .reading))
    #expect(try !admits(path, .writing))
    #expect(try locate(image) == .hit(1))
    try image.reopen(for: .information)
    #expect(try admits(path, .writing))
    #expect(throws: ImageError.informationOnly) { try locate(image) }
    try image.reopen(for: .writing)
    #expect(try admits(path, .information))
    #expect(try !admits(path, .reading))
    #expect(try locate(image) == .hit(1))
  }

  @Test
  func `that cannot be had for writing leaves a reader that still keeps writers out`() throws {
    let path = try folder.made()
    let image = try open(path, .reading)
    let other = try open(path, .reading)
    #expect(throws: ImageError.locked) { try image.reopen(for: .writing) }
    #expect(image.purpose == .reading)
    #expect(try locate(image) == .miss(1))
    #expect(throws: ImageError.readOnly) { try write(image) }
    try other.close()
    #expect(try !admits(path, .writing))
    try image.reopen(for: .writing)
    try write(image)
    #expect(try locate(image) == .hit(1))
  }

  @Test
  func `that cannot be had leaves an image that is open for information as it was`() throws {
    let path = try folder.made()
    let writer = try open(path, .writing)
    let image = try open(path, .information)
    for purpose in [CacheImage.Purpose.reading, .writing] {
      #expect(throws: ImageError.locked) { try image.reopen(for: purpose) }
      #expect(image.purpose == .information)
      #expect(image.information.blocks == 4096)
    }
    try write(writer)
    try writer.close()
    try image.reopen(for: .reading)
    #expect(try locate(image) == .hit(1))
  }

  @Test
  func `is kept where another file has the name when an image is reopened`() throws {
    let path = try folder.made()
    let image = try open(path, .reading)
    _ = try folder.made("b.vci")
    folder.rename("a.vci", to: "c.vci")
    folder.rename("b.vci", to: "a.vci")
    #expect(throws: ImageError.self) { try image.reopen(for: .writing) }
    #expect(image.purpose == .reading)
    #expect(try locate(image) == .miss(1))
    #expect(try !admits(folder.file("c.vci"), .writing))
    #expect(try admits(path, .writing))
  }
}
