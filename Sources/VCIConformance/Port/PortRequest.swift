internal import FoundationEssentials
package import SystemPackage
package import VCIFormat

/// A request of the test port, protocol 1 ("The session form" in `Specs/Port.md`).
package enum PortRequest: Hashable, Sendable {
  /// The purpose of an open.
  package enum Mode: String, Hashable, Sendable {
    case reading = "ro"
    case writing = "rw"
  }

  case hello
  case bye
  case ping
  case probe(image: FilePath)
  case open(image: FilePath, handle: String, Mode, modUUID: ImageUUID? = nil)
  case info(handle: String)
  /// Asks for blocks. The bytes of hits go into `file`, at their distance from `block`.
  case read(handle: String, block: UInt64, count: UInt64, file: FilePath)
  /// Asks for what is cached, as lines in `file`.
  case extents(image: FilePath, file: FilePath)
  case create(image: FilePath, blocks: UInt64, isFixed: Bool, ImageUUID)
  /// Caches blocks, whose bytes are in `file`.
  case write(handle: String, block: UInt64, count: UInt64, file: FilePath)
  case discard(handle: String, block: UInt64, count: UInt64)
  case flush(handle: String)
  case setModUUID(handle: String, ImageUUID)
  case close(handle: String)
  case check(image: FilePath)

  /// The name of the operation in the session form.
  var op: String {
    switch self {
    case .hello: "hello"
    case .bye: "bye"
    case .ping: "ping"
    case .probe: "probe"
    case .open: "open"
    case .info: "info"
    case .read: "read"
    case .extents: "extents"
    case .create: "create"
    case .write: "write"
    case .discard: "discard"
    case .flush: "flush"
    case .setModUUID: "set-moduuid"
    case .close: "close"
    case .check: "check"
    }
  }

  /// The capability without which the request is not made; `nil` for requests that every adapter
  /// answers.
  var capability: String? {
    switch self {
    case .hello, .bye, .ping: nil
    case .open(_, _, let mode, _): mode == .reading ? "open-ro" : "open-rw"
    default: op
    }
  }
}

extension PortRequest {
  /// The protocol that is spoken.
  static let protocolVersion = 1

  /// A line of the session form. Keys that the operation does not have are `nil`.
  private struct Line: Encodable {
    let id: UInt64
    let op: String
    var `protocol`: [Int]?
    var features: [String]?
    var image: String?
    var handle: String?
    var mode: String?
    var modUuid: String?
    var block: String?
    var count: String?
    var file: String?
    var blocks: String?
    var type: String?
    var uuid: String?
    var repair: String?
  }

  /// Returns the request as a line of the session form, with its line end.
  func line(id: UInt64) -> [UInt8] {
    var line = Line(id: id, op: op)
    switch self {
    case .hello:
      line.protocol = [Self.protocolVersion]
      line.features = Feature.allCases.map(\.rawValue)
    case .bye, .ping: break
    case .probe(let image): line.image = image.string
    case .open(let image, let handle, let mode, let uuid):
      (line.image, line.handle, line.mode) = (image.string, handle, mode.rawValue)
      line.modUuid = uuid?.description
    case .info(let handle), .flush(let handle), .close(let handle): line.handle = handle
    case .read(let handle, let block, let count, let file),
      .write(let handle, let block, let count, let file):
      (line.handle, line.block, line.count) = (handle, "\(block)", "\(count)")
      line.file = file.string
    case .extents(let image, let file): (line.image, line.file) = (image.string, file.string)
    case .create(let image, let blocks, let isFixed, let uuid):
      (line.image, line.blocks) = (image.string, "\(blocks)")
      (line.type, line.uuid) = (isFixed ? "fixed" : "dynamic", uuid.description)
    case .discard(let handle, let block, let count):
      (line.handle, line.block, line.count) = (handle, "\(block)", "\(count)")
    case .setModUUID(let handle, let uuid):
      (line.handle, line.uuid) = (handle, uuid.description)
    case .check(let image): (line.image, line.repair) = (image.string, "none")
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(line) else {
      preconditionFailure("a request that JSON can't hold: \(self)")
    }
    return Array(data) + [UInt8(ascii: "\n")]
  }

  /// Returns the arguments of the simple form. `handles` has the images of open handles. `nil` for
  /// a request that the form has no process for.
  func arguments(_ handles: [String: FilePath]) -> [String]? {
    let image = { (handle: String) -> String in
      guard let path = handles[handle] else { preconditionFailure("no handle \(handle)") }
      return path.string
    }
    return switch self {
    case .hello: ["caps"]
    case .bye, .ping, .close: nil
    case .probe(let image): ["probe", image.string]
    case .open(let image, _, let mode, let uuid):
      ["open-\(mode.rawValue)", image.string] + (uuid.map { [$0.description] } ?? [])
    case .info(let handle): ["info", image(handle)]
    case .read(let handle, let block, let count, let file):
      ["read", image(handle), "\(block)", "\(count)", file.string]
    case .extents(let image, _): ["extents", image.string]
    case .create(let image, let blocks, let isFixed, let uuid):
      ["create", image.string, "\(blocks)", isFixed ? "fixed" : "dynamic", uuid.description]
    case .write(let handle, let block, let count, let file):
      ["write", image(handle), "\(block)", "\(count)", file.string]
    case .discard(let handle, let block, let count):
      ["discard", image(handle), "\(block)", "\(count)"]
    case .flush(let handle): ["flush", image(handle)]
    case .setModUUID(let handle, let uuid): ["set-moduuid", image(handle), uuid.description]
    case .check(let image): ["check", image.string]
    }
  }
}
