import Testing

struct `Creating an image` {
  private struct Made: Decodable {
    let image, type, uuid: String
    let bytes: UInt64
    let rounded: Bool
  }

  private struct Shown: Decodable {
    let blocks, type, uuid, modificationUUID, mapAddress, rootAddress: String
    let dirty: Bool
    let rootEntries: Int
    let fileBytes: UInt64
  }

  @Test(arguments: ["dynamic", "fixed"])
  func `makes one that is clean and as it was asked for`(type: String) async throws {
    let folder = try TestFolder()
    let uuid = "01234567-89ab-cdef-0123-456789abcdef"
    let made = try await Tool.vci.run(
      "create", "image.vci", "--size", "4MiB", "--type", type, "--uuid", uuid, in: folder)
    #expect(made.code == 0)
    #expect(made.output == "image.vci: a \(type) cache of 4 MiB, UUID \(uuid)\n")
    #expect(made.errors.isEmpty)
    let shown = try await Tool.vci.run("info", "image.vci", "--json", in: folder)
      .decoded(as: Shown.self)
    #expect(shown.blocks == "8192")
    #expect(shown.type == type)
    #expect(shown.uuid == uuid)
    #expect(shown.mapAddress == "2")
    #expect(shown.rootAddress == "5")
    #expect(!shown.dirty)
    #expect(shown.rootEntries == 0)
    #expect(shown.fileBytes == (type == "fixed" ? 4_194_304 : 6656))
    #expect(try await Tool.vci.run("check", "image.vci", in: folder).code == 0)
  }

  @Test
  func `rounds the size up and says so`() async throws {
    let folder = try TestFolder()
    let text = try await Tool.vci.run("create", "one.vci", "--size", "10752", in: folder)
    #expect(text.code == 0)
    #expect(text.errors.contains("size rounded up to 2 MiB"))
    let made = try await Tool.vci.run(
      "create", "two.vci", "--size", "3MiB", "--json", in: folder
    ).decoded(as: Made.self)
    #expect(made.bytes == 4_194_304)
    #expect(made.rounded)
  }

  @Test
  func `takes an exact size, which is clean with advice`() async throws {
    let folder = try TestFolder()
    let made = try await Tool.vci.run(
      "create", "image.vci", "--size", "10752", "--exact-size", "--json", in: folder
    ).decoded(as: Made.self)
    #expect(made.bytes == 10_752)
    #expect(!made.rounded)
    let check = try await Tool.vci.run("check", "image.vci", in: folder)
    #expect(check.code == 0)
    #expect(check.output.contains("VCI-HDR-012"))
  }

  @Test
  func `draws another UUID each time, of version 4`() async throws {
    let folder = try TestFolder()
    var uuids: Set<String> = []
    for name in ["one.vci", "two.vci"] {
      let made = try await Tool.vci.run("create", name, "--size", "2MiB", "--json", in: folder)
        .decoded(as: Made.self)
      #expect(made.uuid.dropFirst(14).first == "4")
      uuids.insert(made.uuid)
    }
    #expect(uuids.count == 2)
  }

  @Test(arguments: ["image", "link"])
  func `never overwrites`(name: String) async throws {
    let folder = try TestFolder()
    try folder.put([1, 2, 3], as: "image")
    let outcome = try await Tool.vci.shell(
      "ln -s nowhere link; \"$0\" create \(name) --size 2MiB", in: folder)
    #expect(outcome.code == 1)
    #expect(outcome.errors.contains("File exists"))
    #expect(try folder.bytes(of: "image") == [1, 2, 3])
    #expect(try folder.names == ["image", "link"])
  }

  @Test(arguments: [
    "0", "1", "511", "513", "512", "10240", "8EiB", "18446744073709551615",
    "18446744073709551616", "-512", "2 MiB",
  ])
  func `refuses a size that no image has, and leaves nothing`(size: String) async throws {
    let folder = try TestFolder()
    let outcome = try await Tool.vci.run("create", "image.vci", "--size", size, in: folder)
    #expect(outcome.code == 64)
    #expect(outcome.output.isEmpty)
    #expect(try folder.names.isEmpty)
  }

  @Test
  func `leaves nothing where the file may not grow`() async throws {
    let folder = try TestFolder()
    let outcome = try await Tool.vci.shell(
      "ulimit -f 8; exec \"$0\" create image.vci --size 1GiB", in: folder)
    #expect(outcome.code == 1)
    #expect(outcome.errors.contains("File too large"))
    #expect(try folder.names.isEmpty)
  }
}
