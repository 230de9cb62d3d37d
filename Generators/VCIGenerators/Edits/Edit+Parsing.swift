internal import VCIFormat

extension Edit {
  /// The largest file offset that an edit may name. No file system has files of this size.
  package static let offsetLimit: UInt64 = 1 << 62

  /// Parses an edit in the form of `description`, with any number of spaces and tabs between its
  /// words. Numbers may be hexadecimal, with the prefix `0x`.
  ///
  /// - Throws: `WordError` for any other text, and for file offsets above `offsetLimit`.
  package init(parsing text: some StringProtocol) throws(WordError) {
    self = try Self.parse(text.split { $0 == " " || $0 == "\t" }.map { Substring($0) })
  }

  private static func parse(_ words: [Substring]) throws(WordError) -> Edit {
    switch words.first {
    case "refit" where words.count == 1: return .refit
    case "clear" where words.count == 2: return .clear(try path(words[1]))
    case "flip" where words.count == 2:
      guard case .bit(let block) = try path(words[1]) else {
        throw WordError("only a bit is flipped, bitmap[BLOCK], not \(words[1])")
      }
      return .toggle(block)
    case "reshape" where words.count == 3: return try reshape(words[1], words[2])
    case "move" where words.count == 4 && words[2] == "to":
      return try move(words[1], words[3])
    case "raw" where words.count >= 3 && words[2] == "=":
      return try raw(words[1], words.dropFirst(3))
    case "file.size" where words.count == 3 && words[1] == "=":
      return .resize(try fileOffset(words[2]))
    default: break
    }
    guard words.count == 3 else {
      throw WordError("'\(words.joined(separator: " "))' is no edit: PLACE = VALUE and the like")
    }
    return try change(words[0], words[1], words[2])
  }

  private static func reshape(
    _ node: Substring, _ type: Substring
  ) throws(WordError) -> Edit {
    guard case .node(let path, nil) = try path(node) else {
      throw WordError("\(node) is no node")
    }
    guard let type = NodeType.allCases.first(where: { "\($0)" == type }) else {
      throw WordError("a node is internal or leaf, not \(type)")
    }
    return .reshape(path, type)
  }

  private static func move(_ target: Substring, _ place: Substring) throws(WordError) -> Edit {
    let path = try path(target)
    guard path.isMovable else {
      throw WordError(
        "\(target) is no address: header.treeRoot, header.blockMap, childAddress, blockAddress")
    }
    let address = BlockAddress(try RecipeNumber.parse(place))
    guard address <= ImagePlan.addressLimit else { throw WordError("no file has block \(place)") }
    return .move(path, to: address)
  }

  private static func raw(
    _ offset: Substring, _ words: ArraySlice<Substring>
  ) throws(WordError) -> Edit {
    var bytes: [UInt8] = []
    for word in words { bytes.append(try RecipeNumber.byte(word)) }
    return .raw(offset: try fileOffset(offset), bytes)
  }

  private static func fileOffset(_ text: Substring) throws(WordError) -> UInt64 {
    let offset = try RecipeNumber.parse(text)
    guard offset <= offsetLimit else { throw WordError("byte \(text) is past what a file reaches") }
    return offset
  }

  private static func change(
    _ target: Substring, _ sign: Substring, _ value: Substring
  ) throws(WordError) -> Edit {
    if sign == "=", let poke = try poke(target, value) { return poke }
    let path = try path(target)
    let number = try RecipeNumber.parse(value)
    switch sign {
    case "=": return .change(path, .to(number))
    case "+=": return .change(path, .adding(number))
    case "-=": return .change(path, .adding(0 &- number))
    case "^=": return .change(path, .flipping(number))
    default: throw WordError("\(sign) is none of =, +=, -= and ^=")
    }
  }

  /// Parses the change of one byte; `nil` if `target` is not `FIELD[OFFSET]`.
  private static func poke(
    _ target: Substring, _ value: Substring
  ) throws(WordError) -> Edit? {
    guard target.hasSuffix("]"), let bracket = target.lastIndex(of: "["),
      let path = try? Path(parsing: target[..<bracket])
    else { return nil }
    let digits = target[target.index(after: bracket)...].dropLast()
    let offset = try RecipeNumber.parse(digits)
    let byte = try RecipeNumber.parse(value)
    guard offset < UInt64(Format.nodeSize) else { throw WordError("no field has byte \(offset)") }
    guard let byte = UInt8(exactly: byte) else { throw WordError("\(value) is no byte") }
    return .poke(path, offset: Int(offset), byte: byte)
  }

  private static func path(_ text: Substring) throws(WordError) -> Path {
    do throws(PathSyntaxError) {
      return try Path(parsing: text)
    } catch {
      throw WordError(error.description)
    }
  }
}

extension Path {
  /// Whether it names an address with which a part of the image can move.
  var isMovable: Bool {
    switch self {
    case .field(.treeRoot), .field(.blockMap), .entry(_, _, .entryChild?),
      .extent(_, _, .extentAddress?):
      true
    case .file, .field, .bit, .node, .entry, .extent: false
    }
  }
}
