/// What is wrong with a file that should be a matrix.
package struct WrongMatrix: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, and where.
  package let description: String

  init(_ description: String) { self.description = description }
}
