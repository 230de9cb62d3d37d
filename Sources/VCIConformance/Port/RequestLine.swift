internal import SystemPackage
internal import VCICorpus
internal import VCIFormat

/// A request as an object of the session form. Keys that the operation does not have are `nil`.
struct RequestLine: Hashable, Sendable, Encodable {
  var id: UInt64?
  let op: String
  var `protocol`: [UInt64]?
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

  /// Makes the object of a request.
  init(_ request: PortRequest) {
    op = request.op
    switch request {
    case .hello:
      `protocol` = [UInt64(PortRequest.protocolVersion)]
      features = Feature.allCases.map(\.rawValue)
    case .bye, .ping: break
    case .probe(let image): self.image = image.string
    case .open(let image, let handle, let mode, let uuid):
      (self.image, self.handle, self.mode) = (image.string, handle, mode.rawValue)
      modUuid = uuid?.description
    case .info(let handle), .flush(let handle), .close(let handle): self.handle = handle
    case .read(let handle, let block, let count, let file),
      .write(let handle, let block, let count, let file):
      (self.handle, self.block, self.count) = (handle, "\(block)", "\(count)")
      self.file = file.string
    case .extents(let image, let file): (self.image, self.file) = (image.string, file.string)
    case .create(let image, let blocks, let isFixed, let uuid):
      (self.image, self.blocks) = (image.string, "\(blocks)")
      (type, self.uuid) = (isFixed ? "fixed" : "dynamic", uuid.description)
    case .discard(let handle, let block, let count):
      (self.handle, self.block, self.count) = (handle, "\(block)", "\(count)")
    case .setModUUID(let handle, let uuid):
      (self.handle, self.uuid) = (handle, uuid.description)
    case .check(let image): (self.image, repair) = (image.string, "none")
    }
  }

  /// The object as a line, with its end.
  var bytes: [UInt8] {
    guard let line = try? OrderedJSON.line(of: self) else {
      preconditionFailure("a request that JSON can't hold: \(self)")
    }
    return line
  }
}
