internal import VCIConformance
internal import VCIFormat

/// All that the template of a page refers to, by the names of these properties.
struct PageContents: Sendable {
  let style: String
  let title: ShownText
  /// The program, if there is only one.
  let only: [ShownText]
  let headline: Headline
  let lane, seed: ShownText
  let part: ShownText
  let programs: [ProgramContents]
  let hasGaps: Bool
  let agreement: AgreementContents
  let hasAgreement: Bool
  let requirements: [RequirementContents]
  let examples: [ExampleContents]
  let exampleCount: String
  let exchange: ExchangeContents
  let groups: [DifferenceGroup]
  let hasDifferences: Bool
  /// Whether there is anybody to differ from.
  let isComparison: Bool
  let differenceCount: String
  let absences: [AbsenceContents]
  let command: ShownText

  init(_ matrix: Matrix, style: String) {
    let names = ProgramName.all(of: matrix)
    self.style = style
    headline = Headline(matrix)
    only = names.count == 1 ? [names[0].name] : []
    let subject = names.count == 1 ? "\(names[0].name.renderText): " : ""
    title = ShownText("VCI conformance: \(subject)\(headline.words)", most: 200)
    lane = ShownText(matrix.lane, most: 80)
    seed = ShownText(matrix.seed, most: 40)
    part = ShownText(matrix.only ?? "", most: 80)
    programs = zip(matrix.implementations, names).map(ProgramContents.init)
    hasGaps = programs.contains(where: \.hasGaps)
    agreement = AgreementContents(matrix)
    hasAgreement = names.count > 1 && !matrix.agreement.isEmpty
    requirements = matrix.requirements.enumerated()
      .map { RequirementContents($0.element, number: $0.offset + 1) }
    examples = matrix.examples.indices.map { ExampleContents($0, of: matrix, names) }
    exampleCount = ShownCount.counted(examples.count, "failure", "failures")
    exchange = ExchangeContents(matrix, names)
    groups = DifferenceGroup.all(of: matrix, names)
    hasDifferences = !groups.isEmpty
    isComparison = names.count > 1 || hasDifferences
    differenceCount = ShownCount.counted(matrix.differences.count, "difference", "differences")
    absences = AbsenceContents.all(of: matrix, names)
    command = ShownText(Self.command(of: matrix), most: 4000)
  }

  /// The command that makes the matrix, and the page.
  private static func command(of matrix: Matrix) -> String {
    let word = { (text: String) in FileName(bytes: text.utf8.filter { $0 != 0 }).shellWord }
    let adapters = matrix.implementations.map { "--adapter \(word($0.command))" }
    return
      (["vci conform"] + adapters + ["--lane \(word(matrix.lane))", "--seed \(word(matrix.seed))"]
      + (matrix.only.map { ["--only \(word($0))"] } ?? []) + ["--report matrix.json"])
      .joined(separator: " ")
  }
}
