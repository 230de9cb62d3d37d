internal import SystemPackage
internal import VCICorpus
internal import VCICrashing
internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

/// A workload that is recorded and then crashed.
final class CrashRun {
  let test: TestRun
  private let plan: CrashPlan
  private let place: RecorderPlace
  private let folder: WorkFolder
  private let image: FilePath
  private var base: [UInt8]?
  /// The steps that were done, each with its request.
  private var done: [(step: ForeignWork.Step, request: PortRequest)] = []
  private var isOpen = false
  private(set) var finding: ForeignFinding?
  /// Whether another recorder might see what this one did not.
  private(set) var isUnseen = false
  private(set) var traceBytes: [UInt8] = []

  private static let handle = "k"
  private static let name = "image.vci"
  private static let uuid = ImageUUID(high: 0x7663_6920_6372_4173, low: 0x8520_6865_7321_2021)
  private static let longestTrace = 1 << 28

  init(
    _ plan: CrashPlan, _ test: TestRun, _ place: RecorderPlace, _ folder: WorkFolder
  ) throws(WorkError) {
    self.plan = plan
    self.test = test
    self.place = place
    self.folder = folder
    test.mayGiveUp = plan.failingFlush != nil
    image = place.folder.appending(Self.name)
    if case .image(let start) = plan.start {
      base = start.bytes
      let file = try WorkFile(creating: image)
      defer { file.close() }
      try file.write(start.bytes[...], at: 0)
    }
  }

  /// Makes the requests. It ends early if the program refuses one: what it did until then counts.
  func run() throws(WorkError) {
    // The recorder makes the trace when the program starts, in the simple form with each request.
    let first = test.keepsHandles ? PortRequest.ping : .hello
    guard test.ask(first, .crashes, .hostileBytes) != nil else { return }
    if case .created(let blocks, let isFixed) = plan.start {
      let request = PortRequest.create(
        image: image, blocks: blocks, isFixed: isFixed, Self.uuid)
      guard try ask(request, .create) != nil else { return }
    }
    guard try open() else { return }
    for step in plan.steps {
      guard try take(step) else { return }
    }
    _ = try close()
  }

  /// Makes a request between two marks, and notes its step. Returns what was done; `nil` if the
  /// program refused it.
  private func ask(
    _ request: PortRequest, _ step: ForeignWork.Step
  ) throws(WorkError) -> PortAnswer.Details? {
    try place.mark("begin \(done.count)")
    let answer = test.ask(request, .crashes, .order)
    guard case .done(let details)? = answer else {
      // It may have written a part of what it was to write.
      if case .write = step { done.append((step, request)) } else { done.append((.look, request)) }
      return nil
    }
    try place.mark("end \(done.count)")
    done.append((step, request))
    return details
  }

  private func open() throws(WorkError) -> Bool {
    isOpen = try ask(.open(image: image, handle: Self.handle, .writing), .open) != nil
    return isOpen
  }

  private func close() throws(WorkError) -> Bool {
    isOpen = false
    return try ask(.close(handle: Self.handle), .close) != nil
  }

  /// Takes a step. Returns whether the next one can be taken.
  private func take(_ step: WorkloadStep) throws(WorkError) -> Bool {
    switch step {
    case .setState(let uuid):
      return try ask(.setModUUID(handle: Self.handle, uuid), .setState(uuid)) != nil
    case .operation(.write(let block, let count, let version)):
      return try write(block.rawValue, count.rawValue, version)
    case .operation(.discard(let block, let count)):
      let blocks = block.rawValue..<block.rawValue + count.rawValue
      let request = PortRequest.discard(
        handle: Self.handle, block: block.rawValue, count: count.rawValue)
      return try ask(request, .discard(blocks)) != nil
    case .operation(.flush): return try flush()
    case .operation(.close), .operation(.reopen): return try close() ? try open() : false
    case .operation(.read), .operation(.crash), .operation(.fail): return true
    }
  }

  /// Flushes. If the disk is to fail and the program says so, it is asked once more, and the image
  /// is closed: whatever it then says to be durable must be.
  private func flush() throws(WorkError) -> Bool {
    let request = PortRequest.flush(handle: Self.handle)
    if try ask(request, .flush) != nil { return true }
    guard plan.failingFlush != nil else { return false }
    _ = try ask(request, .flush)
    _ = try close()
    return false
  }

  /// Writes blocks. What is written by an operation is known only when it has returned, so all of
  /// the request counts, though the program may take a part.
  private func write(
    _ block: UInt64, _ count: UInt64, _ version: UInt32
  ) throws(WorkError) -> Bool {
    let file = try folder.file(VersionedBlock.bytes(of: block, count: count, version: version))
    defer { folder.remove(file) }
    let request = PortRequest.write(handle: Self.handle, block: block, count: count, file: file)
    let details = try ask(request, .write(block..<block + count, version: version))
    guard case .written(let written, _)? = details, written > 0 else { return false }
    done[done.count - 1].step = .write(block..<block + min(count, written), version: version)
    return true
  }
}

/// What is found of it.
extension CrashRun {
  /// Reads the trace, and tries what a crash may leave.
  ///
  /// - Throws: `WorkError` if the trace does not tell all.
  func tryStates() throws(WorkError) {
    let trace = try makeTrace()
    defer { if trace != place.trace { folder.remove(trace) } }
    do throws(CorpusError) {
      traceBytes = try StoredFile.read(trace, limit: Self.longestTrace)
    } catch {
      throw WorkError(description: "the recorder made no trace: \(error)")
    }
    var recorded: RecordedTrace
    do throws(TraceError) {
      recorded = try RecordedTrace(traceBytes, of: Self.name, base: base)
    } catch {
      throw WorkError(description: "\(error)")
    }
    if let file = try? WorkFile(reading: image) {
      defer { file.close() }
      recorded.compare(with: file.bytes(at: 0, count: Int(clamping: file.size)))
    }
    isUnseen = recorded.isUnseen
    guard recorded.gaps.isEmpty else {
      throw WorkError(description: "NOT FOLLOWED: " + recorded.gaps.joined(separator: "; "))
    }
    // Where the first flush fails, a program may do nothing more.
    guard recorded.hasWrites || plan.failingFlush != nil || !isToWrite else {
      throw WorkError(description: "nothing was written to the image")
    }
    try tryStates(of: recorded)
  }

  /// Returns the file with the trace, which is made of the log if there is one.
  private func makeTrace() throws(WorkError) -> FilePath {
    guard let strace = place.strace else { return place.trace }
    let before = try folder.folder()
    defer { folder.remove(before) }
    if let base {
      let file = try WorkFile(creating: before.appending(Self.name))
      defer { file.close() }
      try file.write(base[...], at: 0)
    }
    let trace = folder.name()
    try strace.makeTrace(trace, ofLog: place.trace, in: place.folder, before: before)
    return trace
  }

  private func tryStates(of recorded: RecordedTrace) throws(WorkError) {
    let durability = ForeignWork.Durability(test.capabilities.durability)
    var work = ForeignWork(
      recorded.trace, durability: durability, cached: start?.cached ?? [:],
      behind: start?.inherited, closesEach: !test.keepsHandles)
    for (step, _) in done { work.add(step) }
    // A program that promises nothing and flushes nothing is asked for what its own end leaves.
    let isOfProgram = !recorded.hasFlush && durability == .none
    let verdict = work.verdict(most: CrashTest.mostStates, isOfProgram: isOfProgram)
    test.note(crashStates: verdict.tried, isCut: verdict.isCut)
    for requirement in [Requirement.flag, .order, .flush] { test.count(.crashes, requirement) }
    finding =
      verdict.finding ?? work.finding(unnamed: recorded.unnamed, behind: verdict.tried)
    if let finding {
      fail(finding, recorded.hasFlush)
    } else if recorded.hasWrites, !recorded.hasFlush, plan.failingFlush == nil {
      throw WorkError(
        description: "NO FLUSH AT ALL was seen: the end of the program was tried, and that of the "
          + "machine cannot be")
    }
  }

  /// Whether the program took a write into an image that has room for it.
  private var isToWrite: Bool {
    if let start, start.isDirty { return false }
    return done.contains { if case .write = $0.step { true } else { false } }
  }

  /// The image that the reference made; `nil` if the program creates it.
  private var start: ForeignStart? {
    if case .image(let start) = plan.start { start } else { nil }
  }

  private func fail(_ finding: ForeignFinding, _ hasFlush: Bool) {
    guard let number = done.indices.last(where: { $0 < finding.begun }) else { return }
    let moment =
      finding.settled == finding.begun
      ? "behind step \(number + 1) of \(done.count)" : "in step \(number + 1) of \(done.count)"
    test.fail(
      .crashes, Requirement(rawValue: finding.requirement) ?? .order, finding.flaw.failureKind,
      done[number].request, expected: finding.expected,
      got: "\(finding.flaw.kind.rawValue): \(finding.flaw.detail); a crash \(moment): "
        + "\(finding.state); \(finding.tried) states were tried until then"
        + (hasFlush ? "" : "; NO FLUSH AT ALL was seen"), at: finding.place)
  }
}

extension ForeignWork.Durability {
  fileprivate init(_ declared: Capabilities.Durability?) {
    switch declared {
    case .some(.none): self = .none
    case .close: self = .close
    case .flush, nil: self = .flush
    }
  }
}

extension ForeignFinding {
  /// The block that is wrong, and the first bytes in which it differs from the newest one that it
  /// may have; `nil` if the finding is not about a block.
  fileprivate var place: FailurePlace? {
    guard let block, block.number < Format.diskEnd.rawValue else { return nil }
    let bytes = block.versions.last.flatMap { version in
      block.served.flatMap {
        Matrix.Bytes(
          of: "block \(block.number) of the disk, after the crash",
          right: VersionedBlock.bytes(of: block.number, count: 1, version: version), found: $0)
      }
    }
    return FailurePlace(disk: block.number..<block.number + 1, bytes: bytes)
  }

  /// What the state should have been.
  var expected: String {
    guard let block else { return flaw.expected }
    guard !block.versions.isEmpty else { return "block \(block.number) is a miss" }
    let versions = block.versions.map { "\($0)" }.joined(separator: " or ")
    return "block \(block.number) has the bytes of write \(versions)"
      + (block.served == nil ? "" : ", or is a miss if it may be")
  }
}

extension CrashFlaw {
  fileprivate var expected: String {
    switch kind {
    case .flagClear: "the flag is 1 until all else is as a close leaves it"
    case .notClean: "a valid, clean image"
    case .noName: "a file of the image's name"
    default: "a valid image, dirty at most"
    }
  }

  /// The kind of failure of a program.
  fileprivate var failureKind: TestFailure.Kind {
    switch kind {
    case .wrongBytes, .olderBytes: .wrongBytes
    case .lost: .missedBlocks
    case .forgotten: .foreignData
    case .flagClear: .clearFlag
    case .noName: .lostFile
    default: .rejectedByChecker
    }
  }
}
