internal import Mustache
internal import VCIConformance

/// A matrix as a page: one file of HTML that needs no other, and no script, to be read.
///
/// The same matrix makes the same bytes. Texts of programs are shown as text, and cut if they are
/// long; the page has no reference to anything outside it, and forbids any.
package struct MatrixPage: Sendable {
  private let matrix: Matrix

  /// Makes the page of a matrix that was read or made here, so that all that it refers to is there.
  package init(_ input: MatrixInput) { matrix = input.matrix }

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
