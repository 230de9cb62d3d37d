internal import SystemPackage
internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

/// Compares the answers of reads with what each block may be ("How to compare a read" in
/// `Specs/Verdicts.md`).
struct ReadComparison {
  private let expected: Expectations
  private let run: TestRun
  private let folder: WorkFolder
  private let handle: String

  init(_ expected: Expectations, _ run: TestRun, _ folder: WorkFolder, handle: String) {
    self.expected = expected
    self.run = run
    self.folder = folder
    self.handle = handle
  }

  /// Makes a read, in as many requests as the program needs, until a block is wrong.
  func compare(_ read: AimedReads.Read) throws(WorkError) {
    let segments = read.segments.map {
      AllowedSegment($0, expected.answers.allowsRefusals)
    }
    var block = read.request.block.rawValue
    let (end, overflow) = block.addingReportingOverflow(read.request.count.rawValue)
    guard !overflow else { return }
    var bound = AnswerBound()
    while block < end {
      guard let next = try ask(block, end, segments) else { return }
      let segment = segments.first { $0.end > block }
      block = bound.next(after: next, within: min(end, segment?.end ?? end))
    }
  }

  /// Asks for the blocks from `block` to `end`. Returns the first block that is not answered; `nil`
  /// if something is wrong.
  private func ask(
    _ block: UInt64, _ end: UInt64, _ segments: [AllowedSegment]
  ) throws(WorkError) -> UInt64? {
    let file = try folder.answerFile()
    let request = PortRequest.read(
      handle: handle, block: block, count: end - block, file: file)
    let requirement: Requirement =
      segments.contains { $0.may.contains("refused") } ? .damage : .reads
    guard let answer = run.ask(request, .reads, requirement) else { return nil }
    switch answer {
    case .refused(let refusal):
      return next(after: refusal, request, block..<end, segments, requirement)
    case .done(.runs(let runs)):
      guard let work = run.open(file, request, .reads) else { return nil }
      defer { work.close() }
      return next(after: runs, work, request, block..<end, segments)
    default:
      run.fail(
        .reads, requirement, .wrongAnswer, request, expected: "hits and misses", got: "\(answer)")
      return nil
    }
  }

  /// Compares a refusal. Returns the block behind those that it may be about.
  private func next(
    after refusal: PortAnswer.Refusal, _ request: PortRequest, _ blocks: Range<UInt64>,
    _ segments: [AllowedSegment], _ requirement: Requirement
  ) -> UInt64? {
    let damaged = segments.first { $0.end > blocks.lowerBound && $0.may.contains("refused") }
    guard let damaged else {
      run.fail(
        .reads, requirementOfRefusal, .refusedRead, request,
        expected: "hits and misses, since nothing here is damaged",
        got: "refused\(refusal)", at: FailurePlace(disk: blocks))
      return nil
    }
    var rules = expected.answers.corruptions
    // A shared node may be met on a path by which a check does not come (R-08).
    if isShared { rules.formUnion([.treeDepth, .childWithinEntry]) }
    let before = run.result.failures.count
    if let name = refusal.rule, !rules.rules.contains(where: { $0.id == name }) {
      run.fail(
        .reads, requirement, .wrongRule, request, expected: "a refusal for \(rules.words)",
        got: "refused\(refusal)")
    }
    return run.result.failures.count == before ? damaged.end : nil
  }

  /// Whether two entries name a node, neither of which closes a cycle.
  private var isShared: Bool {
    expected.findings.contains { $0.finding.rule == .nodeNamedOnce && $0.stage == .modify }
  }

  /// The requirement that a refusal breaks where nothing is damaged.
  private var requirementOfRefusal: Requirement {
    guard expected.answers.corruptions.isEmpty else { return .damage }
    return expected.findings.isEmpty ? .reads : .harmlessFindings
  }

  /// Compares runs. Returns the block behind the last one.
  private func next(
    after runs: [PortAnswer.Run], _ file: WorkFile, _ request: PortRequest,
    _ blocks: Range<UInt64>, _ segments: [AllowedSegment]
  ) -> UInt64? {
    let end = run.follow(runs, of: blocks, request) { answered, isHit in
      segments.allSatisfy { segment in
        guard segment.end > answered.lowerBound, segment.block.rawValue < answered.upperBound
        else { return true }
        let part = answered.clamped(to: segment.block.rawValue..<segment.end)
        return isHit
          ? compareHit(part, segment, file, request, from: blocks.lowerBound)
          : compareMiss(part, segment, request)
      }
    }
    guard end != blocks.lowerBound else {
      run.fail(
        .reads, .reads, .wrongAnswer, request, expected: "at least one block", got: "none")
      return nil
    }
    return end
  }

  private func compareMiss(
    _ blocks: Range<UInt64>, _ segment: AllowedSegment, _ request: PortRequest
  ) -> Bool {
    guard !segment.may.contains("miss") else { return true }
    run.fail(
      .reads, .reads, .missedBlocks, request, expected: "hits of blocks \(blocks)",
      got: "block \(blocks.lowerBound) is a miss", at: FailurePlace(disk: blocks))
    return false
  }

  private func compareHit(
    _ blocks: Range<UInt64>, _ segment: AllowedSegment, _ file: WorkFile,
    _ request: PortRequest, from first: UInt64
  ) -> Bool {
    guard let address = segment.address else {
      let isDamaged = segment.may.contains("refused")
      run.fail(
        .reads, isDamaged ? .damage : .reads, isDamaged ? .servedDamage : .foreignData, request,
        expected: "blocks \(blocks) may be \(segment.may.joined(separator: " or "))",
        got: "block \(blocks.lowerBound) is a hit", at: FailurePlace(disk: blocks))
      return false
    }
    var block = blocks.lowerBound
    while block < blocks.upperBound {
      let count = min(Self.pieceBlocks, blocks.upperBound - block)
      let bytes = Int(count * Format.blockSize)
      let right = expected.bytes.bytes(
        at: (address + BlockCount(block - segment.block.rawValue)).bytes, count: bytes)
      let found = file.bytes(at: (block - first) * Format.blockSize, count: bytes)
      guard unsafe found.span.bytes.isEqual(to: right.span.bytes) else {
        let index = zip(found, right).enumerated().first { $1.0 != $1.1 }?.offset ?? found.count
        let wrong = block + UInt64(index) / Format.blockSize
        let own = address + BlockCount(wrong - segment.block.rawValue)
        run.fail(
          .reads, .reads, .wrongBytes, request,
          expected: "block \(wrong) has the bytes of file block \(own)",
          got: index < found.count
            ? "byte \(UInt64(index) % Format.blockSize) of it is other" : "the file ends before",
          .output(block: wrong - first),
          at: place(
            of: wrong, at: own, from: Int((wrong - block) * Format.blockSize), right, found))
        return false
      }
      block += count
    }
    return true
  }

  /// Returns the place of a block of the disk that was served with other bytes than those of a
  /// block of the file. It begins at byte `start` of what is right, and of what came.
  private func place(
    of block: UInt64, at own: BlockAddress, from start: Int, _ right: [UInt8], _ found: [UInt8]
  ) -> FailurePlace {
    let size = Int(Format.blockSize)
    let bytes = Matrix.Bytes(
      of: "block \(block) of the disk", right: Array(right.dropFirst(start).prefix(size)),
      found: Array(found.dropFirst(start).prefix(size)))
    return FailurePlace(
      disk: block..<block + 1, file: own.rawValue..<own.rawValue + 1, bytes: bytes)
  }

  /// So few blocks that no memory is mapped for them.
  private static let pieceBlocks: UInt64 = 128
}

/// Bounds the answers to a request for blocks which may all be the same: a program may answer one
/// block at a time.
struct AnswerBound {
  private static let most = 16
  private var answers = 0

  /// Returns the block to go on with after an answer that ends at `next`, of which the first block
  /// was in a part that ends at `end`: the end of the part after many answers within it.
  mutating func next(after next: UInt64, within end: UInt64) -> UInt64 {
    answers = next < end ? answers + 1 : 0
    guard answers >= Self.most else { return next }
    answers = 0
    return end
  }
}

extension AllowedSegment {
  /// The block behind the last one.
  fileprivate var end: UInt64 { block.rawValue + count.rawValue }
}
