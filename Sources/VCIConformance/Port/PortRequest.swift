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

  /// Returns the request as a line of the session form, with its line end.
  func line(id: UInt64) -> [UInt8] {
    var line = RequestLine(self)
    line.id = id
    return line.bytes
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
