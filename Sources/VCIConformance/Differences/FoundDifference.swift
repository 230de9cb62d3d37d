/// A difference between the answers of programs to a question about an image.
struct FoundDifference: Codable, Equatable, Sendable {
  /// What makes two differences one kind.
  struct Key: Codable, Hashable, Sendable {
    let kind: Matrix.Difference.Kind
    let cause: Matrix.Difference.Cause
    let rule: String?
    let about: String
    /// The indices of the programs that are wrong.
    let wrong: [Int]
  }

  let key: Key
  /// The name of the test, and how the image was made.
  let test: String
  let image: String
  /// The size of the image, in bytes.
  let bytes: UInt64
  let request: String
  let answers: [Matrix.Answer]
  /// The first blocks that a wrong answer says something else of; `nil` if none is wrong, or if
  /// the answers are not about blocks.
  var blocks: Range<UInt64>?

  /// The index of a program of each side.
  let sides: [Int]
}
