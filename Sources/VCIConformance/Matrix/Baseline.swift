internal import VCIFormat

/// What became of several programs since an earlier matrix.
package struct Baseline: Sendable {
  /// What was right and is not any more; any of it is a failure.
  package private(set) var regressed: [String] = []
  /// What was wrong and is right now.
  package private(set) var better: [String] = []
  /// What was not there.
  package private(set) var new: [String] = []

  private let then: Matrix
  private let now: Matrix
  /// The program of the earlier matrix for each of this one; `nil` of a new one.
  private let before: [Int?]

  /// Compares two matrices. Programs are matched by name and language; of several that have both
  /// in common, the first with the first.
  package init(_ now: Matrix, since then: Matrix) {
    self.now = now
    self.then = then
    before = Self.matched(now, then)
    comparePrograms()
    compareCells()
    compareTests()
    compareExchanges()
    compareLostExchanges()
    compareDifferences()
  }

  /// Why two runs cannot be compared; `nil` if they can.
  package static func flaw(
    of then: Matrix, lane: String, seed: String, only: String?
  ) -> String? {
    if then.lane != lane { return "it is of the lane \(then.lane), not \(lane)" }
    if then.seed != seed { return "it is of the seed \(then.seed), not \(seed)" }
    guard then.only == only else {
      return "it is of \(then.only ?? "all tests"), not \(only ?? "all")"
    }
    return nil
  }

  private static func matched(_ now: Matrix, _ then: Matrix) -> [Int?] {
    var free = Array(then.implementations.indices)
    return now.implementations.map { program in
      let index = free.firstIndex {
        then.implementations[$0].name == program.name
          && then.implementations[$0].language == program.language
      }
      return index.map { free.remove(at: $0) }
    }
  }

  /// The program of this matrix for one of the earlier one.
  private func after(_ program: Int) -> Int? { before.firstIndex(of: program) }

  private func name(_ program: Int) -> String { now.implementations[program].name }
}

extension Baseline {
  private mutating func comparePrograms() {
    for index in then.implementations.indices where after(index) == nil {
      regressed.append("\(then.implementations[index].name) is gone")
    }
    for (index, program) in now.implementations.enumerated() {
      guard let old = before[index].map({ then.implementations[$0] }) else {
        new.append("\(program.name) \(program.version)")
        continue
      }
      if program.tests.applicable < old.tests.applicable {
        regressed.append(
          "\(program.name): \(program.tests.applicable) tests are applicable, "
            + "\(old.tests.applicable) were")
      }
      if program.exit == 3, old.exit == 0 {
        regressed.append("\(program.name): the run is incomplete, and was whole")
      }
    }
  }

  private mutating func compareCells() {
    let old = Dictionary(
      then.requirements.map { ($0.requirement, $0) }, uniquingKeysWith: { first, _ in first })
    for row in now.requirements {
      for (program, cell) in row.cells.enumerated() {
        guard let index = before[program] else { continue }
        let place = "\(name(program)): \(row.requirement)"
        let was = old[row.requirement]?.cells[index].verdict ?? .notAsked
        switch (was, cell.verdict) {
        case (.right, .wrong): regressed.append("\(place) was right, and is wrong")
        case (.right, .notApplicable), (.right, .notAsked), (.wrong, .notApplicable),
          (.wrong, .notAsked):
          regressed.append("\(place) was \(was.rawValue), and is \(cell.verdict.rawValue)")
        case (.wrong, .right): better.append("\(place) was wrong, and is right")
        case (.notApplicable, .right), (.notApplicable, .wrong), (.notAsked, .right),
          (.notAsked, .wrong):
          new.append("\(place) is \(cell.verdict.rawValue)")
        case (.right, .right), (.wrong, .wrong), (.notApplicable, _), (.notAsked, _): break
        }
      }
    }
    for row in then.requirements
    where !now.requirements.contains(where: { $0.requirement == row.requirement }) {
      regressed.append("\(row.requirement) is gone")
    }
  }

  /// The most tests of a program that are named.
  private static let mostNames = 10

  private mutating func compareTests() {
    for (program, implementation) in now.implementations.enumerated() {
      guard let old = before[program].map({ then.implementations[$0] }) else { continue }
      let (failed, fail) = (Set(old.failing), Set(implementation.failing))
      regressed += Self.told(
        implementation.failing.filter { !failed.contains($0) },
        "\(implementation.name): a test fails that passed: ")
      better += Self.told(
        old.failing.filter { !fail.contains($0) },
        "\(implementation.name): a test passes that failed: ")
    }
  }

  private static func told(_ names: [String], _ words: String) -> [String] {
    names.prefix(mostNames).map { words + $0 }
      + (names.count > mostNames ? ["\(words)and \(names.count - mostNames) more"] : [])
  }

  private mutating func compareExchanges() {
    for exchange in now.exchanges {
      let words = words(exchange)
      guard let writer = before[exchange.writer],
        let reader = exchange.reader.map({ before[$0] }) ?? .some(nil),
        exchange.reader == nil || reader != nil,
        let old = then.exchanges.first(where: {
          $0.writer == writer && $0.reader == reader && $0.isInTurns == exchange.isInTurns
        })
      else { continue }
      if exchange.failed > old.failed {
        regressed.append("\(words): \(exchange.failed) workloads fail, \(old.failed) did")
      } else if exchange.workloads < old.workloads {
        regressed.append("\(words): \(exchange.workloads) workloads, there were \(old.workloads)")
      } else if exchange.failed < old.failed {
        better.append("\(words): \(exchange.failed) workloads fail, \(old.failed) did")
      }
    }
  }

  private func words(_ exchange: Matrix.Exchange) -> String {
    words(exchange, exchange.writer, exchange.reader)
  }

  private func words(_ exchange: Matrix.Exchange, _ writer: Int, _ reader: Int?) -> String {
    let other = reader.map(name) ?? "the checker"
    return exchange.isInTurns
      ? "turns of \(name(writer)) and \(other)" : "\(other) reads what \(name(writer)) writes"
  }

  /// Tells of exchanges that there were, between programs that there are.
  private mutating func compareLostExchanges() {
    for exchange in then.exchanges where exchange.workloads > 0 {
      guard let writer = after(exchange.writer) else { continue }
      var reader: Int?
      if let old = exchange.reader {
        guard let new = after(old) else { continue }
        reader = new
      }
      let isThere = now.exchanges.contains {
        $0.writer == writer && $0.reader == reader && $0.isInTurns == exchange.isInTurns
      }
      if !isThere { regressed.append("\(words(exchange, writer, reader)): no workloads any more") }
    }
  }

  /// A difference whatever image shows it: what of it can be found again.
  private static func words(_ difference: Matrix.Difference) -> String {
    "\(difference.kind.rawValue), \(difference.cause.rawValue)"
      + (difference.rule.map { " \($0)" } ?? "")
  }

  private mutating func compareDifferences() {
    let (current, was) = (now.differences.map(Self.words), then.differences.map(Self.words))
    for (index, words) in current.enumerated() where current.firstIndex(of: words) == index {
      if !was.contains(words) {
        let difference = now.differences[index]
        let wrong = difference.answers.filter { !$0.isAllowed }.flatMap(\.implementations)
        let isOfKnown = difference.cause == .rule && wrong.contains { before[$0] != nil }
        if isOfKnown {
          regressed.append("a difference: \(words), \(difference.test)")
        } else {
          new.append("a difference: \(words), \(difference.test)")
        }
      }
    }
    for (index, words) in was.enumerated()
    where was.firstIndex(of: words) == index && !current.contains(words)
      && then.differences[index].cause != .choice
    {
      better.append("no difference any more: \(words)")
    }
  }
}

extension Baseline {
  /// The comparison as printable lines.
  package var lines: [String] {
    let head =
      "since the baseline: \(regressed.count) regressed, \(better.count) better, \(new.count) new"
    let lines =
      [head] + regressed.map { "  REGRESSED  \($0)" } + better.map { "  better     \($0)" }
      + new.map { "  new        \($0)" }
    return lines.map { PrintableText($0).description }
  }
}
