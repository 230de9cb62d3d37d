package import SystemPackage
internal import VCIFormat

extension MatrixRun {
  /// Makes kits of what each program got wrong, in `folder`, or in a folder of it for each of
  /// several. Returns those of each program.
  package func makeKits(
    of reports: inout [ConformanceReport], in folder: FilePath, log: EventLog?,
    isInterrupted: @escaping () -> Bool, progress: @escaping (RunStage) -> Void
  ) -> [[MadeKit]] {
    var made: [[MadeKit]] = []
    for index in reports.indices {
      let own =
        reports.count > 1
        ? folder.appending(Self.folderName(index, reports[index].capabilities.name)) : folder
      made.append(
        runs[index].makeKits(
          of: &reports[index], in: own, log: log, isInterrupted: isInterrupted,
          progress: progress))
    }
    return made
  }

  /// The longest part of a program's name in that of a folder.
  private static let longestName = 24

  /// The name of the folder of a program: its number, and those letters of its name that every file
  /// system has.
  static func folderName(_ index: Int, _ name: String) -> String {
    let letters = name.lowercased().unicodeScalars.prefix(longestName).map { scalar in
      ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) ? String(scalar) : "-"
    }
    return "\(index + 1)-\(letters.joined())"
  }
}

extension Matrix {
  /// Notes in which folder the kit of a failure is. `made` has the kits of each program.
  package mutating func add(_ made: [[MadeKit]]) {
    for index in examples.indices {
      let program = examples[index].implementation
      guard made.indices.contains(program),
        let kit = made[program].first(where: { $0.test == examples[index].test })
      else { continue }
      let name = kit.path.lastComponent?.string ?? ""
      let folder = kit.path.removingLastComponent().lastComponent?.string ?? ""
      examples[index].kit = made.count > 1 ? "\(folder)/\(name)" : name
    }
  }
}
