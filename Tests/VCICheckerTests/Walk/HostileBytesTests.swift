import Testing
import VCIChecker
import VCIFormat
import VCITesting

struct `Hostile bytes` {
  /// Where the numbers of header, map and root stand, with their widths.
  private let fields: [(place: Int, width: Int)] = [
    (0, 4), (4, 4), (8, 8), (16, 1), (17, 4), (21, 8), (29, 8), (37, 4), (1024, 4), (1032, 8),
    (1040, 8), (1048, 8), (1056, 8), (2048, 1),
  ]

  private let numbers: [UInt64] = [
    0, 1, 2, 3, 4, 8, 9, 11, 12, 18, 19, 4087, 4088, 4089, 4095, 4096, 4097, 1 << 23, 1 << 54,
    1 << 55, 1 << 63, .max - 7, .max,
  ]

  /// The image of three extents with up to four numbers of header, map or slots changed, and cut or
  /// made longer at times.
  private func image(_ random: inout Mixer) -> HandmadeImage {
    var image = HandmadeImage.three
    if random.below(4) == 0 { image.bytes += [UInt8](repeating: 0, count: 1 + random.below(4000)) }
    for _ in 0...random.below(4) {
      let number =
        random.below(4) == 0 ? random.next() : numbers[random.below(numbers.count)]
      if random.below(2) == 0 {
        let field = fields[random.below(fields.count)]
        image.put(number, width: field.width, at: field.place)
      } else {
        let field = [(0, 8), (8, 8), (16, 1), (18, 8), (26, 4), (30, 8)][random.below(6)]
        image.put(
          number, width: field.1, at: HandmadeImage.slot(random.below(5)) + field.0)
      }
    }
    if random.below(8) == 0 { image.bytes.removeLast(random.below(image.bytes.count)) }
    return image
  }

  /// Returns the verdict by the table of exit codes in `Specs/VCI.md`, the worst finding first.
  private func verdict(of findings: [Violation]) -> Verdict {
    let rules = Set(findings.map(\.rule))
    let classes = Set(findings.map(\.ruleClass))
    if !rules.isDisjoint(with: [.fileHoldsHeader, .headerSignature]) { return .notAnImage }
    if rules.contains(.headerVersion) { return .unsupportedVersion }
    if classes.contains(.corruption) { return .corrupt }
    if classes.contains(.leak) || classes.contains(.summary) { return .repairable }
    return classes.contains(.dirty) ? .dirty : .clean
  }

  @Test
  func `end every check with a report that agrees with itself`() throws {
    var random = Mixer(state: 2)
    let checker = Checker()
    var groups: Set<RuleGroup> = []
    for _ in 0..<5000 {
      let bytes = image(&random).bytes
      let report = try checker.check(BytesSource(bytes))
      groups.insert(report.group)
      #expect(report.verdict == verdict(of: report.findings))
      for ruleClass in RuleClass.allCases {
        #expect(
          report.count(of: ruleClass) == report.findings.filter { $0.ruleClass == ruleClass }.count)
      }
      let objects = report.findings.map { "\($0.rule) \($0.path)" }
      #expect(Set(objects).count == objects.count)
    }
    #expect(groups == Set(RuleGroup.allCases))
  }

  /// A tree with up to four numbers of its nodes changed.
  private func tree(_ random: inout Mixer) -> HandmadeImage {
    let levels = 1 + random.below(16)
    var image = levels < 3 ? HandmadeImage.tree : HandmadeImage.chain(levels: levels)
    let nodes = levels < 3 ? 3 : levels
    for _ in 0...random.below(4) {
      let node = UInt64(4 + 8 * random.below(nodes))
      let number =
        switch random.below(3) {
        case 0: numbers[random.below(numbers.count)]
        case 1: UInt64(4 + 8 * random.below(nodes))
        default: UInt64(random.below(nodes * 8 + 8))
        }
      let isLeaf = image.bytes[Int(node) * 512] == 2
      let slot = random.below(4)
      let fields =
        isLeaf ? [(0, 8), (8, 8), (16, 1), (18, 8), (26, 4), (30, 8)] : [(0, 8), (8, 4), (12, 8)]
      let field = fields[random.below(fields.count)]
      let base =
        isLeaf ? HandmadeImage.extent(slot, in: node) : HandmadeImage.entry(slot, in: node)
      image.put(number, width: field.1, at: base + field.0)
      if random.below(8) == 0 { image.bytes[Int(node) * 512] = UInt8(random.below(4)) }
    }
    return image
  }

  @Test
  func `end every check of a damaged tree, each object named once for each rule`() throws {
    var random = Mixer(state: 5)
    let checker = Checker()
    var rules: Set<Rule> = []
    for _ in 0..<3000 {
      let report = try checker.check(BytesSource(tree(&random).bytes))
      rules.formUnion(report.findings.map(\.rule))
      #expect(report.verdict == verdict(of: report.findings))
      let objects = report.findings.map { "\($0.rule) \($0.path)" }
      #expect(Set(objects).count == objects.count)
      #expect((report.tree?.depth ?? 1) <= 16)
    }
    #expect(rules.count > 20)
  }

  @Test
  func `end every check of a root of random bytes`() throws {
    var random = Mixer(state: 3)
    let checker = Checker()
    for _ in 0..<200 {
      var image = HandmadeImage()
      for place in 2049..<6144 { image.bytes[place] = UInt8(truncatingIfNeeded: random.next()) }
      let report = try checker.check(BytesSource(image.bytes))
      #expect(report.verdict == .corrupt)
      #expect(report.group == .root)
    }
  }

  @Test
  func `say the same to a checker that is new and to one that is not`() throws {
    var random = Mixer(state: 4)
    let checker = Checker()
    for _ in 0..<300 {
      let source = BytesSource(image(&random).bytes)
      let name = FileName("a.vci")
      #expect(
        ReportJSON.line(try checker.check(source), of: name)
          == ReportJSON.line(try Checker().check(source), of: name))
    }
  }

  @Test
  func `that cannot be read end the check with the source's error, and spoil nothing`() throws {
    let bytes = HandmadeImage.three.bytes
    let checker = Checker()
    for reads in 0..<4 {
      let source = SparseSource(size: UInt64(bytes.count), [(0, bytes)])
      source.readsLeft = reads
      #expect(throws: StorageError.self) { try checker.check(source) }
      source.readsLeft = nil
      #expect(try checker.check(source).verdict == .clean)
    }
  }
}
