internal import VCIChecker
internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

extension Judge {
  /// Opens the case's image for writing, and runs its workload where it has one (VCI-RD-003, and what
  /// a writer owes).
  func operate(_ fuzzCase: FuzzCase, _ report: Report) {
    if fuzzCase.workload != nil { observation.count(.operated) }
    let storage: WrittenImage
    if case .created(let created) = fuzzCase.base {
      observation.count(.created)
      guard let made = self.created(created) else { return }
      storage = made
    } else {
      storage = WrittenImage(fuzzCase.image.bytes)
    }
    let forecast = fuzzCase.image.model.map { ReadForecast($0) } ?? ReadForecast(image.bytes)
    let run = WorkloadRun(
      implementation, storage, original: fuzzCase.image.bytes,
      blocks: report.header?.blocks ?? 0, model: ShadowModel(forecast),
      isCreated: fuzzCase.isCreated, checker: checker)
    switch judgeOpening(of: run, report, fuzzCase) {
    case .taken: if let workload = fuzzCase.workload { run.run(workload) }
    case .withoutRoom: if fuzzCase.workload != nil { run.runWithoutRoom() }
    case .refused: break
    }
    observation.add(run.observation)
  }

  private func created(_ created: CreatedImage) -> WrittenImage? {
    let storage = WrittenImage()
    do throws(ImageError) {
      try implementation.create(storage, try created.plan)
    } catch {
      observation.report(.operationFailed, nil, "create: \(error)")
      return nil
    }
    return storage
  }

  /// What became of an open for writing.
  private enum Opening {
    case taken, withoutRoom, refused
  }

  /// Opens for writing, which takes exactly what VCI-RD-003 says, where there is room.
  private func judgeOpening(
    of run: WorkloadRun, _ report: Report, _ fuzzCase: FuzzCase
  ) -> Opening {
    let corruptions = RuleSet(
      report.findings.filter { $0.ruleClass == .corruption }.map(\.rule)
        .filter { !Self.rebuilt.contains($0) })
    switch run.open() {
    case nil:
      run.observation.count(.writingAccepted)
      if let rule = corruptions.rules.first {
        run.part(.writingAccepted, rule, "taken, and it breaks \(corruptions.rules)")
      } else if let room = fuzzCase.image.model.map({ WriterRoom($0) }), !room.isEnough {
        run.part(.writingAccepted, nil, "taken without room: \(room)")
      }
      return run.hasParted ? .refused : .taken
    case .violation(let violation):
      run.observation.count(.writingRefused)
      if corruptions.isEmpty {
        run.part(.writingRefused, violation.rule, "refused: \(violation)")
      } else if !corruptions.contains(violation.rule) {
        run.part(.wrongRule, violation.rule, "named \(violation)")
      }
    case .noRoomToWrite(let rooms, let needed):
      run.observation.count(.noRoomToWrite)
      let room = fuzzCase.image.model.map { WriterRoom($0) }
      if let rule = corruptions.rules.first {
        run.part(.wrongRule, rule, "room is wanted, and broken are \(corruptions.rules)")
      } else if rooms >= needed || room?.isEnough ?? false {
        run.part(
          .writingRefused, nil, "no room to write: \(rooms) nodes for \(needed), and it has room")
      }
      return run.hasParted ? .refused : .withoutRoom
    case let error?:
      run.part(.writingRefused, nil, "failed without naming a rule: \(error)")
    }
    return .refused
  }

  /// Corruptions that rebuilding map and counters mends.
  private static let rebuilt: Set<Rule> = [
    .mapHoldsMetadata, .nodeAllocated, .extentAllocated,
  ]
}
