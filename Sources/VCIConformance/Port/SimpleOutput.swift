internal import VCICorpus
internal import VCIFormat

/// Reads what a program of the simple form prints ("The simple form" in `Specs/Port.md`).
struct SimpleOutput {
  /// The lines, without their ends.
  private let lines: [String]
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var lines = String(decoding: bytes, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    self.lines = lines
  }

  /// Returns what the answer to `request` says.
  ///
  /// - Throws: `AdapterFailure.protocolViolation`.
  func details(of request: PortRequest) throws(AdapterFailure) -> PortAnswer.Details {
    switch request {
    case .hello: .capabilities(try capabilities())
    case .info: .info(try info())
    case .read: .runs(try lines.map { line throws(AdapterFailure) in try Self.run(line) })
    case .write(_, _, let count, _): try written(of: count)
    case .check: .findings(try findings())
    case .extents: .extents(try lines.map { line throws(AdapterFailure) in try Self.pair(line) })
    case .bye, .ping, .probe, .open, .create, .discard, .flush, .setModUUID, .close:
      try nothing()
    }
  }

  private static func flaw(_ words: String, _ line: String) -> AdapterFailure {
    .protocolViolation("\(words): \(PrintableText(line.prefix(200)))")
  }

  private func nothing() throws(AdapterFailure) -> PortAnswer.Details {
    guard let line = lines.first else { return .nothing }
    throw Self.flaw("nothing is to be printed here", line)
  }

  /// Splits a line into `count` words; the numbers among them are read with `numbers`.
  private static func words(_ line: String, _ count: Int) throws(AdapterFailure) -> [String] {
    let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard words.count == count else { throw flaw("the line has not \(count) words", line) }
    return words
  }

  private static func number(_ word: String, _ line: String) throws(AdapterFailure) -> UInt64 {
    guard let number = PortNumber(word) else { throw flaw("'\(word)' is no number", line) }
    return number.value
  }

  private static func run(_ line: String) throws(AdapterFailure) -> PortAnswer.Run {
    let words = try words(line, 3)
    guard ["hit", "miss"].contains(words[0]) else {
      throw flaw("the line begins with neither hit nor miss", line)
    }
    return PortAnswer.Run(
      isHit: words[0] == "hit", block: try number(words[1], line),
      count: try number(words[2], line))
  }

  private static func pair(_ line: String) throws(AdapterFailure) -> PortAnswer.BlockPair {
    let words = try words(line, 2)
    return PortAnswer.BlockPair(
      block: try number(words[0], line), count: try number(words[1], line))
  }

  private func written(of count: UInt64) throws(AdapterFailure) -> PortAnswer.Details {
    var written = count
    var losses: [PortAnswer.Loss] = []
    for (index, line) in lines.enumerated() {
      if index == 0, line.hasPrefix("written ") {
        written = try Self.number(try Self.words(line, 2)[1], line)
        continue
      }
      let words = try Self.words(line, 3)
      guard ["evicted", "dropped"].contains(words[0]) else {
        throw Self.flaw("the line is none of written, evicted and dropped", line)
      }
      losses.append(
        PortAnswer.Loss(
          isEviction: words[0] == "evicted", block: try Self.number(words[1], line),
          count: try Self.number(words[2], line)))
    }
    return .written(written, losses: losses)
  }

  /// Returns the values of `key=value` lines; a word alone is short for `word=yes`.
  private func values() throws(AdapterFailure) -> [(key: String, value: String, line: String)] {
    var seen: Set<String> = []
    var values: [(key: String, value: String, line: String)] = []
    for line in lines {
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let key = String(parts[0])
      guard key == "known" || seen.insert(key).inserted else {
        throw Self.flaw("'\(key)' comes twice", line)
      }
      values.append((key, parts.count > 1 ? String(parts[1]) : "yes", line))
    }
    return values
  }

  private func capabilities() throws(AdapterFailure) -> Capabilities {
    var capabilities = Capabilities()
    for (key, value, line) in try values() {
      switch key {
      case "name": capabilities.name = value
      case "version": capabilities.version = value
      case "language": capabilities.language = value
      case "homepage": capabilities.homepage = value
      case "durability":
        guard let durability = Capabilities.Durability(rawValue: value) else {
          throw Self.flaw("the durability is none of none, close and flush", line)
        }
        capabilities.durability = durability
      case "max-blocks": capabilities.mostBlocks = try Self.number(value, line)
      case "known":
        let parts = value.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw Self.flaw("a name and an address are needed", line) }
        capabilities.known.append(.init(name: parts[0], issue: parts[1]))
      default:
        guard Feature(rawValue: key) != nil || Capabilities.operations.contains(key) else {
          throw Self.flaw("there is no capability '\(PrintableText(key.prefix(200)))'", line)
        }
        guard ["yes", "no"].contains(value) else {
          throw Self.flaw("'\(key)' is neither yes nor no", line)
        }
        if value == "yes" { Self.declare(key, &capabilities) }
      }
    }
    if let flaw = capabilities.flaw { throw .protocolViolation(flaw) }
    return capabilities
  }

  private static func declare(_ name: String, _ capabilities: inout Capabilities) {
    if let feature = Feature(rawValue: name) {
      capabilities.features.insert(feature)
    } else {
      capabilities.operations.insert(name)
    }
  }

  private func info() throws(AdapterFailure) -> PortAnswer.Info {
    var found: [String: String] = [:]
    for (key, value, line) in try values() {
      guard ["version", "type", "blocks", "dirty", "uuid", "moduuid"].contains(key) else {
        throw Self.flaw("there is no such key of info", line)
      }
      found[key] = value
    }
    guard let version = found["version"].flatMap({ PortNumber($0) }),
      let type = found["type"], ["dynamic", "fixed"].contains(type),
      let blocks = found["blocks"].flatMap({ PortNumber($0) }),
      let dirty = found["dirty"], ["yes", "no"].contains(dirty),
      let uuid = found["uuid"].flatMap({ ImageUUID($0) }),
      let modUUID = found["moduuid"].flatMap({ ImageUUID($0) })
    else {
      throw Self.flaw(
        "info has version, type, blocks, dirty, uuid and moduuid", lines.joined(separator: " "))
    }
    return PortAnswer.Info(
      version: version.value, isFixed: type == "fixed", blocks: blocks.value,
      isDirty: dirty == "yes", uuid: uuid, modUUID: modUUID)
  }

  /// A check's report, of which other keys are ignored.
  private struct Report: Decodable {
    struct Finding: Decodable {
      let rule: String
      let `class`: String
    }

    let findings: [Finding]
  }

  private func findings() throws(AdapterFailure) -> [PortAnswer.Finding] {
    let report: Report
    do {
      report = try StrictJSON.decode(Report.self, from: bytes)
    } catch {
      throw .protocolViolation("the report of a check: \(WrongJSON.reason(of: error))")
    }
    return report.findings.map { PortAnswer.Finding(rule: $0.rule, class: $0.class) }
  }
}
