internal import VCICorpus
internal import VCIFormat

/// The report of a run that has not come to its end, or could not begin. It stands in the place of
/// the report that the file had before, which would be taken for one of this run.
package struct UnfinishedReport: Hashable, Sendable {
  /// The command of the adapter.
  package let adapter: String
  /// Why there is no other report.
  package let why: String
  /// The exit code of the run.
  package let exit: Int32

  package init(adapter: String, why: String, exit: Int32) {
    self.adapter = adapter
    self.why = why
    self.exit = exit
  }

  /// The report of a run that is at work. It stays if the run is killed.
  package static func atWork(adapter: String) -> UnfinishedReport {
    UnfinishedReport(adapter: adapter, why: "the run has not come to its end", exit: 3)
  }

  /// The verdict in one word.
  static let word = "incomplete"

  private struct Whole: Encodable {
    let schema: Int
    let adapter: String
    let verdict: String
    let exit: Int32
    let why: String
  }

  /// The report as one line of JSON.
  ///
  /// - Throws: An error of the encoder.
  package func json() throws -> [UInt8] {
    let whole = Whole(
      schema: ConformanceReport.schema, adapter: adapter, verdict: Self.word, exit: exit, why: why)
    return try OrderedJSON.line(of: whole)
  }

  /// The report as JUnit XML: one case, an error.
  package var junit: String {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      + "<testsuite name=\"\(ConformanceReport.escaped(adapter))\" tests=\"1\" failures=\"0\" "
      + "errors=\"1\" skipped=\"0\">\n" + ConformanceReport.incompleteCase(why) + "</testsuite>\n"
  }

  /// The report as a page.
  package var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'">
    <meta name="color-scheme" content="light dark">
    <title>\(Self.word)</title>
    <h1>\(Self.word)</h1>
    <p>\(ConformanceReport.escaped(PrintableText(why).description))</p>
    <p><code>\(ConformanceReport.escaped(PrintableText(adapter).description))</code></p>

    """
  }

  /// The report as text.
  package var text: String {
    "\(PrintableText(lines: "\(Self.word): \(why)"))\n\(PrintableText(adapter))\n"
  }
}
