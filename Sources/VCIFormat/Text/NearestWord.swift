/// Finds the known word closest to a misspelled one.
package enum NearestWord {
  /// Returns the word among `words` with the smallest edit distance to `word`; `nil` if even that
  /// distance is more than two letters and more than a third of the letters of `word`.
  package static func to(_ word: String, among words: [String]) -> String? {
    let distances = words.map { ($0, editDistance(word, $0)) }
    guard let best = distances.min(by: { $0.1 < $1.1 }) else { return nil }
    return best.1 <= max(2, word.count / 3) ? best.0 : nil
  }

  /// Returns the Levenshtein distance: how many letters must be inserted, removed or replaced to
  /// turn `left` into `right`.
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
