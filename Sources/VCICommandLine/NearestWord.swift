/// The word that somebody may have meant.
enum NearestWord {
  /// Returns the one of `words` that takes the fewest changes of a letter to become `word`; `nil`
  /// if all take more than a third of its letters, and two.
  static func to(_ word: String, among words: [String]) -> String? {
    let distances = words.map { ($0, editDistance(word, $0)) }
    guard let best = distances.min(by: { $0.1 < $1.1 }) else { return nil }
    return best.1 <= max(2, word.count / 3) ? best.0 : nil
  }

  /// Returns how many letters must be inserted, removed or replaced to turn `left` into `right`
  /// (Levenshtein).
  static func editDistance(_ left: String, _ right: String) -> Int {
    let letters = Array(right)
    var row = Array(0...letters.count)
    for (index, letter) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in letters.indices {
        let above = row[column + 1]
        row[column + 1] = min(
          above + 1, row[column] + 1, diagonal + (letter == letters[column] ? 0 : 1))
        diagonal = above
      }
    }
    return row[letters.count]
  }
}
