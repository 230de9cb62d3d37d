package import VCIChecker
package import VCIFormat
package import VCIGenerators

/// What is expected of programs that check, probe, open and read an image (`Specs/Verdicts.md`).
///
/// It follows from the forecast of the image's model. If the image has none, it follows from the
/// findings of the checker, and from the bytes.
package struct Expectations {
  package let bytes: SparseBytes
  /// The expected findings, sorted by rule and offset.
  package let findings: [StagedFinding]
  /// The allowed answers of a probe and of opens.
  package let answers: AnswerSets
  /// The states of all blocks; `nil` if an open for reading must be refused.
  package let reads: ReadForecast?
  /// The report of the checker, which tells the place of an expected finding.
  let report: Report

  /// Computes what is expected of `image`.
  ///
  /// - Throws: `StorageError` if the checker cannot read the image.
  package init(_ image: EditableImage, _ checker: Checker) throws(StorageError) {
    bytes = image.bytes
    report = try checker.check(SparseImage(image.bytes))
    if let model = image.model, let forecast = Forecast(model) {
      findings = forecast.staged
      answers = AnswerSets(findings) { WriterRoom(model).isEnough }
      reads = Self.opens(answers) ? ReadForecast(model) : nil
    } else {
      findings = report.findings.map(StagedFinding.init).sorted { $0.finding < $1.finding }
      answers = AnswerSets(findings) { WriterRoom(image.bytes).isEnough }
      reads = Self.opens(answers) ? ReadForecast(image.bytes) : nil
    }
  }

  private static func opens(_ answers: AnswerSets) -> Bool {
    answers.openForReading.answers.contains(.taken)
  }

  /// The verdict of a check.
  package var verdict: Verdict {
    Verdict.first(of: findings.map { Verdict(of: $0.finding.rule, $0.finding.ruleClass) })
  }

  /// Returns the place of a finding. If the checker did not find it, the result is its byte.
  func place(of finding: ForecastFinding) -> Place {
    report.findings.first { $0.rule == finding.rule && $0.offset == finding.offset }?.place
      ?? Place(.file, offset: finding.offset, length: 1)
  }

  /// Whether a writer may open the image.
  var isWritable: Bool { answers.openForWriting.answers.contains(.taken) }

  /// Whether a check finds that the image breaks `rule`.
  func breaks(_ rule: Rule) -> Bool { findings.contains { $0.finding.rule == rule } }
}

extension StagedFinding {
  /// Makes the finding that a checker reported.
  fileprivate init(_ violation: Violation) {
    self.init(
      ForecastFinding(violation.rule, violation.ruleClass, at: violation.offset), violation.stage)
  }
}
