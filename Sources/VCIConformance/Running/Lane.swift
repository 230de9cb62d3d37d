package import SystemPackage
package import VCICorpus

/// How much a run asks: a file of `Port/lanes`.
package struct Lane: Decodable, Hashable, Sendable {
  /// The version of the form.
  static let schema: UInt64 = 1

  package let name: String
  /// What the lane is for.
  package let about: String
  /// All vectors are asked about if it is 1, each n-th if it is n, and none if it is 0.
  let everyVector: Int
  /// The numbers of valid images, of edited images, and of workloads.
  let valid: UInt64
  let edited: UInt64
  let workloads: UInt64
  /// The number of workloads whose crashes are looked at.
  let crashes: UInt64
  /// The number of workloads of each writer whose images go to all readers, if there are several
  /// programs; two writers take turns in a quarter of them.
  let exchanges: UInt64
  /// The time of an operation; that of the port if the lane says nothing.
  let milliseconds: Int

  /// Whether an operation has another time than that of the port.
  package var hasOwnTime: Bool { milliseconds != AdapterLimits().milliseconds }

  private static let keys = [
    "schema", "name", "about", "everyVector", "valid", "edited", "workloads", "crashes",
    "exchanges", "milliseconds",
  ]
  /// The largest number of anything in a lane.
  private static let most: UInt64 = 100_000_000

  /// The number of workloads in which two writers take turns.
  var turns: UInt64 { (exchanges + 3) / 4 }

  /// Whether it asks for nothing but crashes.
  var isOfCrashes: Bool {
    crashes > 0 && everyVector == 0 && valid == 0 && edited == 0 && workloads == 0
  }

  package init(from decoder: any Decoder) throws {
    let keys = AnswerKeys(try decoder.container(keyedBy: AnyKey.self))
    try keys.requireOnly(Self.keys)
    let schema = try keys.number("schema")
    guard schema == Self.schema else {
      throw keys.flaw("schema", "\(schema) is not \(Self.schema)")
    }
    name = try keys.text("name")
    about = try keys.text("about")
    func count(_ key: String) throws -> UInt64 {
      let count = try keys.number(key)
      guard count <= Self.most else { throw keys.flaw(key, "\(count) is more than \(Self.most)") }
      return count
    }
    everyVector = Int(try count("everyVector"))
    valid = try count("valid")
    edited = try count("edited")
    workloads = try count("workloads")
    crashes = keys.contains("crashes") ? try count("crashes") : 0
    exchanges = keys.contains("exchanges") ? try count("exchanges") : 0
    milliseconds =
      keys.contains("milliseconds")
      ? Int(try count("milliseconds")) : AdapterLimits().milliseconds
    guard milliseconds > 0 else { throw keys.flaw("milliseconds", "0 is no time") }
  }

  /// Reads the lane in the file at `path`.
  ///
  /// - Throws: `CorpusError` if there is none.
  package static func read(_ path: FilePath) throws(CorpusError) -> Lane {
    let bytes = try StoredFile.read(path, limit: 1 << 16)
    do {
      return try StrictJSON.decode(Lane.self, from: bytes)
    } catch {
      throw .file(path, WrongJSON.reason(of: error))
    }
  }
}
