import SystemPackage
import Testing
import VCIFormat
import VCIReference
import VCIReferenceTesting
import VCITesting

struct `Locking` {
  private func made(in folder: Folder) throws -> FilePath {
    try CacheImage.create(
      at: folder.file("a.vci"),
      try CacheImage.Plan(blocks: 4096, type: .dynamic, imageUUID: ImageUUID(high: 1, low: 2)))
    return folder.file("a.vci")
  }

  private func refusal(_ path: FilePath, _ purpose: CacheImage.Purpose) -> ImageError? {
    failure { _ = try CacheImage.open(at: path, purpose: purpose) }
  }

  @Test
  func `lets one writer in, and beside it only those who ask for information`() throws {
    let folder = Folder()
    let path = try made(in: folder)
    let writer = try CacheImage.open(at: path, purpose: .writing)
    #expect(refusal(path, .writing) == .locked)
    #expect(refusal(path, .reading) == .locked)
    #expect(refusal(path, .information) == nil)
    try writer.put([1], at: 0)
    try writer.close()
    #expect(refusal(path, .reading) == nil)
  }

  @Test
  func `lets many readers in, and no writer beside them`() throws {
    let folder = Folder()
    let path = try made(in: folder)
    let first = try CacheImage.open(at: path, purpose: .reading)
    let second = try CacheImage.open(at: path, purpose: .reading)
    #expect(refusal(path, .writing) == .locked)
    try first.close()
    #expect(refusal(path, .writing) == .locked)
    #expect(second.answer(0, 1) == "miss 1")
    try second.close()
    #expect(refusal(path, .writing) == nil)
  }

  @Test
  func `ends with the handle, however that ends`() throws {
    let folder = Folder()
    let path = try made(in: folder)
    do {
      let image = try CacheImage.open(at: path, purpose: .writing)
      #expect(refusal(path, .writing) == .locked)
      withExtendedLifetime(image) {}
    }
    #expect(refusal(path, .writing) == nil)
    #expect(
      failure {
        _ = try CacheImage.open(at: path, purpose: .writing, expecting: .init(high: 7, low: 7))
      }
        != nil)
    #expect(refusal(path, .writing) == nil)
    let image = try CacheImage.open(at: path, purpose: .writing)
    try image.delete()
    #expect(refusal(try made(in: folder), .writing) == nil)
  }

  @Test
  func `changes with the purpose of the handle`() throws {
    let folder = Folder()
    let path = try made(in: folder)
    let image = try CacheImage.open(at: path, purpose: .writing)
    try image.reopen(for: .reading)
    #expect(refusal(path, .reading) == nil)
    #expect(refusal(path, .writing) == .locked)
    try image.reopen(for: .information)
    #expect(refusal(path, .writing) == nil)
    try image.reopen(for: .writing)
    #expect(refusal(path, .reading) == .locked)
  }

  @Test
  func `keeps a handle as it was where another one is in the way`() throws {
    let folder = Folder()
    let path = try made(in: folder)
    let first = try CacheImage.open(at: path, purpose: .reading)
    let second = try CacheImage.open(at: path, purpose: .reading)
    #expect(failure { try first.reopen(for: .writing) } == .locked)
    #expect(first.purpose == .reading && first.answer(0, 1) == "miss 1")
    try second.close()
    // The first one has its lock back.
    #expect(refusal(path, .writing) == .locked)
    try first.reopen(for: .information)
    let writer = try CacheImage.open(at: path, purpose: .writing)
    #expect(failure { try first.reopen(for: .reading) } == .locked)
    #expect(first.purpose == .information)
    #expect(failure { try first.reopen(for: .writing) } == .locked)
    try writer.close()
    try first.reopen(for: .writing)
    #expect(try first.put([1], at: 0) == 1)
  }
}
