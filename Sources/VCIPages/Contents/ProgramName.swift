internal import VCIConformance

/// The names of programs as a page calls them.
struct ProgramName: Hashable, Sendable {
  /// Name and version, with a number if two programs have the same.
  let name: ShownText
  let number: Int

  /// Makes the names of all programs of a matrix.
  static func all(of matrix: Matrix) -> [ProgramName] {
    let names = matrix.implementations.map { "\($0.name) \($0.version)" }
    var counts: [String: Int] = [:]
    for name in names { counts[name, default: 0] += 1 }
    return names.enumerated().map { index, name in
      let text = counts[name] == 1 ? name : "#\(index + 1) \(name)"
      return ProgramName(name: ShownText(text, most: 60), number: index + 1)
    }
  }
}
