internal import Glibc
internal import Subprocess
internal import SystemPackage
internal import VCICorpus

extension Campaign {
  /// Gathers what the jobs found, keeps the first cases of each kind, and makes the report.
  func report(
    _ tally: Tally, corpus: (images: Int, digest: String), replay: (UInt64) -> String,
    isInterrupted: Bool
  ) throws(CorpusError) -> CampaignReport {
    var drafts: [Artifact] = []
    for file in try StoredFile.files(in: self.drafts) where file.string.hasSuffix(".json") {
      drafts.append(try Artifact(reading: file))
    }
    drafts.sort { $0.iteration < $1.iteration }
    var seen: [String: Int] = [:]
    var findings: [CampaignReport.Finding] = []
    for draft in drafts {
      var isKept = false
      for finding in draft.findings {
        let key = "\(finding.kind.rawValue) \(finding.rule ?? "")"
        seen[key, default: 0] += 1
        guard seen[key, default: 0] <= Job.storedCases else { continue }
        isKept = true
        findings.append(
          CampaignReport.Finding(
            iteration: draft.iteration, kind: finding.kind.rawValue, rule: finding.rule,
            detail: finding.detail, artifact: path(of: draft).string,
            replay: replay(draft.iteration)))
      }
      if isKept { try keep(draft) }
    }
    return CampaignReport(
      seed: seed, iterations: iterations, target: target, corpusImages: corpus.images,
      corpusDigest: corpus.digest, isInterrupted: isInterrupted, tally: tally,
      findings: findings)
  }

  private func path(of artifact: Artifact) -> FilePath {
    artifacts.appending(Artifact.name(of: artifact.iteration, artifact.seed) + ".json")
  }

  /// Copies a case and its image from the jobs' folder to that of the artifacts.
  private func keep(_ artifact: Artifact) throws(CorpusError) {
    try StoredFile.makeFolder(artifacts)
    let name = Artifact.name(of: artifact.iteration, artifact.seed)
    for file in [artifact.image?.file, name + ".json"].compactMap(\.self) {
      let bytes = try StoredFile.read(drafts.appending(file), limit: Int(Artifact.imageLimit) * 2)
      try StoredFile.write(bytes, to: artifacts.appending(file))
    }
  }
}
