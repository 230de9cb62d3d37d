internal import VCIFormat

extension RecipeContent {
  /// The largest file offset that a content may reach.
  private static let limit = Edit.offsetLimit

  /// Parses the words of a content's line.
  init(parsing words: [Substring]) throws(WordError) {
    guard words.count > 1 else { throw WordError("\(words[0]) of nothing") }
    switch words[0] {
    case "bytes":
      guard words.count > 3, words[2] == "=" else {
        throw WordError("it is to be: bytes OFFSET = BYTE BYTE ...")
      }
      var bytes: [UInt8] = []
      for word in words.dropFirst(3) { bytes.append(try RecipeNumber.byte(word)) }
      self = .bytes(offset: try RecipeNumber.parse(words[1]), bytes)
    case "fill":
      guard words.count == 4, words[2] == "=" else {
        throw WordError("it is to be: fill OFFSET+COUNT = BYTE")
      }
      let run = try RecipeNumber.run(words[1])
      self = .fill(
        offset: run.first, count: run.count, byte: try RecipeNumber.byte(words[3]))
    default:
      guard words.count == 2 else { throw WordError("it is to be: pattern OFFSET+COUNT") }
      let run = try RecipeNumber.run(words[1])
      guard run.first % 512 == 0, run.count % 512 == 0 else {
        throw WordError("the pattern is that of whole blocks of 512 bytes")
      }
      self = .pattern(offset: run.first, count: run.count)
    }
    guard count > 0 else { throw WordError("\(words[0]) of no byte") }
    guard offset <= Self.limit, count <= Self.limit - offset else {
      throw WordError("\(words[1]) is past what a file reaches")
    }
  }
}
