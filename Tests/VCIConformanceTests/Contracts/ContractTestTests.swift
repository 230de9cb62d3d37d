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

struct `The contract of a program` {
  @Test
  func `VCI-WR-006 is that a name in use is refused, and the file stays`() throws {
    #expect(try words(.createExisting) { _ in refused("io") } == [])
    #expect(
      try words(.createExisting) { _ in .done(.nothing) }
        == ["operation-failed, create, VCI-WR-006"])
    #expect(
      try words(.createExisting) { request in
        if case .create(let path, _, _, _) = request { put([0], at: 0, in: path) }
        return refused("io")
      } == ["modified-read-only-image, create, VCI-WR-006"])
    #expect(
      try words(.createExisting) { request in
        if case .create(let path, _, _, _) = request { remove(path) }
        return refused("io")
      } == ["modified-read-only-image, create, VCI-RD-007"])
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
    func answer(_ request: PortRequest, isCompared: Bool) -> PortAnswer {
      if case .setModUUID(_, let uuid) = request { stored = uuid }
      if case .open(_, _, _, let uuid) = request, isCompared, let uuid, uuid != stored {
        return refused("not-up-to-date")
      }
      return .done(.nothing)
    }
    #expect(try words(.modificationUUID) { answer($0, isCompared: true) } == [])
    stored = .nil
    #expect(
      try words(.modificationUUID) { answer($0, isCompared: false) }
        == [
          "operation-failed, open, VCI-WR-007", "operation-failed, open, VCI-WR-007",
          "operation-failed, open for writing, VCI-WR-007",
          "operation-failed, open for writing, VCI-WR-007",
        ])
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
