extension Matrix {
  /// Adds what came of the workloads of exchanges, of which those named `unrun` were not all run.
  /// `command` returns the line that runs a test of two programs alone.
  mutating func add(
    _ outcomes: [(unit: ExchangeUnit, outcome: ExchangeOutcome)], _ programs: [Capabilities],
    unrun: Set<String>, command: (_ test: String, _ programs: [Int]) -> String
  ) {
    let count = programs.count
    for (unit, outcome) in outcomes {
      if let why = outcome.notRun {
        note(missing: "not run: \(outcome.name): \(why)", of: unit.writer)
      } else if outcome.isFlaky {
        note(missing: "flaky: \(outcome.name)", of: unit.writer)
      }
    }
    notePassed(outcomes, programs, unrun)
    let writers = outcomes.filter { $0.unit.other == nil }
    for writer in 0..<count where writers.contains(where: { $0.unit.writer == writer }) {
      let own = writers.filter { $0.unit.writer == writer }
      for reader in [nil] + (0..<count).map(Optional.some) {
        let why = Self.why(writer, reader, isInTurns: false, programs)
        addExchange(writer, reader, isInTurns: false, own, programs, why, command)
      }
    }
    for first in 0..<count {
      for other in 0..<count where other != first {
        let own = outcomes.filter { $0.unit.writer == first && $0.unit.other == other }
        guard !own.isEmpty else { continue }
        let why = Self.why(first, other, isInTurns: true, programs)
        addExchange(first, other, isInTurns: true, own, programs, why, command)
      }
    }
  }

  private mutating func addExchange(
    _ writer: Int, _ reader: Int?, isInTurns: Bool,
    _ outcomes: [(unit: ExchangeUnit, outcome: ExchangeOutcome)], _ programs: [Capabilities],
    _ why: String?, _ command: (String, [Int]) -> String
  ) {
    let parts = outcomes.flatMap { outcome in
      outcome.outcome.parts.filter { $0.reader == reader }.map { (outcome.outcome, $0) }
    }
    let failing = parts.filter { $0.1.failure != nil }
    let failed = failing.filter { outcome, part in
      !(part.culprit.map { programs[$0].knows(outcome.name) } ?? false)
    }
    let known = failing.count - failed.count
    var exchange = Exchange(
      writer: writer, reader: reader, isInTurns: isInTurns, workloads: parts.count,
      failed: failed.count, known: known > 0 ? known : nil,
      why: parts.isEmpty ? why ?? Self.noImage : nil, example: nil)
    if let (outcome, part) = failed.first, let failure = part.failure {
      let both = [writer] + (reader.map { $0 == writer ? [] : [$0] } ?? [])
      // An exchange is one of two programs.
      let pair = both.count > 1 ? both : [writer, writer == 0 ? 1 : 0]
      examples.append(
        Example(
          implementation: part.culprit ?? writer, requirement: failure.requirement,
          kind: failure.kind.rawValue, test: outcome.name, image: outcome.image,
          request: failure.request, expected: failure.expected, got: failure.got,
          errors: failure.errors, command: command(outcome.name, pair), tests: failed.count,
          twin: nil, bytes: failure.place?.bytes ?? [], kit: nil, ribbons: nil))
      exchange.example = examples.count - 1
    }
    exchanges.append(exchange)
  }

  /// Notes the exchanges that a program has declared as known failures, in which it took part and
  /// was never wrong. Of one that was not run, or was flaky, nothing is known.
  private mutating func notePassed(
    _ outcomes: [(unit: ExchangeUnit, outcome: ExchangeOutcome)], _ programs: [Capabilities],
    _ unrun: Set<String>
  ) {
    for (program, capabilities) in programs.enumerated() {
      for name in capabilities.known.map(\.name) where !unrun.contains(name) {
        let own = outcomes.filter { unit, outcome in
          outcome.name == name
            && outcome.parts.contains { unit.writer == program || $0.reader == program }
        }
        let isOpen = outcomes.contains { unit, outcome in
          outcome.name == name && (outcome.notRun != nil || outcome.isFlaky)
        }
        let isWrong = own.contains { $0.outcome.parts.contains { $0.culprit == program } }
        guard !own.isEmpty, !isOpen, !isWrong else { continue }
        note(passed: name, of: program)
      }
    }
  }

  private static let noImage = "no image that it declares to read was written"

  /// What one of two programs does not declare; `nil` if nothing is missing.
  private static func why(
    _ writer: Int, _ reader: Int?, isInTurns: Bool, _ programs: [Capabilities]
  ) -> String? {
    let writes = ["open-rw", "write"]
    let wanted: [(Int, [String])] =
      [(writer, writes)] + (reader.map { [($0, isInTurns ? writes : ["open-ro", "read"])] } ?? [])
    for (program, operations) in wanted {
      let missing = operations.filter { !programs[program].has($0) }
      if !missing.isEmpty {
        return "\(programs[program].name) does not declare \(missing.joined(separator: ", "))"
      }
    }
    return nil
  }
}
