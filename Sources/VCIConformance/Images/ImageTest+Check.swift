internal import SystemPackage
internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

extension ImageTest {
  /// "Check" in `Specs/Verdicts.md`: the set of broken rules, each with its class.
  func compareCheck(_ run: TestRun, _ file: FilePath) {
    guard run.has("check") else { return }
    let request = PortRequest.check(image: file)
    let requirement: Requirement = .hostileBytes
    guard let answer = run.ask(request, .check, requirement) else { return }
    guard case .done(.findings(let found)) = answer else {
      return run.fail(
        .check, requirement, .wrongAnswer, request, expected: "findings", got: "\(answer)")
    }
    let expected = Set(
      self.expected.findings.map {
        PortAnswer.Finding(
          rule: $0.finding.rule.id, class: $0.finding.ruleClass.rawValue)
      })
    let missed = expected.subtracting(found)
    let more = Set(found).subtracting(expected)
    guard !missed.isEmpty || !more.isEmpty else { return }
    run.fail(
      .check, requirement, .wrongFindings, request, expected: Self.words(expected),
      got: Self.words(Set(found)))
  }

  static func words(_ findings: Set<PortAnswer.Finding>) -> String {
    guard !findings.isEmpty else { return "no finding" }
    return findings.map { "\($0.rule) \($0.class)" }.sorted().joined(separator: ", ")
  }

  /// "The list of extents" in `Specs/Verdicts.md`. A list of a damaged image is held to VCI-RD-004,
  /// any other to VCI-RD-006.
  func compareExtents(
    _ run: TestRun, _ file: FilePath, _ folder: WorkFolder
  ) throws(WorkError) {
    guard run.has("extents"), let reads = expected.reads else { return }
    let list = try folder.answerFile()
    let request = PortRequest.extents(image: file, file: list)
    let isWhole = expected.answers.corruptions.isEmpty
    let requirement: Requirement = isWhole ? .reads : .damage
    guard let answer = run.ask(request, .extents, requirement) else { return }
    let pairs: [PortAnswer.BlockPair]
    switch answer {
    case .refused(let refusal):
      guard isWhole else {
        return compareRule(
          run, refusal, expected.answers.corruptions, request, .extents, requirement)
      }
      return run.fail(
        .extents, expected.findings.isEmpty ? .reads : .harmlessFindings, .rejectedValid, request,
        expected: "a list", got: "refused\(refusal)")
    case .done(.extents(let printed)): pairs = printed
    default:
      guard let work = run.open(list, request, .extents) else { return }
      defer { work.close() }
      let bytes = work.bytes(at: 0, count: Int(min(work.size, UInt64(Self.mostListBytes))))
      do throws(AdapterFailure) {
        guard case .extents(let listed) = try SimpleOutput(bytes).details(of: request) else {
          preconditionFailure("no list of extents")
        }
        pairs = listed
      } catch {
        return run.fail(
          .extents, requirement, .protocolViolation, request, expected: "'BLOCK COUNT' lines",
          got: "\(error)")
      }
    }
    let right = ListedBlocks(reads.extents.map { ($0.offset.rawValue, $0.blocks.rawValue) })
    guard let flaw = right.flaw(of: pairs, isWhole: isWhole) else { return }
    run.fail(
      .extents, requirement, .wrongExtents, request, expected: flaw.expected, got: flaw.got, .list)
  }

  private static let mostListBytes = 16 << 20
}

/// The blocks of a list of extents. How they are divided does not matter.
struct ListedBlocks {
  /// Ascending, without overlaps; neighbours are joined.
  private let runs: [Range<UInt64>]

  init(_ extents: [(block: UInt64, count: UInt64)]) {
    var runs: [Range<UInt64>] = []
    for extent in extents {
      let range = extent.block..<extent.block + extent.count
      if let last = runs.last, last.upperBound == range.lowerBound {
        runs[runs.count - 1] = last.lowerBound..<range.upperBound
      } else {
        runs.append(range)
      }
    }
    self.runs = runs
  }

  /// Returns what is wrong with a list: an extent that is none, or one that misses if the list must
  /// be whole.
  func flaw(
    of pairs: [PortAnswer.BlockPair], isWhole: Bool
  ) -> (expected: String, got: String)? {
    var end: UInt64 = 0
    var listed: [(block: UInt64, count: UInt64)] = []
    for pair in pairs {
      let (next, overflow) = pair.block.addingReportingOverflow(pair.count)
      let line = "'\(pair.block) \(pair.count)'"
      guard pair.count > 0, !overflow else { return ("an extent of blocks", line) }
      guard pair.block >= end else { return ("ascending extents", "\(line) after block \(end)") }
      end = next
      let run = runs.partitionPoint { $0.upperBound > pair.block }
      guard run < runs.count, runs[run].lowerBound <= pair.block, next <= runs[run].upperBound
      else {
        return (run < runs.count ? "blocks such as \(runs[run])" : "no more blocks", line)
      }
      listed.append((pair.block, pair.count))
    }
    guard isWhole else { return nil }
    let found = ListedBlocks(listed).runs
    guard found != runs else { return nil }
    let index =
      zip(found, runs).enumerated().first { $1.0 != $1.1 }?.offset
      ?? min(found.count, runs.count)
    return (
      index < runs.count ? "blocks \(runs[index])" : "no more blocks",
      index < found.count ? "blocks \(found[index])" : "the list ends before"
    )
  }
}
