internal import VCIFormat

/// Why a text is no edit.
public struct EditSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong with it.
  public let description: String

  init(_ description: String) { self.description = description }
}

extension Edit {
  /// The largest byte of a file that an edit may name: what no file reaches is no place.
  public static let placeLimit: UInt64 = 1 << 62

  /// Reads an edit as `description` writes it, with any spaces between its words; numbers may be
  /// hexadecimal, with `0x` before them.
  ///
  /// - Throws: `EditSyntaxError` for any other text, and for bytes past `placeLimit`.
  public init(parsing text: some StringProtocol) throws(EditSyntaxError) {
    let words = text.split { $0 == " " || $0 == "\t" }.map { Substring($0) }
    do throws(WordError) {
      self = try Self.parse(words)
    } catch {
      throw EditSyntaxError(error.reason)
    }
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
    case "raw" where words.count >= 3 && words[2] == "=":
      return try raw(words[1], words.dropFirst(3))
    case "file.size" where words.count == 3 && words[1] == "=":
      return .resize(try place(words[2]))
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

  private static func raw(
    _ offset: Substring, _ words: ArraySlice<Substring>
  ) throws(WordError) -> Edit {
    var bytes: [UInt8] = []
    for word in words { bytes.append(try RecipeNumber.byte(word)) }
    return .raw(offset: try place(offset), bytes)
  }

  /// Reads a byte of a file.
  private static func place(_ text: Substring) throws(WordError) -> UInt64 {
    let place = try RecipeNumber.parse(text)
    guard place <= placeLimit else { throw WordError("byte \(text) is past what a file reaches") }
    return place
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

  /// The change of one byte of a field, where `target` is a field and a place in it.
  private static func poke(
    _ target: Substring, _ value: Substring
  ) throws(WordError) -> Edit? {
    guard target.hasSuffix("]"), let bracket = target.lastIndex(of: "["),
      let path = try? Path(parsing: target[..<bracket])
    else { return nil }
    let digits = target[target.index(after: bracket)...].dropLast()
    let place = try RecipeNumber.parse(digits)
    let byte = try RecipeNumber.parse(value)
    guard place < UInt64(Format.nodeSize) else { throw WordError("no field has byte \(place)") }
    guard let byte = UInt8(exactly: byte) else { throw WordError("\(value) is no byte") }
    return .poke(path, place: Int(place), byte: byte)
  }

  private static func path(_ text: Substring) throws(WordError) -> Path {
    do throws(PathSyntaxError) {
      return try Path(parsing: text)
    } catch {
      throw WordError(error.description)
    }
  }
}
