extension Matrix {
  /// The verdict as an exit code: 0 if all programs conform, 1 if one does not, or one is wrong in
  /// an exchange or in a difference, and 3 if something was not run.
  package var exit: Int32 {
    let isWrong =
      implementations.contains { $0.exit == 1 } || exchanges.contains { $0.failed > 0 }
      || differences.contains { $0.cause == .rule }
    if isWrong { return 1 }
    if isOfExchangesAlone { return exchanges.contains { $0.workloads > 0 } ? missingExit : 3 }
    return implementations.isEmpty || implementations.contains { $0.exit != 0 } ? 3 : 0
  }

  /// Whether only exchanges were asked for, so that no test of the lane was run.
  private var isOfExchangesAlone: Bool {
    only.map { !ExchangeUnit.named($0, programs: 2).isEmpty } ?? false
  }

  private var missingExit: Int32 {
    implementations.contains { !$0.missing.isEmpty } ? 3 : 0
  }

  /// The verdict in words.
  package var word: String {
    switch exit {
    case 0: "conforms"
    case 1: "does not conform"
    default: "incomplete"
    }
  }

  /// Notes that a test passed which a program has declared as a known failure, so that it does not
  /// conform.
  mutating func note(passed name: String, of program: Int) {
    note(missing: "passed, and declared as known: \(name)", of: program)
    implementations[program].exit = 1
    implementations[program].verdict = "does not conform"
  }

  /// The most lines that say why a program's run is incomplete.
  private static let mostMissing = 60

  /// Notes why a part of a program's run was not done, so that it is incomplete.
  package mutating func note(missing why: String, of program: Int) {
    guard implementations.indices.contains(program) else { return }
    let told = implementations[program].missing
    if !told.contains(why), told.count < Self.mostMissing {
      let isLast = told.count == Self.mostMissing - 1
      implementations[program].missing.append(isLast ? "and more" : why)
    }
    guard implementations[program].exit == 0 else { return }
    implementations[program].exit = 3
    implementations[program].verdict = "incomplete"
  }
}
