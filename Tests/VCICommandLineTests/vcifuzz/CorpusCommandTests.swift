import Testing

private let recipe = """
  id: a-b
  title: two blocks
  blocks: 4096
  map: 2
  leaf tree at 4
    extent 7+2 at 12
  """

private func folderWithRecipe() throws -> TestFolder {
  let folder = try TestFolder()
  try folder.put(Array(recipe.utf8), as: "a.vcir")
  return folder
}

struct `Assembling` {
  private struct Made: Decodable {
    let image: String
    let size: UInt64
    let crc32: String
  }

  @Test
  func `makes the image beside the recipe`() async throws {
    let folder = try folderWithRecipe()
    let made = try await Tool.fuzz.run("corpus", "assemble", "a.vcir", in: folder)
    #expect(made.code == 0)
    #expect(made.output.hasPrefix("a.vci: 7168 bytes, CRC-32 "))
    #expect(try await Tool.vci.run("check", "a.vci", in: folder).code == 0)
    #expect(try folder.names == ["a.vci", "a.vcir"])
  }

  @Test
  func `leaves a file alone that is there, unless it is to take its place`() async throws {
    let folder = try folderWithRecipe()
    try folder.put([1], as: "b")
    let arguments = ["corpus", "assemble", "a.vcir", "--output", "b", "--json"]
    let refused = try await Tool.fuzz.shell(
      "\"$0\" " + arguments.joined(separator: " "), in: folder)
    #expect(refused.code == 1)
    #expect(try refused.decoded(as: FailureObject.self).exit == 1)
    #expect(try folder.bytes(of: "b") == [1])
    let made = try await Tool.fuzz.shell(
      "\"$0\" " + arguments.joined(separator: " ") + " --force", in: folder)
    #expect(made.code == 0)
    let object = try made.decoded(as: Made.self)
    #expect(object.image == "b")
    #expect(object.size == 7168)
    #expect(try folder.bytes(of: "b").count == 7168)
    #expect(try folder.names == ["a.vcir", "b"])
  }

  @Test(arguments: ["pipe", "link", "folder"])
  func `takes the place of nothing but a regular file`(name: String) async throws {
    let folder = try folderWithRecipe()
    let outcome = try await Tool.fuzz.shell(
      """
      mkfifo pipe; ln -s b.vci link; mkdir folder
      "$0" corpus assemble a.vcir --output \(name) --force; code=$?
      test -p pipe && test -L link && test -d folder || exit 99
      exit $code
      """, in: folder)
    #expect(outcome.code == 1)
    #expect(outcome.errors.hasPrefix("vcifuzz: \(name): cannot create the file: "))
    #expect(outcome.errors.contains(", and is left alone (error "))
    #expect(try folder.names == ["a.vcir", "folder", "link", "pipe"])
  }

  @Test(arguments: [
    (".", "vcifuzz: .: it is a folder\n"), ("pipe", "vcifuzz: pipe: it is no regular file\n"),
    ("/dev/zero", "vcifuzz: /dev/zero: it is no regular file\n"),
  ])
  func `reads regular files only`(name: String, errors: String) async throws {
    let outcome = try await Tool.fuzz.shell(
      "mkfifo pipe; \"$0\" corpus assemble \(name) --output a.vci", in: try TestFolder())
    #expect(outcome.code == 1)
    #expect(outcome.errors == errors)
  }

  @Test
  func `names file, line and what is wrong`() async throws {
    let folder = try TestFolder()
    try folder.put(Array((recipe + "\n\ntree/extent[0].flag = 1\n").utf8), as: "a.vcir")
    let outcome = try await Tool.fuzz.run("corpus", "assemble", "a.vcir", in: folder)
    #expect(outcome.code == 1)
    #expect(
      outcome.errors.hasPrefix("vcifuzz: a.vcir:8: extent[0] has no field flag; it has previous,"))
    #expect(try folder.names == ["a.vcir"])
  }

  @Test
  func `makes a file with holes of a large image`() async throws {
    let folder = try TestFolder()
    try folder.put(Array("size: 1099511627776\nbytes 0x10000000000 = 1\n".utf8), as: "a.vcir")
    #expect(try await Tool.fuzz.run("corpus", "assemble", "a.vcir", in: folder).code == 0)
    let size = try await Tool.fuzz.shell("stat -c '%s' a.vci; du -k a.vci | cut -f 1", in: folder)
    let numbers = size.output.split(separator: "\n").compactMap { Int($0) }
    #expect(numbers.first == 1_099_511_627_776)
    #expect(numbers.last ?? .max < 100)
  }
}

struct `Disassembling` {
  private struct Printed: Decodable {
    let image, recipe: String
  }

  @Test
  func `prints what assembles to the same bytes`() async throws {
    let folder = try TestFolder()
    try folder.putImage("a.vci", changing: [2048 + 17: 3])
    let printed = try await Tool.fuzz.shell("\"$0\" corpus disassemble a.vci >b.vcir", in: folder)
    #expect(printed.code == 0)
    let made = try await Tool.fuzz.run("corpus", "assemble", "b.vcir", in: folder)
    #expect(made.code == 0)
    #expect(try folder.bytes(of: "a.vci") == folder.bytes(of: "b.vci"))
    let object = try await Tool.fuzz.run("corpus", "disassemble", "a.vci", "--json", in: folder)
      .decoded(as: Printed.self)
    #expect(object.recipe.utf8.elementsEqual(try folder.bytes(of: "b.vcir")))
    #expect(object.recipe.contains("extent 0+1 at 12 next 13 flags 3\n"))
  }

  @Test
  func `writes a file, but in no other's place`() async throws {
    let folder = try TestFolder()
    try folder.put([1, 2, 3], as: "a")
    let line = "\"$0\" corpus disassemble a --output b"
    #expect(try await Tool.fuzz.shell(line, in: folder).code == 0)
    #expect(try folder.bytes(of: "b") == Array("size: 3\n\nbytes 0x0 = 01 02 03\n".utf8))
    #expect(try await Tool.fuzz.shell(line, in: folder).code == 1)
    #expect(try await Tool.fuzz.shell(line + " --force", in: folder).code == 0)
    #expect(try await Tool.fuzz.run("corpus", "disassemble", "c", in: folder).code == 1)
    #expect(try folder.names == ["a", "b"])
  }
}

struct `A folder of recipes` {
  private static let whole =
    """
    id: hdr-000-one
    title: two blocks
    rules: VCI-HDR-012
    exit: 0
    read: 7+4 = hit 2 at 12

    """ + recipe.split(separator: "\n").dropFirst(2).joined(separator: "\n")

  private func folder() async throws -> TestFolder {
    let folder = try TestFolder()
    _ = try await Tool.fuzz.shell("mkdir -p c/hdr", in: folder)
    try folder.put(Array(Self.whole.utf8), as: "c/hdr/hdr-000-one.vcir")
    return folder
  }

  @Test
  func `is built, verified, listed and exported`() async throws {
    let folder = try await folder()
    let built = try await Tool.fuzz.run("corpus", "build", "--corpus", "c", in: folder)
    #expect(built.output == "c: 1 images\n")
    let verified = try await Tool.fuzz.run("corpus", "verify", "--corpus", "c", in: folder)
    #expect(verified.output == "c: 1 images, 0 differences\n")
    let behaves = try await Tool.fuzz.run(
      "corpus", "verify", "--behaviour", "--corpus", "c", in: folder)
    #expect(behaves.output == "c: 1 images, 0 differences\n")
    let listed = try await Tool.fuzz.run("corpus", "list", "--corpus", "c", in: folder)
    #expect(listed.output == "hdr/hdr-000-one  exit 0  VCI-HDR-012  two blocks\n")
    let export = "\"$0\" corpus export --corpus c --out out"
    #expect(try await Tool.fuzz.shell(export, in: folder).code == 0)
    let image = try folder.bytes(of: "out/hdr/hdr-000-one.vci")
    #expect(image.count == 7168)
    let verdicts = String(decoding: try folder.bytes(of: "out/verdicts.jsonl"), as: UTF8.self)
    #expect(
      verdicts.hasPrefix(
        #"{"bytes":"7168","bytesOnDisk":"3072","damage":[],"edits":[],"exit":0,"#
          + #""extents":{"extents":[{"address":"12","block":"7","count":"2"}]},"findings":["#))
    #expect(
      verdicts.contains(
        #"{"block":"7","count":"2","segments":[{"block":"7","count":"2","crc32":""#))
    #expect(try await Tool.fuzz.shell(export, in: folder).code == 1)
    #expect(try await Tool.fuzz.shell(export + " --force", in: folder).code == 0)
  }

  @Test
  func `is not built of a recipe that says what is not so`() async throws {
    let folder = try await folder()
    for (said, so) in [
      ("hit 2", "hit 3"), ("exit: 0", "exit: 3"), ("hdr-000-one", "hdr-000-two"),
      ("exit: 0", "finding: VCI-HDR-011 advice at 0x29\nexit: 0"),
    ] {
      try folder.put(
        Array(Self.whole.replacing(said, with: so).utf8), as: "c/hdr/hdr-000-one.vcir")
      let built = try await Tool.fuzz.run("corpus", "build", "--corpus", "c", in: folder)
      #expect(built.code == 1, "\(so)")
      #expect(built.errors.hasPrefix("vcifuzz: c/hdr/hdr-000-one.vcir: "), "\(so)")
      #expect(try folder.names == ["c"])
    }
  }

  @Test
  func `differs once a recipe or an image is another`() async throws {
    let folder = try await folder()
    _ = try await Tool.fuzz.run("corpus", "build", "--corpus", "c", in: folder)
    try folder.put(
      Array((Self.whole + "\nheader.reserved[0] = 1").utf8), as: "c/hdr/hdr-000-one.vcir")
    let verified = try await Tool.fuzz.run("corpus", "verify", "--corpus", "c", in: folder)
    #expect(verified.code == 77)
    #expect(verified.output.contains("forecast, and not expected: VCI-HDR-010 advice at 0x49"))
    #expect(verified.output.contains("found: VCI-HDR-010 advice at 0x49"))
  }
}

struct `A manifest that is damaged` {
  @Test(arguments: [
    ("rubbish", "it is no JSON"), ("[5]", "it is no JSON object"),
    (#"{"schema": 2}"#, "the key 'area' is missing"),
    (
      #"{"area": "hdr", "size": 5}"#,
      "a line of version 1; this version reads 2, and vcifuzz corpus build makes the manifest anew"
    ),
    (#"{"schema": 2, "area": 5}"#, "'area': expected to decode String but found number instead"),
  ])
  func `is told of in words, and no folder is made`(line: String, reason: String) async throws {
    let folder = try TestFolder()
    try folder.put(Array((line + "\n").utf8), as: "manifest.jsonl")
    let outcome = try await Tool.fuzz.run(
      "corpus", "export", "--corpus", ".", "--out", "out", in: folder)
    #expect(outcome.code == 1)
    #expect(outcome.errors == "vcifuzz: ./manifest.jsonl:1: \(reason)\n")
    #expect(try folder.names == ["manifest.jsonl"])
  }
}
