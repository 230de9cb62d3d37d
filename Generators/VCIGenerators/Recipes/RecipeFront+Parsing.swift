internal import VCIFormat

extension RecipeFront {
  /// Parses the line with `key`.
  mutating func set(_ key: Substring, _ line: RecipeLine) throws(WordError) {
    guard !line.words.isEmpty else { throw WordError("\(key): of nothing") }
    guard line.text.utf8.count <= Self.textLimit else {
      throw WordError("\(key): of more than \(Self.textLimit) bytes")
    }
    switch key {
    case "id": id = try Self.name(line.words)
    case "title": title = String(line.text)
    case "rules":
      for word in line.words { rules.append(try Self.rule(word)) }
    case "faults":
      for word in line.words { faults.append(try Self.fault(word)) }
    case "finding":
      guard findings.count < Self.findingLimit else {
        throw WordError("more than \(Self.findingLimit) findings")
      }
      findings.append(try Self.finding(line.words))
    case "exit": verdict = try Self.verdict(line.words)
    case "read":
      guard reads.count < Self.readLimit else {
        throw WordError("more than \(Self.readLimit) reads")
      }
      reads.append(try RecipeRead(parsing: line.words))
    case "crc32": crc32 = try Self.checksum(line.words)
    case "tool", "version", "how": setProvenance(key, String(line.text))
    default:
      throw WordError(
        "there is no \(key):; there are id, title, rules, faults, finding, exit, read, crc32, "
          + "tool, version, how, and blocks, type, dirty, map, size, uuid, modification")
    }
  }

  /// The most bytes of a line. The manifest repeats front matter.
  private static let textLimit = 4096
  /// The most findings.
  package static let findingLimit = 1024
  /// The most reads. Each may walk the whole tree.
  private static let readLimit = 256

  private mutating func setProvenance(_ key: Substring, _ text: String) {
    var changed = provenance ?? Provenance()
    switch key {
    case "tool": changed.tool = text
    case "version": changed.version = text
    default: changed.how = text
    }
    provenance = changed
  }

  private static func name(_ words: [Substring]) throws(WordError) -> String {
    guard words.count == 1, words[0].allSatisfy(isNameLetter) else {
      throw WordError("a name has letters a to z, digits and dashes only")
    }
    return String(words[0])
  }

  private static func isNameLetter(_ letter: Character) -> Bool {
    letter.isASCII && (letter.isLowercase || letter.isNumber || letter == "-")
  }

  fileprivate static func rule(_ word: Substring) throws(WordError) -> Rule {
    guard let rule = Rule(rawValue: String(word)) else {
      throw WordError("there is no rule \(word)")
    }
    return rule
  }

  private static func fault(_ word: Substring) throws(WordError) -> String {
    let digits = word.dropFirst(2)
    guard word.hasPrefix("F-"), digits.count == 2, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 })
    else { throw WordError("\(word) is no fault, F-NN") }
    return String(word)
  }

  private static func finding(_ words: [Substring]) throws(WordError) -> ForecastFinding {
    guard words.count == 4, words[2] == "at" else {
      throw WordError("it is to be: finding: RULE CLASS at BYTE")
    }
    guard let ruleClass = RuleClass(rawValue: String(words[1])) else {
      throw WordError(
        "there is no class \(words[1]); there are "
          + RuleClass.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return ForecastFinding(
      try rule(words[0]), ruleClass, at: try RecipeNumber.parse(words[3]))
  }

  private static func verdict(_ words: [Substring]) throws(WordError) -> Verdict {
    let number = words.count == 1 ? try RecipeNumber.parse(words[0]) : .max
    guard let code = Int32(exactly: number), let verdict = Verdict(rawValue: code) else {
      throw WordError("no check ends with \(words.joined(separator: " "))")
    }
    return verdict
  }

  private static func checksum(_ words: [Substring]) throws(WordError) -> UInt32 {
    let number = words.count == 1 ? try RecipeNumber.parse(words[0]) : .max
    guard let checksum = UInt32(exactly: number) else {
      throw WordError("a CRC-32 has 32 bits")
    }
    return checksum
  }
}

extension RecipeRead {
  /// Parses `BLOCK+COUNT = hit BLOCKS at ADDRESS`, `… = miss BLOCKS` or `… = refused RULE`.
  init(parsing words: [Substring]) throws(WordError) {
    let form = "it is to be: read: BLOCK+COUNT = hit BLOCKS at ADDRESS, miss BLOCKS, refused RULE"
    guard words.count >= 4, words[1] == "=" else { throw WordError(form) }
    let run = try RecipeNumber.run(words[0])
    guard run.count > 0 else { throw WordError("a read of no block") }
    block = BlockOffset(run.first)
    count = BlockCount(run.count)
    switch (words[2], words.count) {
    case ("hit", 6) where words[4] == "at":
      let blocks = try Self.blocks(words[3], of: run.count)
      let address = try RecipeNumber.parse(words[5])
      guard address <= Format.diskEnd.rawValue else { throw WordError("no file has \(address)") }
      answer = .hit(blocks, at: BlockAddress(address))
    case ("miss", 4): answer = .miss(try Self.blocks(words[3], of: run.count))
    case ("refused", 4): answer = .refused(try RecipeFront.rule(words[3]))
    default: throw WordError(form)
    }
  }

  private static func blocks(
    _ word: Substring, of count: UInt64
  ) throws(WordError) -> BlockCount {
    let blocks = try RecipeNumber.parse(word)
    guard blocks > 0, blocks <= count else {
      throw WordError("an answer of \(blocks) blocks to a read of \(count)")
    }
    return BlockCount(blocks)
  }
}
