import Glibc
import SystemPackage
import Testing

struct `Checking images` {
  private struct Report: Decodable {
    struct Finding: Decodable {
      let rule, `class`, path, expected, actual: String
      let offset, length: UInt64
    }

    let image, status: String
    let exit: Int32
    let error: FailureObject.Body?
    let findings: [Finding]
  }

  /// A file for each verdict, and one that is not there.
  private func filled() throws -> TestFolder {
    let folder = try TestFolder()
    try folder.putImage("clean.vci")
    try folder.putImage("dirty.vci", changing: [16: 1])
    try folder.putImage("leak.vci", changing: [1536 + 100: 1, 1040: 0xec, 1048: 0x0d])
    try folder.putImage("corrupt.vci", changing: [17: 9])
    try folder.putImage("version.vci", changing: [4: 2])
    try folder.putImage("other.bin", changing: [0: 0])
    try folder.put([], as: "empty.bin")
    return folder
  }

  @Test(
    arguments: [
      ("clean.vci", 0), ("dirty.vci", 4), ("leak.vci", 3), ("corrupt.vci", 2), ("version.vci", 6),
      ("other.bin", 5), ("empty.bin", 5), ("none.vci", 1), (".", 1), ("pipe", 1),
    ] as [(String, Int32)])
  func `ends by the verdict on the file`(name: String, code: Int32) async throws {
    let folder = try filled()
    let text = try await Tool.vci.shell("mkfifo pipe; \"$0\" check \(name)", in: folder)
    #expect(text.code == code)
    #expect(text.output.hasPrefix(code == 1 ? "" : "\(name): "))
    #expect(text.errors.isEmpty == (code != 1))
    let outcome = try await Tool.vci.run("check", "--json", name, in: folder)
    let report = try outcome.decoded(as: Report.self)
    #expect(outcome.code == code)
    #expect(report.exit == code)
    #expect(report.image == name)
    #expect((report.error != nil) == (code == 1))
  }

  @Test
  func `says of each finding what and where`() async throws {
    let report = try await Tool.vci.run("check", "--json", "corrupt.vci", in: try filled())
      .decoded(as: Report.self)
    let finding = try #require(report.findings.first)
    #expect(report.findings.count == 1)
    #expect(finding.rule == "VCI-HDR-005")
    #expect(finding.class == "corruption")
    #expect(finding.path == "header.cacheType")
    #expect(finding.offset == 17)
    #expect(finding.length == 4)
    #expect(finding.expected == "1 or 2")
    #expect(finding.actual == "9")
  }

  @Test
  func `VCI-FILE-004 asks for the size of a fixed image, and not for its space`() async throws {
    let folder = try TestFolder()
    try folder.putImage("image.vci", changing: [17: 2])
    let short = try await Tool.vci.run("check", "image.vci", in: folder)
    #expect(short.code == 0 && short.output.contains("VCI-FILE-004"))
    let sparse = try await Tool.vci.shell(
      """
      truncate -s 2097152 image.vci
      test "$(stat -c %b image.vci)" -lt 4096 && "$0" check image.vci
      """, in: folder)
    #expect(sparse.code == 0 && !sparse.output.contains("VCI-"))
    let written = try await Tool.vci.shell(
      "head -c 512 /dev/zero | \"$0\" write image.vci --block 0", in: folder)
    #expect(written.code == 0)
  }

  @Test
  func `shows a magic as the bytes that it is`() async throws {
    let folder = try TestFolder()
    try folder.putImage("image.vci", changing: [1025: 0x0a, 1027: 0])
    #expect(
      try await Tool.vci.run("check", "image.vci", in: folder).output
        .contains("\n    the bytes there are 56 0a 4c 00\n"))
  }

  @Test(.timeLimit(.minutes(30)))
  func `shows how far it is on a terminal`() async throws {
    let folder = try TestFolder()
    _ = try await Tool.vci.run("create", "image.vci", "--size", "8TiB", in: folder)
    // 12 MiB of the bitmap are read; the tool is held up, once it has opened the image, until a
    // second has passed.
    let shown = try await Tool.vci.shell(
      """
      yes | dd of=image.vci bs=1M seek=1 count=12 iflag=fullblock conv=notrunc status=none
      echo '"$1" check $FILES >/dev/null & n=0
        until [ $n -ge 50000 ]; do
          n=$((n + 1)); for f in /proc/$!/fd/*; do [ "$f" -ef image.vci ] && n=50000; done
        done
        kill -STOP $!; sleep 1.1; kill -CONT $!; wait $!' >line
      FILES=image.vci script -qec "sh ./line '$0'" /dev/null
      FILES='image.vci none.vci' script -qec "sh ./line '$0'" /dev/null
      """, in: folder)
    // Most of the map is a hole, which is not read.
    #expect(shown.output.contains("\u{1b}[Kimage.vci: [....................] "))
    #expect(shown.output.contains(" MiB of 2.0 GiB, "))
    #expect(shown.output.contains("\u{1b}[Kimage.vci (1 of 2): [....................] "))
  }

  @Test(
    arguments: [
      (["clean.vci", "dirty.vci"], 4), (["leak.vci", "dirty.vci", "clean.vci"], 3),
      (["leak.vci", "corrupt.vci"], 2), (["corrupt.vci", "version.vci"], 6),
      (["version.vci", "other.bin"], 5), (["other.bin", "none.vci", "clean.vci"], 1),
      (["clean.vci", "clean.vci"], 0),
    ] as [([String], Int32)])
  func `ends by the first code that any file has, and checks all`(
    names: [String], code: Int32
  ) async throws {
    let outcome = try await Tool.vci.shell(
      "\"$0\" check --json \(names.joined(separator: " "))", in: try filled())
    #expect(outcome.code == code)
    #expect(try outcome.decodedLines(as: Report.self).map(\.image) == names)
  }

  @Test(.enabled(if: geteuid() != 0, "nothing is forbidden to root"))
  func `could not complete where it may not read`() async throws {
    let outcome = try await Tool.vci.shell(
      "chmod 000 clean.vci; \"$0\" check clean.vci", in: try filled())
    #expect(outcome.code == 1)
  }

  @Test
  func `writes nothing`() async throws {
    let folder = try filled()
    let names = try folder.names
    let before = try names.map { try folder.bytes(of: $0) }
    _ = try await Tool.vci.shell("chmod 444 *; \"$0\" check *; \"$0\" info dirty.vci", in: folder)
    #expect(try folder.names == names)
    #expect(try names.map { try folder.bytes(of: $0) } == before)
  }
}

struct `Standard output` {
  @Test
  func `without a reader ends the tool without a word`() async throws {
    let folder = try TestFolder()
    try folder.putImage("image.vci")
    let outcome = try await Tool.vci.shell(
      "mkfifo pipe; : <pipe & exec 3>pipe; wait; \"$0\" check image.vci >&3", in: folder)
    #expect(outcome.errors.isEmpty)
    #expect(outcome.code == 1)
  }

  @Test
  func `that is full or closed is a failure`() async throws {
    let folder = try TestFolder()
    try folder.putImage("image.vci")
    for target in ["/dev/full", "&-"] {
      let outcome = try await Tool.vci.shell("\"$0\" check image.vci >\(target)", in: folder)
      #expect(outcome.code == 1)
      #expect(outcome.errors.hasPrefix("cannot write to standard output: "))
    }
  }

  @Test
  func `that is closed does not end in the image`() async throws {
    let folder = try TestFolder()
    _ = try await Tool.vci.shell("\"$0\" create image.vci --size 2MiB >&- 2>&- <&-", in: folder)
    #expect(try folder.bytes(of: "image.vci").prefix(4) == [0x56, 0x43, 0x49, 0x00])
    #expect(try await Tool.vci.run("check", "image.vci", in: folder).code == 0)
  }

  @Test
  func `and standard error have no colour`() async throws {
    let folder = try TestFolder()
    try folder.putImage("image.vci", changing: [17: 9])
    let outcome = try await Tool.vci.run("check", "image.vci", "none.vci", in: folder)
    #expect(!(outcome.output + outcome.errors).contains("\u{1b}"))
  }
}

extension `Checking images` {
  @Test
  func `does not wait for a writer, and says that the file is in use`() async throws {
    let folder = try filled()
    let file = try FileDescriptor.open(FilePath("\(folder.path)/clean.vci"), .readOnly)
    #expect(flock(file.rawValue, LOCK_EX | LOCK_NB) == 0)
    let refused = try await Tool.vci.run("check", "clean.vci", in: folder)
    #expect(refused.code == 1)
    #expect(refused.errors.contains("in use"))
    let object = try await Tool.vci.run("check", "--json", "clean.vci", in: folder)
      .decoded(as: Report.self)
    #expect(object.exit == 1 && object.error?.message.contains("in use") == true)
    // A reader is no hindrance.
    #expect(flock(file.rawValue, LOCK_SH | LOCK_NB) == 0)
    #expect(try await Tool.vci.run("check", "clean.vci", in: folder).code == 0)
    try file.close()
  }
}
