import Foundation
import Testing

@testable import VCIPages

/// A matrix of `Tests/Pages`, as JSON that is changed without the types of the suite, and its page.
struct TestPage {
  typealias Object = [String: Any]

  var matrix: Object

  /// The names of the matrices.
  static let names = ["clean", "failing", "six"]

  /// Reads a matrix of `Tests/Pages`.
  init(named name: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let data = try Data(contentsOf: folder.appending(path: "Pages/\(name).json"))
    matrix = try #require(try JSONSerialization.jsonObject(with: data) as? Object)
  }

  /// The objects of a list.
  func objects(_ key: String) throws -> [Object] { try #require(matrix[key] as? [Object]) }

  /// Changes an object of a list; a value that is `nil` removes the key.
  mutating func change(_ list: String, _ index: Int, _ key: String, to value: Any?) throws {
    var objects = try objects(list)
    objects[index][key] = value
    matrix[list] = objects
  }

  /// The pages of the matrices as they are, each made once.
  private static let made: [String: Result<String, any Error>] = Dictionary(
    uniqueKeysWithValues: names.map { name in
      (name, Result { try TestPage(named: name).html() })
    })

  /// Returns the page of a matrix as it is.
  static func html(of name: String) throws -> String { try #require(made[name]).get() }

  /// The page of the matrix, made anew.
  func html() throws -> String {
    let bytes = try JSONSerialization.data(withJSONObject: matrix)
    return String(decoding: try MatrixPage(reading: [UInt8](bytes)).html(), as: UTF8.self)
  }
}

extension String {
  /// How often `text` stands in it, code point by code point.
  func count(of text: String) -> Int { Array(utf8).count(of: Array(text.utf8)) }

  /// All that `pattern` captures, in order.
  func captures(_ pattern: String) throws -> [String] {
    let expression = try NSRegularExpression(
      pattern: pattern, options: .dotMatchesLineSeparators)
    let whole = NSRange(startIndex..., in: self)
    return expression.matches(in: self, range: whole).compactMap { match in
      Range(match.range(at: 1), in: self).map { String(self[$0]) }
    }
  }

  /// The tags, in order, as an element's name with a slash before it if it ends there.
  func tags() throws -> [String] {
    // The style sheet has no tags.
    let body = replacing(/<style>[^<]*<\/style>/, with: "")
    return try body.captures("<(/?[a-z][a-z0-9]*)[ >]")
  }
}

extension [UInt8] {
  /// How often `part` stands in it.
  fileprivate func count(of part: [UInt8]) -> Int {
    var (data, count) = (Data(self), 0)
    while let range = data.range(of: Data(part)) {
      count += 1
      data = data[range.upperBound...]
    }
    return count
  }
}
