import Testing
import VCIFormat

struct `The violation of a rule` {
  private func violation(
    _ rule: Rule, at path: Path, dirty: Bool = false, situation: Situation? = nil
  ) throws -> Violation {
    try #require(
      Violation(
        rule, by: .checker, at: Place(path, offset: 0x2412, length: 8),
        expected: .within(2, 4096), actual: 5000, inDirtyImage: dirty, situation: situation))
  }

  @Test
  func `is one line: rule, byte, path, statement, what was wanted and found`() throws {
    let path = Path.extent(.root, slot: 5, .extentAddress)
    #expect(
      try violation(.extentInRange, at: path).description
        == "VCI-EXT-003 at 0x2412, tree/extent[5].blockAddress: the data is in range; "
        + "expected from 2 up to, not including, 4096, found 5000")
  }

  @Test
  func `takes its stage from its place where none is given`() throws {
    let child = NodePath.root.child(3)
    #expect(try violation(.extentOrder, at: .extent(.root, slot: 1, nil)).stage == .open)
    #expect(try violation(.extentOrder, at: .extent(child, slot: 1, nil)).stage == .touch)
    #expect(try violation(.nodeType, at: .node(.root, .nodeType)).stage == .open)
    #expect(try violation(.nodeType, at: .node(child, .nodeType)).stage == .touch)
    let entry = Path.entry(.root, slot: 1, .entryChild)
    #expect(try violation(.nodeNamedOnce, at: entry, situation: .cycle).stage == .touch)
    #expect(try violation(.nodeNamedOnce, at: entry, situation: .shared).stage == .modify)
    #expect(try violation(.headerSignature, at: .field(.signature)).stage == .probe)
  }

  @Test
  func `takes its class from the image`() throws {
    #expect(try violation(.extentAllocated, at: .file).ruleClass == .corruption)
    #expect(try violation(.extentAllocated, at: .file, dirty: true).ruleClass == .summary)
  }

  @Test
  func `says what is expected`() {
    let expectations: [(VCIFormat.Expectation, String)] = [
      (.exactly(1), "1"), (.oneOf(1, 2), "1 or 2"), (.not(0), "anything but 0"),
      (.atLeast(1024), "at least 1024"), (.atMost(9), "at most 9"),
      (.multiple(of: 512), "a multiple of 512"),
      (.within(2, 9), "from 2 up to, not including, 9"), (.between(12, 99), "from 12 to 99"),
    ]
    for (expectation, text) in expectations { #expect(expectation.description == text) }
  }
}

struct `A failure of a file` {
  @Test
  func `says what was asked, where, and what the system answered`() {
    let read = StorageError(.read, offset: 512, code: 5, reason: "Input/output error")
    #expect(read.description == "cannot read at byte 512: Input/output error (error 5)")
    let start = StorageError(.read, offset: 0, code: 5, reason: "Input/output error")
    #expect(start.description == "cannot read at byte 0: Input/output error (error 5)")
    let own = StorageError(.open, reason: "neither a regular file nor a disk")
    #expect(own.description == "cannot open the file: neither a regular file nor a disk")
    let open = StorageError(.open, code: 2, reason: "No such file or directory")
    #expect(open.description == "cannot open the file: No such file or directory (error 2)")
  }
}
