internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

/// The answers about an image that its verdict allows (`Specs/Verdicts.md`).
struct AllowedAnswers {
  let expected: Expectations

  /// What is wrong with an answer.
  struct Flaw: Hashable, Sendable {
    let requirement: Requirement
    /// Whether the answer takes or serves what the image's corruptions forbid, or refuses what they
    /// don't: then a single rule that is broken tells more than the requirement.
    let isAboutDamage: Bool

    init(_ requirement: Requirement, isAboutDamage: Bool = false) {
      self.requirement = requirement
      self.isAboutDamage = isAboutDamage
    }
  }

  init(_ expected: Expectations) { self.expected = expected }

  /// Whether the image has a corruption.
  var isDamaged: Bool { !expected.answers.corruptions.rules.isEmpty }

  /// The requirement of which a program that refuses a valid image breaks one.
  private var ofRefusal: Requirement {
    if isDamaged { return .damage }
    return expected.findings.isEmpty ? .reads : .harmlessFindings
  }

  /// Returns what is wrong with an answer; `nil` if it is allowed.
  func flaw(of answer: ImageAnswer, to question: ImageQuestion) -> Flaw? {
    if case .failed(let kind) = answer {
      return Flaw(kind == .declaredButUnsupported ? question.requirement : .hostileBytes)
    }
    switch question {
    case .probe:
      let isRefused = !expected.answers.refusedByProbe.rules.isEmpty
      return answer == .outcome(isRefused ? .refused : .taken)
        ? nil : Flaw(.probe, isAboutDamage: isRefused)
    case .openForReading: return flaw(of: answer, expected.answers.openForReading, .openForReading)
    case .openForWriting: return flaw(of: answer, expected.answers.openForWriting, .openForWriting)
    case .info: return answer == .info(info) ? nil : Flaw(.openForReading)
    case .read(let block, let count): return flaw(of: answer, block, count)
    case .extents: return flaw(ofList: answer)
    case .check: return answer == .findings(findings) ? nil : Flaw(.hostileBytes)
    }
  }

  private func flaw(
    of answer: ImageAnswer, _ allowed: OpenAnswers, _ requirement: Requirement
  ) -> Flaw? {
    guard case .outcome(let outcome) = answer else { return Flaw(requirement) }
    guard !allowed.answers.contains(where: { $0.rawValue == outcome.rawValue }) else { return nil }
    let isTaken = outcome == .taken
    let isHarmless = !isTaken && !isDamaged && !expected.findings.isEmpty
    return Flaw(
      isHarmless && requirement == .openForReading ? .harmlessFindings : requirement,
      isAboutDamage: isTaken)
  }

  /// The header of the image.
  private var info: PortAnswer.Info {
    let header = expected.bytes.header
    return PortAnswer.Info(
      version: UInt64(header.version), isFixed: header.cacheType == CacheType.fixed.rawValue,
      blocks: header.blocks.rawValue, isDirty: header.isDirty, uuid: header.imageUUID,
      modUUID: header.modificationUUID)
  }

  /// What a check finds.
  var findings: Set<PortAnswer.Finding> {
    Set(
      expected.findings.map {
        PortAnswer.Finding(rule: $0.finding.rule.id, class: $0.finding.ruleClass.rawValue)
      })
  }

  private func flaw(of answer: ImageAnswer, _ block: UInt64, _ count: UInt64) -> Flaw? {
    guard case .blocks(let runs) = answer, let reads = expected.reads else { return Flaw(.reads) }
    let request = ReadRequest(BlockOffset(block), BlockCount(count))
    guard let read = AimedReads(reads).read(of: request) else { return nil }
    let segments = read.segments.map { AllowedSegment($0, expected.answers.allowsRefusals) }
    for run in runs {
      for segment in segments {
        let end = segment.block.rawValue + segment.count.rawValue
        guard end > run.blocks.lowerBound, segment.block.rawValue < run.blocks.upperBound,
          let flaw = flaw(of: run.state, segment)
        else { continue }
        return flaw
      }
    }
    return nil
  }

  private func flaw(of state: ImageAnswer.BlockState, _ segment: AllowedSegment) -> Flaw? {
    let isDamaged = segment.may.contains("refused")
    switch state {
    case .served:
      return segment.may.contains("hit")
        ? nil : Flaw(isDamaged ? .damage : .reads, isAboutDamage: isDamaged)
    case .servedOthers:
      let isForbidden = isDamaged && segment.address == nil
      return Flaw(isForbidden ? .damage : .reads, isAboutDamage: isForbidden)
    case .missed: return segment.may.contains("miss") ? nil : Flaw(.reads)
    case .refused: return isDamaged ? nil : Flaw(ofRefusal)
    }
  }

  private func flaw(ofList answer: ImageAnswer) -> Flaw? {
    guard let reads = expected.reads else { return nil }
    let requirement: Requirement = isDamaged ? .damage : .reads
    let right = reads.extents.map {
      PortAnswer.BlockPair(block: $0.offset.rawValue, count: $0.blocks.rawValue)
    }
    switch answer {
    case .outcome(.refused): return isDamaged ? nil : Flaw(ofRefusal)
    case .extents(let listed):
      guard isDamaged else {
        return AnswerSheet.joined(right) == listed ? nil : Flaw(requirement)
      }
      let pairs = listed.map {
        PortAnswer.BlockPair(block: $0.lowerBound, count: $0.upperBound - $0.lowerBound)
      }
      let list = ListedBlocks(right.map { ($0.block, $0.count) })
      return list.flaw(of: pairs, isWhole: false) == nil
        ? nil : Flaw(requirement, isAboutDamage: true)
    default: return Flaw(requirement)
    }
  }
}

extension ImageQuestion {
  /// The requirement of which the question is.
  var requirement: Requirement {
    switch self {
    case .probe: .probe
    case .openForReading, .info: .openForReading
    case .read, .extents: .reads
    case .check: .hostileBytes
    case .openForWriting: .openForWriting
    }
  }
}
