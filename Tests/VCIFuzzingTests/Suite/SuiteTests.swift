import FoundationEssentials
import SystemPackage
import Testing
import VCICorpus
import VCIFormat
import VCIFuzzing

/// The folder of the package.
let package: FilePath = {
  var path = FilePath(#filePath)
  for _ in 0..<4 { path.removeLastComponent() }
  return path
}()

/// The text of a file of the package.
func text(of file: String) throws -> String {
  String(
    decoding: try StoredFile.read(package.appending(file), limit: 1 << 22), as: UTF8.self)
}

struct `Every rule` {
  @Test
  func `has a clause that says what the catalogue says`() throws {
    let specification = try text(of: "Specs/VCI.md")
    let parts = specification.components(separatedBy: "\n#### ").dropFirst()
    var clauses: [String: String] = [:]
    for part in parts where part.hasPrefix("VCI-") {
      let id = String(part.prefix { !$0.isWhitespace })
      if Rule(rawValue: id) == nil, !id.hasPrefix("VCI-RD"), !id.hasPrefix("VCI-WR") {
        Issue.record("a clause for \(id), which is no rule")
      }
      #expect(clauses.updateValue(part, forKey: id) == nil, "two clauses for \(id)")
    }
    for rule in Rule.allCases {
      let clause = try #require(clauses[rule.id], "no clause for \(rule)")
      let line = "Class \(className(of: rule)); stage \(stage(of: rule)); basis \(rule.basis)."
      #expect(clause.contains(line), "\(rule): \(line)")
      let words = clause.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(isStatement(words, of: rule), "\(rule): \(rule.statement)")
      #expect(silencers(named: words) == silencers(of: rule), "\(rule) is silenced by others")
      #expect(words.contains("Reason: "), "\(rule) has no reason")
    }
  }

  /// Whether a clause begins with the statement of its rule, in bold.
  ///
  /// The statement is a sentence there. An identifier at its start is quoted as code and keeps its
  /// case.
  private func isStatement(_ clause: String, of rule: Rule) -> Bool {
    let parts = clause.components(separatedBy: "**")
    guard parts.count == 3, parts[0] == "\(rule.id) " else { return false }
    let begin = rule.statement.prefix { !$0.isWhitespace }
    let isCode = parts[1].hasPrefix("`")
    guard isCode || !begin.dropFirst().contains(where: \.isUppercase) else { return false }
    let first = isCode ? String(rule.statement.prefix(1)) : rule.statement.prefix(1).uppercased()
    return parts[1].filter { $0 != "`" } == first + rule.statement.dropFirst() + "."
  }

  /// The rules that a clause names as silencing its own.
  private func silencers(named clause: String) -> Set<Rule> {
    let parts = clause.components(separatedBy: "It is silenced by ")
    guard parts.count == 2, let list = parts[1].components(separatedBy: " Reason: ").first
    else { return [] }
    let touched = list.hasSuffix(Self.anyTouched) ? Self.touched : []
    return touched.union(rules(in: list))
  }

  /// The rules whose IDs a text has.
  private func rules(in text: some StringProtocol) -> Set<Rule> {
    Set(
      text.split { !($0.isLetter || $0.isNumber || $0 == "-") }
        .compactMap { Rule(rawValue: String($0)) })
  }

  @Test
  func `is in the sets of the specification to which it belongs, and in no other`() throws {
    let specification = try text(of: "Specs/VCI.md")
    let section = try #require(
      specification.components(separatedBy: "\n### Sets of rules\n").last?
        .components(separatedBy: "\n#").first)
    let rows = section.split(separator: "\n").filter { $0.hasPrefix("| *") }
    try #require(rows.count == 3)
    let wholeNode = Rule.allCases.filter {
      $0.stage(in: .root) == .open && $0.stage(in: .elsewhere) == .touch
    }
    let bits = Rule.allCases.filter {
      $0.ruleClass(dirty: false) == .corruption && $0.ruleClass(dirty: true) == .summary
    }
    #expect(rows[0].hasPrefix("| *whole-node rules*"))
    #expect(rules(in: rows[0]) == Set(wholeNode))
    #expect(rows[1].hasPrefix("| *bit rules*"))
    #expect(rules(in: rows[1]) == Set(bits))
    #expect(rows[2].hasPrefix("| *corruptions of stage touch*"))
    #expect(rules(in: rows[2]) == Self.touched.subtracting(wholeNode))
  }

  /// The rules that silence a rule, but for those that end a check before its group.
  private func silencers(of rule: Rule) -> Set<Rule> {
    var silencers: Set<Rule> = []
    for part in [ImagePart.map, .root, .other] {
      let found = rule.silencers(in: .root, on: part)
      silencers.formUnion(found.anywhere.rules)
      silencers.formUnion(found.onObject.rules)
    }
    return silencers
  }

  /// The end of a list of silencers that all corruptions of stage touch belong to.
  private static let anyTouched = "any [corruption of stage touch](#sets-of-rules)."

  /// The corruptions of stage touch.
  private static let touched = Set(
    Rule.allCases.filter { rule in
      rule.ruleClass(dirty: false) == .corruption
        && [Situation.elsewhere, .cycle].contains { rule.stage(in: $0) == .touch }
    })

  private func className(of rule: Rule) -> String {
    let clean = rule.ruleClass(dirty: false)
    let dirty = rule.ruleClass(dirty: true)
    return clean == dirty ? "\(clean)" : "\(clean), \(dirty) in a dirty image"
  }

  private func stage(of rule: Rule) -> String {
    let root = rule.stage(in: .root)
    let other = rule.stage(in: .elsewhere)
    let cycle = rule.stage(in: .cycle)
    guard cycle == other else { return "\(cycle) in a cycle, else \(other)" }
    return root == other ? "\(root)" : "\(root) in the root, else \(other)"
  }

  @Test
  func `has a field table that says what the layout table says`() throws {
    let specification = try text(of: "Specs/VCI.md")
    for field in Field.allCases {
      let name = field.rawValue.split(separator: ".").last.map(String.init) ?? field.rawValue
      let layout = field.layout
      let row = "| \(layout.offset) | \(layout.width) | \(name) | `\(field.label)` |"
      #expect(specification.contains(row), "\(row)")
    }
  }

  @Test
  func `has a test whose name begins with its ID`() throws {
    var names: [Substring] = []
    for file in try StoredFile.files(in: package.appending("Tests"))
    where file.string.hasSuffix("Tests.swift") {
      let source = String(decoding: try StoredFile.read(file, limit: 1 << 22), as: UTF8.self)
      names += source.split(separator: "\n").filter { $0.hasPrefix("  func `VCI-") }
    }
    for rule in Rule.allCases {
      #expect(names.contains { $0.contains(rule.id) }, "no test begins with \(rule)")
    }
  }

  @Test
  func `has an image of the corpus on both sides`() throws {
    let vectors = try Corpus.manifest(in: package.appending("Corpus"))
    for rule in Rule.allCases {
      let about = vectors.filter {
        $0.rules.contains(rule.id) && $0.area != "captured"
      }
      let broken = about.filter { $0.findings.contains { $0.rule == rule.id } }
      #expect(!broken.isEmpty, "nothing breaks \(rule)")
      #expect(broken.count < about.count, "nothing keeps \(rule)")
    }
  }

  /// The rules that cannot be broken alone: what the corpus breaks with each at least.
  private static let companions: [String: Set<String>] = [
    "VCI-MAP-005": ["VCI-EXT-004"], "VCI-MAP-006": ["VCI-HDR-012"],
    "VCI-MAP-008": ["VCI-MAP-005"], "VCI-NODE-003": ["VCI-MAP-009"],
    "VCI-NODE-005": ["VCI-NODE-008"], "VCI-EXT-004": ["VCI-MAP-009"],
  ]

  @Test
  func `is broken alone by an image of the corpus, or listed among those that cannot be`() throws {
    let specification = try text(of: "Specs/VCI.md")
    let list = try #require(
      specification.components(separatedBy: "### Rules that cannot be broken alone\n").last?
        .components(separatedBy: "\n## ").first)
    let rows = list.split(separator: "\n").filter { $0.hasPrefix("| [VCI-") }
    #expect(rows.count == 8)
    let vectors = try Corpus.manifest(in: package.appending("Corpus"))
    for rule in Rule.allCases {
      let others = vectors.map { Set($0.findings.map(\.rule)) }
        .filter { $0.contains(rule.id) }.map { $0.subtracting([rule.id]) }
      guard let companions = Self.companions[rule.id] else {
        #expect(others.contains([]), "nothing breaks \(rule) alone")
        continue
      }
      #expect(!others.contains([]), "\(rule) is broken alone")
      #expect(others.contains(companions), "\(rule)")
      let isListed = rows.contains { row in
        row.split(separator: "|").first.map { $0.contains(rule.id.dropFirst(4)) } ?? false
      }
      #expect(isListed, "\(rule) is not in the list")
    }
  }
}
