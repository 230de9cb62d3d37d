package import SystemPackage
internal import VCIFormat

/// A vector that was withdrawn: a row of the table of those in a corpus.
package struct RetiredVector: Hashable, Sendable {
  package let id: String
  /// The last version that has the vector.
  package let version: String
  package let reason: String
  /// The vector that asks what this one meant to ask; empty if none does.
  package let instead: String

  /// The name of the file in a corpus.
  package static let file = "RETIRED.md"
  /// The title above the table.
  private static let title = "## Withdrawn"
  private static let mostBytes = 1 << 20

  /// Returns the vectors that were withdrawn from the corpus in `folder`; none if it does not say.
  package static func all(in folder: FilePath) -> [RetiredVector] {
    let bytes = try? StoredFile.read(folder.appending(file), limit: mostBytes)
    return rows(of: String(decoding: bytes ?? [], as: UTF8.self))
  }

  /// Returns the vectors in the table of a text. O(n).
  static func rows(of text: String) -> [RetiredVector] {
    text.split(separator: "\n").drop { $0 != title }.dropFirst()
      .prefix { !$0.hasPrefix("## ") }
      .compactMap { RetiredVector($0) }
  }

  package init(id: String, version: String, reason: String, instead: String) {
    self.id = id
    self.version = version
    self.reason = reason
    self.instead = instead
  }

  /// Reads a row; `nil` if the line is none, or one of the two of the table's head.
  private init?(_ line: Substring) {
    let cells = line.split(separator: "|", omittingEmptySubsequences: false)
      .map { String($0.trimmingPrefix { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
    guard cells.count == 6, cells[0].isEmpty, cells[5].isEmpty, cells[1] != "id",
      !cells[1].allSatisfy({ "-: ".contains($0) })
    else { return nil }
    func plain(_ cell: String) -> String { cell.filter { $0 != "`" } }
    id = plain(cells[1])
    version = plain(cells[2])
    reason = cells[3]
    instead = cells[4] == "none" ? "" : plain(cells[4])
  }
}

extension RetiredVector: CustomStringConvertible {
  /// What became of the vector, in words.
  package var description: String {
    "'\(PrintableText(id))' was withdrawn after version \(PrintableText(version)), as "
      + "Corpus/\(Self.file) says: \(PrintableText(reason))"
      + (instead.isEmpty ? "" : "; instead: \(PrintableText(instead))")
  }
}
