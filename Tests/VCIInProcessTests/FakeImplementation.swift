import Synchronization
import VCIInProcess

/// An implementation whose answers are given, and which counts what is made of it and what is open.
struct FakeImplementation: Implementation {
  /// What all implementations of a test share.
  final class Log: Sendable {
    private let entries = Mutex<[String]>([])

    var all: [String] { entries.withLock { $0 } }

    func add(_ entry: String) { entries.withLock { $0.append(entry) } }
  }

  struct OwnError: Error {}

  let log: Log
  var operations: Set<Declaration.Operation> = [.probe, .openForReading, .read]
  var runs: [ReadRun] = []
  var refusal: (any Error)?

  init(_ log: Log = Log()) {
    self.log = log
    log.add("made")
  }

  var declaration: Declaration {
    Declaration(name: "fake", version: "1", operations: operations, durability: .flush)
  }

  func probe(_ path: String) throws {
    if let refusal { throw refusal }
  }

  func open(_ path: String, for access: Access, modificationUUID: String?) throws -> String {
    log.add("opened for \(access), \(modificationUUID ?? "any state")")
    return "image"
  }

  func read(_ image: inout String, block: UInt64, count: UInt64) throws -> [ReadRun] { runs }

  func create(_ path: String, blocks: UInt64, isFixed: Bool, uuid: String) throws {
    log.add("created \(blocks) \(isFixed) \(uuid)")
  }

  func write(_ image: inout String, block: UInt64, bytes: [UInt8]) throws -> UInt64 {
    log.add("\(bytes.count) bytes at \(block)")
    image += ", written"
    return 1
  }

  func flush(_ image: inout String) throws {}

  func close(_ image: String) throws { log.add("closed \(image)") }
}
