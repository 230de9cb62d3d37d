internal import VCICorpus
internal import VCIFormat

/// A name that no test has.
package struct UnknownTest: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String
}

/// The names of all tests that a run may have, whatever its lane chooses of them.
struct TestNames {
  private let retired: [RetiredVector]
  /// The names of vectors and contracts; those of images and workloads are drawn.
  private let listed: Set<String>

  /// Makes the names of a suite with vectors of these IDs.
  init(vectors: [String], retired: [RetiredVector]) {
    self.retired = retired
    listed = Set(vectors + ContractTest.allCases.map(\.name))
  }

  /// Returns whether a test has this name. That of an image or a workload has its numbers without
  /// leading zeros.
  func has(_ name: String) -> Bool {
    if listed.contains(name) || Self.isOfSeveral(name) { return true }
    return TestUnit.named(name, []).contains { $0.name([]) == name }
  }

  /// Returns an error that says what is known of a name that no test has: that it was withdrawn, or
  /// which of all names, and of `others`, is the nearest.
  func unknown(_ name: String, others: [String] = []) -> UnknownTest {
    if let retired = retired.first(where: { $0.id == name }) {
      return UnknownTest(description: "the vector \(retired)")
    }
    if Self.isOfSeveral(name) {
      return UnknownTest(description: "\(name) is a test of several programs: name them all")
    }
    let rest = name.drop { $0 != "/" }
    let drawn = rest.isEmpty ? [] : TestUnit.drawnKinds.map { $0 + rest }.filter(has)
    let nearest = NearestWord.to(
      String(name.prefix(Self.longest)), among: (Array(listed) + drawn + others).sorted())
    return UnknownTest(
      description: "there is no test '\(PrintableText(name))'"
        + (nearest.map { "; did you mean '\($0)'?" } ?? ""))
  }

  /// Whether a name is one of an exchange, which takes two programs.
  private static func isOfSeveral(_ name: String) -> Bool {
    !ExchangeUnit.named(name, programs: 2).isEmpty
  }

  /// The most characters of a name that are compared with others.
  private static let longest = 100
}

extension TestUnit {
  /// The beginnings of the names of images, workloads and exchanges.
  fileprivate static let drawnKinds = ["valid", "edited", "workload", "crash", "exchange", "turns"]
}
