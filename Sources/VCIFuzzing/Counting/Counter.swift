internal import VCIFormat
internal import VCIGenerators

/// A count of a campaign.
public enum Counter: Int, CaseIterable, Sendable {
  /// Iterations that were run to their end or to a trap.
  case iterations
  /// Iterations whose findings were forecast.
  case forecast
  /// Iterations on an image of the corpus.
  case corpus
  /// Iterations by `FuzzCase.Kind`, in its order.
  case untouched, breakage, aimless, blind, stale, misdirected
  /// Iterations whose edits changed no byte.
  case unchanged
  /// Images that probe and an open for reading accepted or refused, and the results of reads.
  case probeAccepted, probeRefused, openAccepted, openRefused
  case readHits, readMisses, readRefused
  /// Images by the verdict of the check, in the order of exit codes.
  case clean, incomplete, corrupt, repairable, dirty, notAnImage, unsupportedVersion
  /// Images whose check reached the last group.
  case lastGroup
  /// Iterations with operations, and those of them on an image that the reference created.
  case operated, created
  /// Images that an open for writing accepted, refused for a rule, or refused only for lack of
  /// room.
  case writingAccepted, writingRefused, noRoomToWrite
  /// All operations, and the operations of each kind.
  case operations, writes, reads, discards, flushRequests, closes, reopensReading, reopensWriting
  /// The results of reads among the operations.
  case operationHits, operationMisses
  /// The activity of open images.
  case evictions, evictedBlocks, droppedBlocks, splits, merges, flushes, selfFlushes
  /// Crashes, and calls that failed, in the order of `CallFailure`.
  case crashes, failedEIO, failedENOSPC, failedEDQUOT, failedEFBIG, shortWrites
  /// Discrepancies.
  case findings
  /// Tests of programs of others: all that were run on images, and with operations; those of which
  /// nothing was asked, and those that could not be run.
  case imageTests, workloadTests, testsNotApplicable, testsNotRun
  /// Differences between the answers of programs of others about an image: those that a rule
  /// decides, those that a clause leaves to programs, and those that nothing decides.
  case differencesByRule, differencesByChoice, holes
}

extension Counter {
  /// The counters of programs of others.
  static let ofPrograms: [Counter] = [
    .imageTests, .workloadTests, .testsNotApplicable, .testsNotRun,
  ]

  /// The counters of several programs of others.
  static let ofDifferences: [Counter] = [.differencesByRule, .differencesByChoice, .holes]

  /// The counters of every campaign.
  static let ofCampaigns = allCases.filter {
    !ofPrograms.contains($0) && !ofDifferences.contains($0)
  }
}

extension Counter {
  /// The counter of cases that were edited in the way `kind`.
  init(_ kind: FuzzCase.Kind) {
    self.init(.untouched, kind.rawValue)
  }

  /// The counter of images with this verdict. Exit codes count from 0.
  init(_ verdict: Verdict) {
    self.init(.clean, Int(verdict.rawValue))
  }

  /// The counter of calls that failed in the way `failure`.
  init(_ failure: CallFailure) {
    let index = CallFailure.allCases.firstIndex(of: failure) ?? 0
    self.init(.failedEIO, index)
  }

  /// The counter `index` places after `first`.
  private init(_ first: Counter, _ index: Int) {
    guard let counter = Counter(rawValue: first.rawValue + index) else {
      preconditionFailure("no counter \(index) places after \(first)")
    }
    self = counter
  }
}

/// A count of a campaign for each rule.
public enum RuleCounter: Int, CaseIterable, Sendable {
  /// Forecasts of the rule after edits that changed the image, if it was not broken before them.
  case predicted
  /// Findings of the rule for which there was such a forecast.
  case found
  /// Forecasts of the rule that were not found.
  case missed
  /// Findings of the rule that were not forecast.
  case unexpected
  /// Findings of the rule in images without a forecast.
  case blind
}
