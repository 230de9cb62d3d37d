/// Programs of others, which a campaign asks in place of checker and reference.
package struct CampaignPrograms: Sendable {
  /// How each of them is started, as reports name it.
  package let names: [String]
  /// Prepares to run cases of a target, in the process that calls it.
  package let prepare: @Sendable (Target) throws -> any ProgramRunner

  /// Makes programs with these names.
  package init(
    _ names: [String], prepare: @escaping @Sendable (Target) throws -> any ProgramRunner
  ) {
    self.names = names
    self.prepare = prepare
  }
}

/// Runs cases with programs of others.
package protocol ProgramRunner: AnyObject {
  /// Runs a case. The result is a function of the case and the programs alone.
  func run(_ image: PlannedImage) -> ProgramOutcome

  /// Ends the programs.
  func end()
}

/// What came of a case that was run with programs of others.
package struct ProgramOutcome: Hashable, Sendable {
  /// What is wrong, in the order of the programs.
  package var discrepancies: [Discrepancy] = []
  /// The number of tests on images, and of those with operations.
  package var imageTests: UInt64 = 0
  package var workloadTests: UInt64 = 0
  /// The number of tests of which nothing was asked, as the programs lack what they need.
  package var notApplicable: UInt64 = 0
  /// The number of tests that could not be run.
  package var notRun: UInt64 = 0
  /// The number of differences between answers about the image: those that a rule decides, those
  /// that a clause leaves to programs, and those that nothing decides.
  package var differencesByRule: UInt64 = 0
  package var differencesByChoice: UInt64 = 0
  package var holes: UInt64 = 0

  package init() {}
}
