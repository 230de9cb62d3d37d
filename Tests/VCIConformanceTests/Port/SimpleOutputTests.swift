import SystemPackage
import Testing
import VCIFormat

@testable import VCIConformance

private let read = PortRequest.read(handle: "h", block: 0, count: 9, file: "/t/out")
private let write = PortRequest.write(handle: "h", block: 0, count: 9, file: "/t/in")

private func details(
  _ text: String, of request: PortRequest
) throws(AdapterFailure) -> PortAnswer.Details {
  try SimpleOutput(Array(text.utf8)).details(of: request)
}

private func isRefused(_ text: String, of request: PortRequest) -> Bool {
  do throws(AdapterFailure) {
    _ = try details(text, of: request)
  } catch {
    if case .protocolViolation = error { return true }
  }
  return false
}

struct `Output of the simple form` {
  @Test
  func `has lines of hits and misses`() throws {
    #expect(
      try details("miss 0 4\nhit 4 5\n", of: read)
        == .runs([
          PortAnswer.Run(isHit: false, block: 0, count: 4),
          PortAnswer.Run(isHit: true, block: 4, count: 5),
        ]))
    #expect(try details("", of: read) == .runs([]))
    #expect(
      try details("hit 0 9", of: read) == .runs([PortAnswer.Run(isHit: true, block: 0, count: 9)]))
  }

  @Test(arguments: [
    "hits 0 1\n", "hit 0\n", "hit 0 1 2\n", "hit  0 1\n", " hit 0 1\n", "hit 0 1 \n", "hit 00 1\n",
    "hit -1 1\n", "hit 0 x\n", "hit 0 1\r\n", "hit 0 1\n\n", "\nhit 0 1\n", "reading\nhit 0 1\n",
    "hit 18446744073709551616 1\n", "hit\t0\t1\n",
  ])
  func `has no other lines of a read`(text: String) {
    #expect(isRefused(text, of: read))
  }

  @Test
  func `has what was written, or means all of it`() throws {
    #expect(try details("", of: write) == .written(9, losses: []))
    #expect(try details("written 4\n", of: write) == .written(4, losses: []))
    #expect(
      try details("written 4\nevicted 1 2\ndropped 7 1\n", of: write)
        == .written(
          4,
          losses: [
            PortAnswer.Loss(isEviction: true, block: 1, count: 2),
            PortAnswer.Loss(isEviction: false, block: 7, count: 1),
          ]))
    #expect(
      try details("evicted 1 2\n", of: write)
        == .written(9, losses: [PortAnswer.Loss(isEviction: true, block: 1, count: 2)]))
  }

  @Test(arguments: [
    "written\n", "written 4 5\n", "wrote 4\n", "evicted 1 2\nwritten 4\n", "written 4\nwritten 5\n",
    "evicted 1\n", "lost 1 2\n", "written four\n",
  ])
  func `has no other lines of a write`(text: String) {
    #expect(isRefused(text, of: write))
  }

  @Test
  func `has extents`() throws {
    #expect(
      try details("0 4\n100 5\n", of: .extents(image: "/t/a", file: "/t/b"))
        == .extents([
          PortAnswer.BlockPair(block: 0, count: 4), PortAnswer.BlockPair(block: 100, count: 5),
        ]))
    #expect(isRefused("0 4 100\n", of: .extents(image: "/t/a", file: "/t/b")))
  }

  @Test
  func `has a header`() throws {
    let text = """
      version=1
      type=dynamic
      blocks=4096
      dirty=no
      uuid=01234567-89ab-4def-8123-456789abcdef
      moduuid=00000000-0000-0000-0000-000000000000

      """
    #expect(
      try details(text, of: .info(handle: "h"))
        == .info(
          PortAnswer.Info(
            version: 1, isFixed: false, blocks: 4096, isDirty: false,
            uuid: ImageUUID(high: 0x0123_4567_89ab_4def, low: 0x8123_4567_89ab_cdef),
            modUUID: .nil)))
    for (word, other) in [
      ("version=1", "version=one"), ("type=dynamic", "type=large"), ("dirty=no", "dirty=perhaps"),
      ("blocks=4096", "blocks=04096"), ("dirty=no\n", ""), ("dirty=no", "dirty=no\nspeed=fast"),
      ("dirty=no", "dirty=no\ndirty=no"), ("uuid=01234567", "uuid=x"),
    ] {
      #expect(
        isRefused(text.replacing(word, with: other, maxReplacements: 1), of: .info(handle: "h")))
    }
  }

  @Test
  func `has findings as vci check prints them`() throws {
    #expect(
      try details(
        #"{"findings":[{"rule":"VCI-SHD-001","class":"dirty","offset":16}],"exit":4}"#,
        of: .check(image: "/t/a"))
        == .findings([PortAnswer.Finding(rule: "VCI-SHD-001", class: "dirty")]))
    #expect(isRefused("", of: .check(image: "/t/a")))
    #expect(isRefused(#"{"findings":[{"rule":"VCI-SHD-001"}]}"#, of: .check(image: "/t/a")))
    #expect(isRefused(#"{"findings":[],"findings":[]}"#, of: .check(image: "/t/a")))
  }

  @Test(
    arguments: [
      .probe(image: "/t/a"), .open(image: "/t/a", handle: "h", .reading), .flush(handle: "h"),
      .discard(handle: "h", block: 0, count: 1),
      .create(image: "/t/a", blocks: 21, isFixed: false, .nil),
      .setModUUID(handle: "h", .nil),
    ] as [PortRequest])
  func `is empty where nothing is to be printed`(request: PortRequest) throws {
    #expect(try details("", of: request) == .nothing)
    #expect(isRefused("done\n", of: request))
    #expect(isRefused("\n", of: request))
  }
}

struct `The capabilities of the simple form` {
  @Test
  func `are lines of keys, words and known failures`() throws {
    var right = Capabilities()
    (right.name, right.version, right.language) = ("tiny", "0.1", "shell")
    right.operations = ["probe", "write"]
    right.features = [.trees]
    right.durability = Capabilities.Durability.none
    right.mostBlocks = 100
    right.known = [
      .init(name: "ext-003-end", issue: "https://a/1"), .init(name: "x", issue: "y z"),
    ]
    #expect(
      try details(
        """
        name=tiny
        version=0.1
        language=shell
        probe
        write=yes
        read=no
        multi-level-tree
        durability=none
        max-blocks=100
        known=ext-003-end https://a/1
        known=x y z

        """, of: .hello) == .capabilities(right))
  }

  @Test(arguments: [
    ("fly", "there is no capability 'fly': fly"),
    ("colour=red", "there is no capability 'colour': colour=red"),
    ("a\u{1b}=b", #"there is no capability 'a\u001b': a\u001b=b"#),
    ("probe=perhaps", "'probe' is neither yes nor no: probe=perhaps"),
  ])
  func `are told by their key if one is wrong`(line: String, words: String) {
    #expect(throws: AdapterFailure.protocolViolation(words)) {
      try details("name=a\nversion=1\n\(line)\n", of: .hello)
    }
  }

  @Test(arguments: [
    "", "name=a\n", "version=1\n", "name=a\nversion=dev\n", "name=a\nversion=1\nfly\n",
    "name=a\nversion=1\nprobe=perhaps\n", "name=a\nversion=1\nprobe\nprobe\n",
    "name=a\nversion=1\nknown=x\n", "name=a\nversion=1\nmax-blocks=many\n",
    "name=a\nversion=1\nwrite\n", "name=a\nversion=1\ndurability=always\n",
    "name=a\nversion=1\n\nprobe\n",
  ])
  func `are wrong if a key, a word or a value is`(text: String) {
    #expect(isRefused(text, of: .hello))
  }
}
