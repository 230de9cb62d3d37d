internal import Mustache
package import VCIConformance

/// A matrix as a page: one file of HTML that needs no other, and no script, to be read.
///
/// The same matrix makes the same bytes. Texts of programs are shown as text, and cut if they are
/// long; the page has no reference to anything outside it, and forbids any.
package struct MatrixPage: Sendable {
  private let matrix: Matrix

  /// The most programs that fit in a page.
  package static let mostPrograms = 64

  /// Makes the page of the matrix in a `matrix.json`, which may be of any origin.
  ///
  /// - Throws: `UnusableMatrix` if it is none, or has more than `mostPrograms`.
  package init(reading bytes: [UInt8]) throws(UnusableMatrix) {
    let matrix = try Matrix(reading: bytes)
    guard matrix.implementations.count <= Self.mostPrograms else {
      throw UnusableMatrix(
        "it has \(matrix.implementations.count) programs, and \(Self.mostPrograms) fit in a page")
    }
    self.matrix = matrix
  }

  /// The page. O(*n*) for *n* bytes of the matrix.
  ///
  /// - Throws: An error of the template library, for a template that is wrong.
  package func html() throws -> [UInt8] {
    var library = MustacheLibrary()
    for (name, template) in PageTemplate.parts { try library.register(template, named: name) }
    let page = try MustacheTemplate(string: PageTemplate.page)
    let contents = PageContents(matrix, style: PageStyle.text)
    return Array(page.render(contents, library: library).utf8)
  }
}
