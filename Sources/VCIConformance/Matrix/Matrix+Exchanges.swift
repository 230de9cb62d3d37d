extension Matrix {
  /// Adds what came of the workloads of exchanges. `command` returns the line that runs a test of
  /// two programs alone.
  mutating func add(
    _ outcomes: [(unit: ExchangeUnit, outcome: ExchangeOutcome)], _ programs: [Capabilities],
    command: (_ test: String, _ programs: [Int]) -> String
  ) {
    let count = programs.count
    for (unit, outcome) in outcomes {
      if let why = outcome.notRun {
        note(missing: "not run: \(outcome.name): \(why)", of: unit.writer)
      } else if outcome.isFlaky {
        note(missing: "flaky: \(outcome.name)", of: unit.writer)
      }
    }
    let writers = outcomes.filter { $0.unit.other == nil }
    for writer in 0..<count where writers.contains(where: { $0.unit.writer == writer }) {
      let own = writers.filter { $0.unit.writer == writer }
      for reader in [nil] + (0..<count).map(Optional.some) {
        let why = Self.why(writer, reader, isInTurns: false, programs)
        addExchange(writer, reader, isInTurns: false, own, why, command)
      }
    }
    for first in 0..<count {
      for other in 0..<count where other != first {
        let own = outcomes.filter { $0.unit.writer == first && $0.unit.other == other }
        guard !own.isEmpty else { continue }
        let why = Self.why(first, other, isInTurns: true, programs)
        addExchange(first, other, isInTurns: true, own, why, command)
      }
    }
  }

  private mutating func addExchange(
    _ writer: Int, _ reader: Int?, isInTurns: Bool,
    _ outcomes: [(unit: ExchangeUnit, outcome: ExchangeOutcome)], _ why: String?,
    _ command: (String, [Int]) -> String
  ) {
    let parts = outcomes.flatMap { outcome in
      outcome.outcome.parts.filter { $0.reader == reader }.map { (outcome.outcome, $0) }
    }
    let failed = parts.filter { $0.1.failure != nil }
    var exchange = Exchange(
      writer: writer, reader: reader, isInTurns: isInTurns, workloads: parts.count,
      failed: failed.count, why: parts.isEmpty ? why ?? Self.noImage : nil, example: nil)
    if let (outcome, part) = failed.first, let failure = part.failure {
      let programs = [writer] + (reader.map { $0 == writer ? [] : [$0] } ?? [])
      // An exchange is one of two programs.
      let pair = programs.count > 1 ? programs : [writer, writer == 0 ? 1 : 0]
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
