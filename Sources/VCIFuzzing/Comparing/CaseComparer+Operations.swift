internal import VCIChecker
internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

extension CaseComparer {
  /// Opens the image of a case for writing, and runs its workload if it has one.
  func operate(_ fuzzCase: FuzzCase, _ report: Report) {
    if fuzzCase.workload != nil { observation.count(.operated) }
    let storage: ImageInMemory
    if case .created(let created) = fuzzCase.base {
      observation.count(.created)
      guard let made = create(created) else { return }
      storage = made
    } else {
      storage = ImageInMemory(fuzzCase.image.bytes)
    }
    let forecast = fuzzCase.image.model.map { ReadForecast($0) } ?? ReadForecast(image.bytes)
    let run = WorkloadRun(
      implementation, storage, original: fuzzCase.image.bytes,
      blocks: report.header?.blocks ?? 0, model: CacheModel(forecast),
      before: RuleSet(report.findings.map(\.rule)), isCreated: fuzzCase.isCreated, checker: checker)
    switch compareOpening(of: run, report, fuzzCase) {
    case .taken: if let workload = fuzzCase.workload { run.run(workload) }
    case .withoutRoom: if fuzzCase.workload != nil { run.runWithoutRoom() }
    case .refused: break
    }
    observation.add(run.observation)
  }

  private func create(_ created: CreatedImage) -> ImageInMemory? {
    let storage = ImageInMemory()
    do throws(ImageError) {
      try implementation.create(storage, try created.plan)
    } catch {
      observation.report(.operationFailed, nil, "create: \(error)")
      return nil
    }
    return storage
  }

  /// The result of an open for writing.
  private enum Opening {
    case taken, withoutRoom, refused
  }

  /// Compares an open for writing with the report of a check (VCI-RD-003): it must accept exactly
  /// the images without corruptions that have room.
  private func compareOpening(
    of run: WorkloadRun, _ report: Report, _ fuzzCase: FuzzCase
  ) -> Opening {
    let corruptions = RuleSet(
      report.findings.filter { $0.ruleClass == .corruption }.map(\.rule)
        .filter { !Self.rebuilt.contains($0) })
    switch run.open() {
    case nil:
      run.observation.count(.writingAccepted)
      if let rule = corruptions.rules.first {
        run.report(.writingAccepted, rule, "taken, and it breaks \(corruptions.rules)")
      } else if let room = fuzzCase.image.model.map({ WriterRoom($0) }), !room.isEnough {
        run.report(.writingAccepted, nil, "taken without room: \(room)")
      }
      return run.hasFailed ? .refused : .taken
    case .violation(let violation):
      run.observation.count(.writingRefused)
      if corruptions.isEmpty {
        run.report(.writingRefused, violation.rule, "refused: \(violation)")
      } else if !corruptions.contains(violation.rule) {
        run.report(.wrongRule, violation.rule, "named \(violation)")
      }
    case .noRoomToWrite(let rooms, let needed):
      run.observation.count(.noRoomToWrite)
      let room = fuzzCase.image.model.map { WriterRoom($0) }
      if let rule = corruptions.rules.first {
        run.report(.wrongRule, rule, "room is wanted, and broken are \(corruptions.rules)")
      } else if rooms >= needed || room?.isEnough ?? false {
        run.report(
          .writingRefused, nil, "no room to write: \(rooms) nodes for \(needed), and it has room")
      }
      return run.hasFailed ? .refused : .withoutRoom
    case let error?:
      run.report(.writingRefused, nil, "failed without naming a rule: \(error)")
    }
    return .refused
  }

  /// The corruptions that an open for writing repairs, because it rebuilds the map.
  private static let rebuilt: Set<Rule> = [
    .mapHoldsMetadata, .nodeAllocated, .extentAllocated,
  ]
}
