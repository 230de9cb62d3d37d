internal import VCIFormat

/// The content of a file that is no recipe, according to its first bytes.
enum OtherContent {
  case nothing
  case image
  case compressed
  case wideText
  case json
  case binary

  /// The bytes after 0x78 in zlib streams of different compression levels.
  private static let zlibFlags: [UInt8] = [0x01, 0x5e, 0x9c, 0xda]

  /// Classifies `bytes`. Returns `nil` if they may be a recipe.
  init?(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else {
      self = .nothing
      return
    }
    let start = bytes.prefix(4096)
    let isImage =
      unsafe bytes.count >= Format.headerSize
      && Header(decoding: bytes.span.bytes).signature == Header.signature
    if isImage {
      self = .image
    } else if start.starts(with: [0xff, 0xfe]) || start.starts(with: [0xfe, 0xff]) {
      self = .wideText
    } else if bytes[0] == 0x78, bytes.count > 1, Self.zlibFlags.contains(bytes[1]) {
      self = .compressed
    } else if start.contains(0) {
      // In UTF-16 every second byte of English text is zero.
      let zeros = start.count { $0 == 0 }
      self = zeros * 3 > start.count && zeros * 3 < start.count * 2 ? .wideText : .binary
    } else if start.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") {
      self = .json
    } else {
      return nil
    }
  }
}

extension OtherContent: CustomStringConvertible {
  var description: String {
    switch self {
    case .nothing: "it is empty: a recipe has a plan (blocks, map, leaf tree) or a size"
    case .image: "it is a VCI image, and no recipe: 'vcifuzz corpus disassemble' makes one of it"
    case .compressed: "it is compressed, as stored images are, and no recipe"
    case .wideText: "it is text in UTF-16; recipes are in UTF-8"
    case .json: "it is JSON, as cases of earlier versions are, and no recipe"
    case .binary: "it is no text"
    }
  }
}
