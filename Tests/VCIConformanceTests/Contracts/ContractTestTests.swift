import SystemPackage
import Testing
import VCIFormat

@testable import VCIConformance

/// Runs a contract with a program whose answers are a function of the request.
private func words(
  _ test: ContractTest,
  _ operations: Set<String> = ["probe", "open-ro", "open-rw", "create", "set-moduuid"],
  features: Set<Feature> = Set(Feature.allCases),
  _ answers: @escaping (PortRequest) throws(AdapterFailure) -> PortAnswer
) throws -> [String] {
  let result = test.run(
    FakeAdapter(operations, features: features, answers), in: try WorkFolder(), nil)
  #expect(result.notRun == nil)
  return result.words
}

private func refused(_ name: String) -> PortAnswer { .refused(PortAnswer.Refusal(class: name)) }

private let modified = ["modified-read-only-image, create, VCI-WR-006"]
private let failed = "operation-failed, create, VCI-WR-006"

/// Makes a file that is one hole, unless there is one.
private func make(_ path: FilePath, size: Int64 = 0) {
  guard
    let file = try? FileDescriptor.open(
      path, .writeOnly, options: [.create, .exclusiveCreate], permissions: .ownerReadWrite)
  else { return }
  try? file.resize(to: size)
  try? file.close()
}

struct `The contract of a program` {
  @Test
  func `VCI-WR-006 is that a name in use is refused, and the file stays`() throws {
    #expect(try words(.createExisting) { _ in refused("io") } == [])
    #expect(
      try words(.createExisting) { _ in .done(.nothing) } == [failed, failed])
    #expect(
      try words(.createExisting) { request in
        if case .create(let path, _, _, _) = request { put([0], at: 0, in: path) }
        return refused("io")
      } == modified + modified)
    #expect(
      try words(.createExisting) { request in
        if case .create(let path, _, _, _) = request { remove(path) }
        return refused("io")
      } == modified + modified)
  }

  @Test
  func `VCI-WR-006 is that a create that fails leaves nothing, and removes nothing`() throws {
    #expect(try words(.createOfWrongSize) { _ in refused("argument") } == [])
    #expect(
      try words(.createOfWrongSize) { request in
        if case .create(let path, let blocks, _, _) = request, blocks == 11 { make(path) }
        return refused("argument")
      } == ["left-behind, create, VCI-WR-006"])
    #expect(
      try words(.createOfWrongSize) { request in
        if case .create(let path, let blocks, _, _) = request, blocks > 1 << 43 { remove(path) }
        return refused("argument")
      } == modified + modified + modified)
    #expect(
      try words(.createOfWrongSize) { request in
        if case .create(_, let blocks, _, _) = request, blocks == 1 { return .done(.nothing) }
        return refused("argument")
      } == [failed, failed])
  }

  @Test
  func `VCI-WR-006 is that a create without space fails, and leaves nothing`() throws {
    for isLeft in [false, true] {
      var limits: [UInt64] = []
      let adapter = FakeAdapter(["create"]) { request in
        if case .create(let path, _, _, _) = request, isLeft { make(path) }
        return refused("space")
      }
      adapter.limits = { limits.append($0) }
      let result = ContractTest.createWithoutSpace.run(adapter, in: try WorkFolder(), nil)
      #expect(limits == [1 << 16])
      let left = "left-behind, create, VCI-WR-006"
      #expect(result.words == (isLeft ? [left, left] : []))
    }
    // A program that cannot be limited is not asked.
    #expect(try words(.createWithoutSpace) { _ in .done(.nothing) } == [])
  }

  @Test
  func `VCI-WR-006 is that the blocks of a fixed image are allocated`() throws {
    for isAllocated in [false, true] {
      let words = try words(.createFixed, ["create"]) { request in
        guard case .create(let path, let blocks, _, _) = request else { return refused("io") }
        make(path, size: Int64(blocks) * 512)
        if isAllocated { put([UInt8](repeating: 0, count: Int(blocks) * 512), at: 0, in: path) }
        return .done(.nothing)
      }
      #expect(words == (isAllocated ? [] : ["wrong-answer, create, VCI-WR-006"]))
    }
  }

  @Test
  func `VCI-WR-006 is that a link is a name in use`() throws {
    #expect(try words(.createOverLink) { _ in refused("io") } == [])
    #expect(
      try words(.createOverLink) { request in
        if case .create(let path, _, _, _) = request {
          try? FileDescriptor.open(
            path, .writeOnly, options: .create, permissions: .ownerReadWrite
          ).close()
        }
        return .done(.nothing)
      } == [
        "operation-failed, create, VCI-WR-006", "modified-read-only-image, create, VCI-WR-006",
      ])
  }

  @Test(arguments: [ContractTest.folder, .pipe, .missing])
  func `VCI-RD-001 is that what is no file is refused with the class io`(
    test: ContractTest
  ) throws {
    #expect(try words(test) { _ in refused("io") } == [])
    #expect(
      try words(test) { _ in refused("not-vci") }
        == ["wrong-answer, probe, VCI-RD-001", "wrong-answer, open, VCI-RD-002"])
    #expect(
      try words(test) { _ in .done(.nothing) }
        == ["operation-failed, probe, VCI-RD-001", "operation-failed, open, VCI-RD-002"])
  }

  @Test
  func `VCI-WR-007 is that a cache of another state is not up to date`() throws {
    var stored = ImageUUID.nil
    func words(_ isSame: @escaping (ImageUUID, ImageUUID) -> Bool) throws -> [String] {
      stored = .nil
      return try VCIConformanceTests.words(.modificationUUID) { request in
        if case .setModUUID(_, let uuid) = request { stored = uuid }
        if case .open(_, _, _, let uuid) = request, let uuid, !isSame(uuid, stored) {
          return refused("not-up-to-date")
        }
        return .done(.nothing)
      }
    }
    #expect(try words(==) == [])
    let wrong = ["operation-failed, open, VCI-WR-007"]
    // No more than eight failures of a test are kept.
    #expect(try words { _, _ in true }.count == 8)
    #expect(try words { $0.high == $1.high }.prefix(2) == (wrong + wrong)[...])
    // A nil UUID that is stored matches no other.
    let writing = ["operation-failed, open for writing, VCI-WR-007"]
    #expect(try words { $1 == .nil || $0 == $1 } == wrong + wrong + writing + writing)
    // The last of 16 bytes counts.
    #expect(
      try words { $0.high == $1.high && $0.low >> 8 == $1.low >> 8 }
        == wrong + writing)
  }

  @Test
  func `is not asked for without the operation or the feature`() throws {
    for test in ContractTest.allCases {
      let adapter = FakeAdapter([], features: []) { _ in .done(.nothing) }
      let result = test.run(adapter, in: try WorkFolder(), nil)
      #expect(!result.isApplicable)
      #expect(adapter.requests.isEmpty)
    }
  }
}
