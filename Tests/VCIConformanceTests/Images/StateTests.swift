import Testing
import VCIChecker
import VCIFormat
import VCIFuzzing
import VCIGenerators

@testable import VCIConformance

/// Runs the test of an image that caches nothing, with a program that compares modification UUIDs.
private func words(
  of uuid: ImageUUID, name: String = "a", features: Set<Feature> = [.modUUID],
  isSame: @escaping (ImageUUID, ImageUUID) -> Bool
) throws -> [String] {
  var plan = ImagePlan(blocks: 4096, mapAddress: 2, rootAddress: 4, size: 12 * 512)
  plan.modificationUUID = uuid
  let expected = try Expectations(EditableImage(plan), Checker())
  let adapter = FakeAdapter(["open-ro"], features: features) { request in
    if case .open(_, _, _, let other) = request, let other, !isSame(other, uuid) {
      return .refused(PortAnswer.Refusal(class: "not-up-to-date"))
    }
    return .done(.nothing)
  }
  return ImageTest(name, expected).run(adapter, in: try WorkFolder(), nil).words
}

private let uuid = ImageUUID(high: 0x0102_0304_0506_0708, low: 0x090a_0b0c_0d0e_0f10)

struct `VCI-WR-007, the modification UUID of an image` {
  @Test
  func `must be the one that is expected`() throws {
    #expect(try words(of: uuid, isSame: ==) == [])
    #expect(try words(of: .nil, isSame: ==) == [])
    #expect(
      try words(of: uuid) { _, _ in true } == ["accepted-invalid, open, VCI-WR-007"])
    #expect(try words(of: uuid) { _, _ in false } == ["rejected-valid, open, VCI-WR-007"])
  }

  @Test
  func `that is nil is compared like any other`() throws {
    #expect(
      try words(of: .nil) { $1 == .nil || $0 == $1 } == ["accepted-invalid, open, VCI-WR-007"])
  }

  @Test
  func `is compared in all of its bytes`() throws {
    let found = try (0..<64).map { index in
      try words(of: uuid, name: "valid/1-\(index)") { $0.high == $1.high }.isEmpty
    }
    #expect(found.contains(true) && found.contains(false))
  }

  @Test
  func `is not compared by a program that does not say that it does`() throws {
    #expect(try words(of: uuid, features: []) { _, _ in false } == [])
  }
}
