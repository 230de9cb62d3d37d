/// What all programs are asked about an image.
enum ImageQuestion: Hashable, Sendable {
  case probe
  case openForReading
  case info
  case read(block: UInt64, count: UInt64)
  case extents
  case check
  case openForWriting

  /// The request, in the words of the simple form.
  var words: String {
    switch self {
    case .probe: "probe IMG"
    case .openForReading: "open-ro IMG"
    case .info: "info IMG"
    case .read(let block, let count): "read IMG \(block) \(count) OUT"
    case .extents: "extents IMG"
    case .check: "check IMG"
    case .openForWriting: "open-rw IMG"
    }
  }
}
