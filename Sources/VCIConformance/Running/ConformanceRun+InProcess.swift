extension ConformanceRun {
  /// Runs the tests in this process, one after the other. Returns the results in the order of the
  /// lane.
  ///
  /// A failure counts if it comes again after `adapter` was finished. There is no pre-flight: no
  /// line of the port is spoken. `before` is called with the name of each test.
  ///
  /// - Throws: `NotStarted` if the capabilities are wrong, or if a test is chosen that needs a
  ///   process of its own; `CorpusError`; and what `before` throws.
  package func run(
    inProcess adapter: any Adapter, before: (String) throws -> Void
  ) throws -> ConformanceReport {
    if let flaw = adapter.capabilities.flaw { throw NotStarted(flaw) }
    guard choice.only == nil || !units.contains(where: \.needsProcess) else {
      throw NotStarted("\(choice.only ?? "") needs a process of its own: see vci conform")
    }
    let folder = try WorkFolder()
    let maker = TestMaker(corpus: choice.corpus, vectors, recorder)
    var results: [(unit: Int, result: TestResult)] = []
    for index in TestUnit.order(of: units, seed: choice.seed) where !units[index].needsProcess {
      try maker.tests(of: units[index]) { test in
        try before(test.name)
        results.append((index, ConformanceJob.confirmed(test, by: adapter, in: folder)))
      }
    }
    // Within a unit the order is that in which the tests were made.
    let order = results.indices.sorted { (results[$0].unit, $0) < (results[$1].unit, $1) }
    return ConformanceReport(
      adapter: adapter.capabilities.name, adapter.capabilities, choice,
      results: order.map { results[$0].result }, missing: 0, reasons: [])
  }
}

extension TestUnit {
  /// Whether the program must be a process: it is ended, waits for another, or has a limit.
  fileprivate var needsProcess: Bool {
    switch self {
    case .crash, .contract(.pipe), .contract(.createWithoutSpace): true
    case .vector, .images, .contract, .workload: false
    }
  }
}
