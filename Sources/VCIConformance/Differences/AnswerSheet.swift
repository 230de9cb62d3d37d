internal import SystemPackage
internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

/// The answers of a program to all questions about an image.
final class AnswerSheet {
  /// An answer, and the question that it answers.
  struct Entry: Hashable, Sendable {
    let question: ImageQuestion
    let answer: ImageAnswer
  }

  private(set) var entries: [Entry] = []
  /// Whether the machine was too busy: nothing is known.
  private(set) var isStarved = false
  private var isOver = false
  /// Whether the process that had the handle is gone.
  private var hasNoHandle = false
  private let adapter: any Adapter
  private let expected: Expectations
  private let folder: WorkFolder

  /// The most reads of an image.
  private static let mostReads = 8

  /// Asks a program about an image. It is not asked about one that needs what it does not declare.
  ///
  /// - Throws: `WorkError` if no file can be made.
  init(
    _ adapter: any Adapter, _ expected: Expectations, in folder: WorkFolder
  ) throws(WorkError) {
    self.adapter = adapter
    self.expected = expected
    self.folder = folder
    let needs = ImageTest("", expected).needs
    guard needs.allSatisfy(adapter.capabilities.features.contains) else { return }
    let file = try folder.file(expected.bytes)
    defer { folder.remove(file) }
    askProbe(file)
    try askReads(file)
    try askExtents(file)
    askCheck(file)
    let copy = try folder.file(expected.bytes)
    defer { folder.remove(copy) }
    askOpenForWriting(copy)
    if isOver { try? adapter.finish() }
  }

  private func has(_ operation: String) -> Bool { adapter.capabilities.has(operation) }

  private func note(_ question: ImageQuestion, _ answer: ImageAnswer) {
    entries.append(Entry(question: question, answer: answer))
  }

  /// Makes a request. Returns the answer if it is `done` or `refused`, and notes any other, but for
  /// one that says that the program lacks a feature that it does not declare.
  private func ask(_ request: PortRequest, _ question: ImageQuestion) -> PortAnswer? {
    guard !isOver else { return nil }
    do throws(AdapterFailure) {
      let answer = try adapter.answer(request)
      switch answer {
      case .done, .refused: return answer
      case .unsupported(let name):
        let feature = Feature(rawValue: name)
        let isDeclared = feature.map(adapter.capabilities.features.contains) ?? true
        if isDeclared { note(question, .failed(.declaredButUnsupported)) }
      case .notImplemented: note(question, .failed(.declaredButUnsupported))
      }
    } catch {
      if case .starved = error {
        (isStarved, isOver) = (true, true)
        return nil
      }
      if case .timedOut = error { isOver = true }
      if case .internalError = error {} else { hasNoHandle = true }
      note(question, .failed(TestFailure.Kind(error)))
    }
    return nil
  }

  private func askProbe(_ file: FilePath) {
    guard has("probe"), let answer = ask(.probe(image: file), .probe) else { return }
    note(.probe, .outcome(answer.isRefusal ? .refused : .taken))
  }

  private func askOpenForWriting(_ file: FilePath) {
    guard has("open-rw") else { return }
    let request = PortRequest.open(image: file, handle: "w", .writing)
    guard let answer = ask(request, .openForWriting) else { return }
    guard case .refused(let refusal) = answer else {
      note(.openForWriting, .outcome(.taken))
      _ = try? adapter.answer(.close(handle: "w"))
      return
    }
    let isWithoutRoom = refusal.class == OpenAnswer.noRoom.rawValue
    note(.openForWriting, .outcome(isWithoutRoom ? .noRoom : .refused))
  }

  private func askCheck(_ file: FilePath) {
    guard has("check"), let answer = ask(.check(image: file), .check) else { return }
    guard case .done(.findings(let findings)) = answer else {
      return note(.check, .failed(.wrongAnswer))
    }
    note(.check, .findings(Set(findings)))
  }
}

extension AnswerSheet {
  private func askReads(_ file: FilePath) throws(WorkError) {
    guard has("open-ro") else { return }
    let request = PortRequest.open(image: file, handle: "h", .reading)
    guard let answer = ask(request, .openForReading) else { return }
    note(.openForReading, .outcome(answer.isRefusal ? .refused : .taken))
    guard !answer.isRefusal else { return }
    if has("info"), let answer = ask(.info(handle: "h"), .info) {
      if case .done(.info(let info)) = answer {
        note(.info, .info(info))
      } else {
        note(.info, answer.isRefusal ? .outcome(.refused) : .failed(.wrongAnswer))
      }
    }
    if has("read"), !hasNoHandle, let reads = expected.reads {
      for read in Self.some(of: AimedReads(reads).chosen()) where !isOver && !hasNoHandle {
        try ask(read)
      }
    }
    if !isOver, !hasNoHandle { _ = try? adapter.answer(.close(handle: "h")) }
  }

  /// Returns the most important reads, and some of the others.
  private static func some(of reads: [AimedReads.Read]) -> [AimedReads.Read] {
    let first = mostReads / 2
    let others = Array(reads.dropFirst(first))
    let step = max(1, (others.count + first - 1) / first)
    return reads.prefix(first)
      + stride(from: 0, to: others.count, by: step).map { others[$0] }
  }

  /// Asks for the blocks of a read: all at once, and after a refusal those of each segment alone,
  /// so that it is known which of them are refused.
  private func ask(_ read: AimedReads.Read) throws(WorkError) {
    let (first, count) = (read.request.block.rawValue, read.request.count.rawValue)
    let (end, overflow) = first.addingReportingOverflow(count)
    guard !overflow else { return }
    let segments = read.segments.map { AllowedSegment($0, expected.answers.allowsRefusals) }
    let question = ImageQuestion.read(block: first, count: count)
    var blocks = BlockStates(expected.bytes)
    var next = first
    var isNarrow = false
    var bound = AnswerBound()
    while next < end {
      let segment = segments.first { $0.block.rawValue + $0.count.rawValue > next }
      let segmentEnd = segment.map { min(end, $0.block.rawValue + $0.count.rawValue) } ?? end
      let last = isNarrow ? segmentEnd : end
      let file = try folder.answerFile()
      let request = PortRequest.read(handle: "h", block: next, count: last - next, file: file)
      guard let answer = ask(request, question) else { return }
      guard case .done(.runs(let runs)) = answer else {
        guard answer.isRefusal else { return note(question, .failed(.wrongAnswer)) }
        if isNarrow || segmentEnd == end {
          blocks.add(next..<segmentEnd, .refused)
          next = segmentEnd
        }
        isNarrow = true
        continue
      }
      guard let work = try? WorkFile(reading: file),
        let reached = blocks.add(runs, of: next..<last, work, segments)
      else { return note(question, .failed(.wrongAnswer)) }
      work.close()
      let bounded = bound.next(after: reached, within: segmentEnd)
      // What a program that answers few blocks at a time was not asked for is as the last of them.
      if bounded > reached { blocks.extend(to: bounded) }
      next = bounded
    }
    note(question, .blocks(blocks.runs))
  }

  private func askExtents(_ file: FilePath) throws(WorkError) {
    guard has("extents"), expected.reads != nil else { return }
    let list = try folder.answerFile()
    let request = PortRequest.extents(image: file, file: list)
    guard let answer = ask(request, .extents) else { return }
    var pairs: [PortAnswer.BlockPair] = []
    switch answer {
    case .refused: return note(.extents, .outcome(.refused))
    case .done(.extents(let printed)): pairs = printed
    default:
      guard let work = try? WorkFile(reading: list) else {
        return note(.extents, .failed(.wrongAnswer))
      }
      defer { work.close() }
      let bytes = work.bytes(at: 0, count: Int(min(work.size, Self.mostListBytes)))
      guard case .extents(let listed) = try? SimpleOutput(bytes).details(of: request) else {
        return note(.extents, .failed(.protocolViolation))
      }
      pairs = listed
    }
    guard let ranges = Self.joined(pairs) else { return note(.extents, .failed(.wrongExtents)) }
    note(.extents, .extents(ranges))
  }

  private static let mostListBytes: UInt64 = 16 << 20

  /// Returns the blocks of a list, neighbours joined; `nil` if it does not ascend.
  static func joined(_ pairs: [PortAnswer.BlockPair]) -> [Range<UInt64>]? {
    var ranges: [Range<UInt64>] = []
    for pair in pairs {
      let (end, overflow) = pair.block.addingReportingOverflow(pair.count)
      guard pair.count > 0, !overflow, pair.block >= ranges.last?.upperBound ?? 0 else {
        return nil
      }
      if let last = ranges.last, last.upperBound == pair.block {
        ranges[ranges.count - 1] = last.lowerBound..<end
      } else {
        ranges.append(pair.block..<end)
      }
    }
    return ranges
  }
}

extension PortAnswer {
  /// Whether the program says no.
  var isRefusal: Bool { if case .refused = self { true } else { false } }
}
