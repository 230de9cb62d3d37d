import Glibc
import SystemPackage
import Testing
import VCIFormat
import VCIReference
import VCIReferenceTesting

struct `A path` {
  private let folder = Folder()

  private func link(_ name: String, to target: String) {
    _ = unsafe folder.file(name).withPlatformString { name in
      unsafe target.withCString { unsafe symlink($0, name) }
    }
  }

  private func plan(_ modification: ImageUUID = .nil) throws -> CacheImage.Plan {
    try CacheImage.Plan(
      blocks: 4096, type: .dynamic, imageUUID: ImageUUID(high: 1, low: 2),
      modificationUUID: modification)
  }

  /// The operation that the file at `path` fails.
  private func failed(_ path: FilePath, _ purpose: CacheImage.Purpose) -> StorageError.Operation? {
    do throws(ImageError) {
      try CacheImage.open(at: path, purpose: purpose).close()
      return nil
    } catch {
      guard case .storage(let error) = error else { return nil }
      return error.operation
    }
  }

  @Test(.timeLimit(.minutes(30)))
  func `VCI-RD-001, of a pipe, a folder or a device cannot be read, and nothing waits`() {
    _ = unsafe folder.file("pipe").withPlatformString { unsafe mkfifo($0, 0o600) }
    link("b.vci", to: "pipe")
    for path in [folder.file("pipe"), folder.file("b.vci"), folder.path, "/dev/zero", "/dev/null"] {
      for purpose in [CacheImage.Purpose.reading, .information, .writing] {
        #expect(failed(path, purpose) == .open, "\(path)")
      }
    }
  }

  @Test
  func `VCI-WR-006, that is a link is in use, wherever the link leads`() throws {
    link("a.vci", to: "b.vci")
    #expect(throws: ImageError.self) { try CacheImage.create(at: folder.file("a.vci"), plan()) }
    #expect(!folder.has("b.vci"))
    _ = try folder.made("b.vci")
    let bytes = try FileStorage(reading: folder.file("b.vci")).byteCount()
    let larger = try CacheImage.Plan(blocks: 81_920, type: .dynamic, imageUUID: .nil)
    #expect(throws: ImageError.self) { try CacheImage.create(at: folder.file("a.vci"), larger) }
    #expect(try FileStorage(reading: folder.file("b.vci")).byteCount() == bytes)
  }

  @Test
  func `that is a link leads to the image, which is not removed by it`() throws {
    _ = try folder.made("b.vci")
    link("a.vci", to: "b.vci")
    let image = try CacheImage.open(at: folder.file("a.vci"), purpose: .writing)
    try image.put([7], at: 3)
    #expect(throws: ImageError.self) { try image.delete() }
    try image.close()
    #expect(folder.has("a.vci"))
    #expect(
      try CacheImage.open(at: folder.file("b.vci"), purpose: .reading).outcome(3, 1) == "hit 7")
  }

  @Test
  func `VCI-WR-007, of a new image has the state that it was told, or nil`() throws {
    let (state, other) = (ImageUUID(high: 7, low: 8), ImageUUID(high: 7, low: 9))
    let path = try folder.made()
    try CacheImage.create(at: folder.file("b.vci"), plan(state))
    _ = try CacheImage.open(at: path, purpose: .reading, expecting: .nil)
    _ = try CacheImage.open(at: folder.file("b.vci"), purpose: .reading, expecting: state)
    #expect(throws: ImageError.notUpToDate(expected: state, found: .nil)) {
      try CacheImage.open(at: path, purpose: .reading, expecting: state)
    }
    for wrong in [other, .nil] {
      #expect(throws: ImageError.notUpToDate(expected: wrong, found: state)) {
        try CacheImage.open(at: folder.file("b.vci"), purpose: .writing, expecting: wrong)
      }
    }
  }
}
