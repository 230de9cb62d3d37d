internal import FoundationEssentials
internal import VCICorpus
internal import VCIFormat

extension Matrix {
  /// The largest file that is read, in bytes.
  package static let largestFile = 32 << 20

  /// The matrix as JSON, a key a line, so that versions of it can be compared line by line.
  ///
  /// - Throws: An error of the encoder.
  package func json() throws -> [UInt8] {
    try OrderedJSON.lines(of: self)
  }

  /// Reads a matrix.
  ///
  /// - Throws: `UnusableMatrix` for what is none: other keys, indices of nothing, another version.
  package init(reading bytes: [UInt8]) throws(UnusableMatrix) {
    guard bytes.count <= Self.largestFile else {
      throw UnusableMatrix("it has more than \(Self.largestFile) bytes")
    }
    do {
      self = try StrictJSON.decode(Matrix.self, from: bytes)
    } catch {
      throw UnusableMatrix(WrongJSON.reason(of: error))
    }
    guard schema == Self.schema else {
      throw UnusableMatrix("its schema is \(schema), and this version reads \(Self.schema)")
    }
    if let flaw = flaw { throw UnusableMatrix(flaw) }
    // What has other keys is not what it is taken for.
    guard let own = try? JSONEncoder().encode(self), Self.haveSameKeys(Array(own), bytes) else {
      throw UnusableMatrix("it has keys that a matrix does not have, or null in place of one")
    }
  }

  /// What is wrong with indices and counts.
  private var flaw: String? {
    let programs = implementations.indices
    if implementations.isEmpty { return "it has no implementations" }
    for row in requirements {
      guard row.cells.count == programs.count else {
        return "\(row.requirement) has not a cell for each program"
      }
      for cell in row.cells where !isExample(cell.example) {
        return "a cell of \(row.requirement) names no example"
      }
    }
    for exchange in exchanges {
      guard programs.contains(exchange.writer), exchange.reader.map(programs.contains) ?? true,
        isExample(exchange.example)
      else { return "an exchange names no program or no example" }
    }
    for difference in differences {
      guard difference.answers.allSatisfy({ $0.implementations.allSatisfy(programs.contains) })
      else { return "a difference names no program" }
    }
    for example in examples where !programs.contains(example.implementation) {
      return "an example names no program"
    }
    return nil
  }

  private func isExample(_ index: Int?) -> Bool { index.map(examples.indices.contains) ?? true }

  /// Whether two texts of JSON have the same number of keys: a value was decoded from the second
  /// one, and the first one is that value.
  private static func haveSameKeys(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    JSONKeys.count(in: one) == JSONKeys.count(in: other)
  }
}

/// Why a file is no matrix that can be used.
package struct UnusableMatrix: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// Counts the keys of a text of JSON that is right.
enum JSONKeys {
  /// Returns the number of keys, at any depth.
  ///
  /// - Complexity: O(*n*) for *n* bytes.
  static func count(in bytes: [UInt8]) -> Int {
    var count = 0
    var (isString, isEscaped) = (false, false)
    for byte in bytes {
      if isString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isString = false
        }
      } else if byte == UInt8(ascii: "\"") {
        isString = true
      } else if byte == UInt8(ascii: ":") {
        count += 1
      }
    }
    return count
  }
}
