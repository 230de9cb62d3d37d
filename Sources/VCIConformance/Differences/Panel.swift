internal import VCIFuzzing

/// All programs, which are asked about one image after the other.
final class Panel {
  let adapters: [any Adapter]
  private let folder: WorkFolder
  private var timeOuts: [Int]
  /// Whether a program that gives no answer differs from one that gives one.
  private let comparesFailures: Bool

  /// Why a program was not compared.
  struct Missing: Codable, Sendable {
    let program: Int
    var why: String
  }

  /// The most time-outs of a program after which it is asked no more.
  private static let mostTimeOuts = 5

  init(_ adapters: [any Adapter], in folder: WorkFolder, comparesFailures: Bool = true) {
    self.adapters = adapters
    self.comparesFailures = comparesFailures
    self.folder = folder
    timeOuts = adapters.map { _ in 0 }
  }

  func end() { for adapter in adapters { adapter.end() } }

  /// Returns the answers of a program about an image; `nil` if nothing is known of them.
  private func sheet(_ program: Int, _ expected: Expectations) -> [AnswerSheet.Entry]? {
    guard timeOuts[program] < Self.mostTimeOuts else { return nil }
    do throws(WorkError) {
      let sheet = try AnswerSheet(adapters[program], expected, in: folder)
      if sheet.entries.contains(where: { $0.answer == .failed(.timedOut) }) {
        timeOuts[program] += 1
      }
      return sheet.isStarved ? nil : sheet.entries.filter(isCompared)
    } catch {
      return nil
    }
  }

  private func isCompared(_ entry: AnswerSheet.Entry) -> Bool {
    if case .failed(let kind) = entry.answer { comparesFailures || kind.isAnswer } else { true }
  }

  /// Returns the differences between some of the programs. The answers of all others are none.
  func differences(
    _ finder: DifferenceFinder, among programs: [Int]
  ) -> [FoundDifference] {
    finder.differences(
      adapters.indices.map { programs.contains($0) ? sheet($0, finder.expected) ?? [] : [] })
  }

  /// Returns the differences between some of the programs, by default all, that come again when the
  /// programs that they are about are asked in new processes, and why something was not compared;
  /// `nil` if all was.
  func confirmed(
    _ finder: DifferenceFinder, among programs: [Int]? = nil
  ) -> ([FoundDifference], missing: Missing?) {
    var sheets = adapters.indices.map { program in
      programs?.contains(program) ?? true ? sheet(program, finder.expected) : []
    }
    let missing = sheets.firstIndex(of: nil).map {
      Missing(program: $0, why: "it did not answer in time")
    }
    let found = finder.differences(sheets.map { $0 ?? [] })
    let doubtful = Set(found.filter { $0.key.cause != .choice }.flatMap { $0.key.wrong + $0.sides })
    guard !doubtful.isEmpty else { return (found, missing) }
    var flaky: Missing?
    for program in doubtful.sorted() {
      try? adapters[program].finish()
      let again = sheet(program, finder.expected)
      guard again != sheets[program] else { continue }
      flaky = Missing(program: program, why: "an answer did not come again")
      // What a program answers otherwise the next time is not held against it.
      sheets[program] = []
    }
    guard let flaky else { return (found, missing) }
    return (finder.differences(sheets.map { $0 ?? [] }), flaky)
  }
}
