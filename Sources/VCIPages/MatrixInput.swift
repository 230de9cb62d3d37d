internal import VCIConformance
internal import VCICorpus
internal import VCIFormat

/// A matrix that was read from the bytes of a `matrix.json`, which may be of any origin.
package struct MatrixInput: Sendable {
  let matrix: Matrix

  /// The most bytes of a matrix.
  package static let mostBytes = 16 << 20

  /// The most programs of a matrix.
  static let mostPrograms = 64

  /// Decodes a matrix, and requires that all that it refers to is there.
  ///
  /// - Throws: `WrongMatrix`.
  package init(_ bytes: [UInt8]) throws(WrongMatrix) {
    guard bytes.count <= Self.mostBytes else {
      throw WrongMatrix("it has more than \(Self.mostBytes) bytes")
    }
    do {
      matrix = try StrictJSON.decode(Matrix.self, from: bytes)
    } catch {
      throw WrongMatrix("\(PrintableText(WrongJSON.reason(of: error)))")
    }
    guard matrix.schema == Matrix.schema else {
      throw WrongMatrix("it has schema \(matrix.schema), and \(Matrix.schema) is known here")
    }
    guard matrix.implementations.count <= Self.mostPrograms else {
      throw WrongMatrix(
        "it has \(matrix.implementations.count) programs, and \(Self.mostPrograms) fit in a page")
    }
    if let flaw = matrix.cellFlaws.first ?? matrix.indexFlaws.first { throw WrongMatrix(flaw) }
  }
}

extension Matrix {
  /// What is wrong with cells: their number, and wrong ones without an example of their own.
  fileprivate var cellFlaws: [String] {
    requirements.enumerated().flatMap { row, requirement in
      let place = "requirements[\(row)].cells"
      guard requirement.cells.count == implementations.count else {
        return ["\(place) has \(requirement.cells.count) for \(implementations.count) programs"]
      }
      return requirement.cells.enumerated().compactMap { column, cell in
        let place = "\(place)[\(column)]"
        guard (cell.verdict == .wrong) == (cell.example != nil) else {
          return "\(place) is \(cell.verdict.rawValue), and has "
            + "\(cell.example == nil ? "no" : "an") example"
        }
        guard let index = cell.example else { return nil }
        guard let example = examples.indices.contains(index) ? examples[index] : nil else {
          return "\(place).example is \(index) of \(examples.count)"
        }
        return example.implementation == column
          ? nil : "\(place).example is that of program \(example.implementation)"
      }
    }
  }

  /// What is wrong with the indices of programs and of examples elsewhere.
  fileprivate var indexFlaws: [String] {
    let isProgram = { (index: Int) in implementations.indices.contains(index) }
    let ofExamples = examples.enumerated().compactMap { index, example -> String? in
      isProgram(example.implementation)
        ? nil : "examples[\(index)].implementation is \(example.implementation)"
    }
    let ofExchanges = exchanges.enumerated().compactMap { index, exchange -> String? in
      let place = "exchanges[\(index)]"
      guard isProgram(exchange.writer) else { return "\(place).writer is \(exchange.writer)" }
      if let reader = exchange.reader, !isProgram(reader) { return "\(place).reader is \(reader)" }
      guard let example = exchange.example, !examples.indices.contains(example) else { return nil }
      return "\(place).example is \(example) of \(examples.count)"
    }
    let ofDifferences = differences.enumerated().compactMap { index, difference -> String? in
      difference.answers.flatMap(\.implementations).first { !isProgram($0) }
        .map { "differences[\(index)] has an answer of program \($0)" }
    }
    return ofExamples + ofExchanges + ofDifferences
  }
}
