extension TestFailure.Kind {
  /// Whether a program that fails so has answered.
  var isAnswer: Bool {
    switch self {
    case .crashed, .internalError, .timedOut, .memory, .processes, .protocolViolation,
      .declaredButUnsupported:
      false
    case .acceptedInvalid, .rejectedValid, .wrongRule, .servedDamage, .foreignData, .wrongBytes,
      .missedBlocks, .refusedRead, .wrongAnswer, .wrongFindings, .wrongExtents, .modified,
      .rejectedByChecker, .operationFailed, .refusedOwn, .clearFlag, .leftBehind, .lostFile:
      true
    }
  }
}
