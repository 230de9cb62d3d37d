internal import VCIFormat

/// What a campaign counts.
public enum Counter: Int, CaseIterable, Sendable {
  /// Iterations that were run to their end, a trap included.
  case iterations
  /// Iterations whose findings were forecast.
  case forecast
  /// Iterations on an image of the corpus.
  case corpus
  /// Iterations by `FuzzCase.Kind`, in its order.
  case untouched, breakage, aimless, blind
  /// Iterations whose edits changed no byte.
  case unchanged
  /// Images that probe, open for reading and reads took or refused.
  case probeAccepted, probeRefused, openAccepted, openRefused
  case readHits, readMisses, readRefused
  /// Images by verdict of the check, in the order of exit codes.
  case clean, incomplete, corrupt, repairable, dirty, notAnImage, unsupportedVersion
  /// Images whose check reached the last group.
  case lastGroup
  /// Iterations with operations, and those of them on an image that the reference created.
  case operated, created
  /// Images that were opened for writing: taken, refused, and refused for want of room alone.
  case writingAccepted, writingRefused, noRoomToWrite
  /// Operations, and how many there are of each kind.
  case operations, writes, reads, discards, flushRequests, closes, reopensReading, reopensWriting
  /// What reads among operations answered.
  case operationHits, operationMisses
  /// What handles did.
  case evictions, evictedBlocks, droppedBlocks, splits, merges, flushes, selfFlushes
  /// Discrepancies.
  case findings
}

extension Counter {
  /// The counter of cases that were edited in this way.
  init(_ kind: FuzzCase.Kind) {
    self.init(.untouched, kind.rawValue)
  }

  /// The counter of images with this verdict, whose exit codes count from 0.
  init(_ verdict: Verdict) {
    self.init(.clean, Int(verdict.rawValue))
  }

  /// The counter `index` places after `first`.
  private init(_ first: Counter, _ index: Int) {
    guard let counter = Counter(rawValue: first.rawValue + index) else {
      preconditionFailure("no counter \(index) places after \(first)")
    }
    self = counter
  }
}

/// What is counted of each rule.
public enum RuleCounter: Int, CaseIterable, Sendable {
  /// Times it was forecast as broken by edits that changed the image.
  case predicted
  /// Times it was found where it was forecast.
  case found
  /// Times it was forecast and not found.
  case missed
  /// Times it was found and not forecast.
  case unexpected
  /// Times it was found in an image of which nothing could be forecast.
  case blind
}
