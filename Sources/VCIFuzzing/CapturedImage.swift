internal import VCICorpus
internal import VCIFormat

/// An image that another program wrote: what it is, and what a check finds, typed by hand.
struct CapturedImage {
  /// Its name in the corpus.
  let id: String
  /// The file's name where it was captured.
  let file: String
  /// What it is, in a line.
  let title: String
  /// The CRC-32 of its bytes.
  let crc32: String
  /// What a check finds.
  let findings: [ExpectedFinding]
  /// What is to be said of it.
  let verdict: Verdict
  /// Where it comes from.
  let provenance: Vector.Provenance

  /// Its line of the manifest, for these bytes.
  func vector(of bytes: [UInt8]) -> Vector {
    Vector(
      area: "captured", id: id, title: title,
      rules: findings.compactMap { Rule(id: $0.rule) }, findings: findings, verdict: verdict,
      bytes: bytes, provenance: provenance)
  }

  private static func written(by version: String, _ how: String) -> Vector.Provenance {
    Vector.Provenance(tool: "VirtualBox", version: version, how: how)
  }

  private static let asIs = "its vci backend's create, run over a minimal file layer"
  private static let asMeant =
    "the same, with offsets taken as blocks, as the program's author meant them"

  private static let dirty = ExpectedFinding(.cleanShutdown, .dirty, at: 16)
  private static let nilUUID = ExpectedFinding(.headerImageUUID, .advice, at: 41)
  private static let exchanged = ExpectedFinding(.mapTotalsApart, .summary, at: 1048)

  static let all: [CapturedImage] = [
    CapturedImage(
      id: "virtualbox-4-0-2mib-dynamic", file: "4.0-2MiB-dynamic.vci",
      title: "a fresh cache whose counters were never kept", crc32: "fe03be73",
      findings: [
        dirty, nilUUID, ExpectedFinding(.mapFreeCount, .summary, at: 1040),
        ExpectedFinding(.mapTotals, .summary, at: 1048),
      ],
      verdict: .repairable, provenance: written(by: "4.0.0", asIs)),
    CapturedImage(
      id: "virtualbox-intended-2mib-dynamic", file: "intended-2MiB-dynamic.vci",
      title: "a fresh cache with its counters exchanged", crc32: "dd3f9d3f",
      findings: [dirty, nilUUID, exchanged], verdict: .repairable,
      provenance: written(by: "6.1.4", asMeant)),
    CapturedImage(
      id: "virtualbox-intended-100mib-dynamic", file: "intended-100MiB-dynamic.vci",
      title: "a fresh cache of 100 MiB with its counters exchanged", crc32: "562f183b",
      findings: [dirty, nilUUID, exchanged], verdict: .repairable,
      provenance: written(by: "6.1.4", asMeant)),
    CapturedImage(
      id: "virtualbox-intended-2mib-fixed", file: "intended-2MiB-fixed.vci",
      title: "a fresh fixed cache that was not preallocated", crc32: "9f67812b",
      findings: [dirty, nilUUID, exchanged, ExpectedFinding(.fixedFileFull, .advice, at: 6144)],
      verdict: .repairable, provenance: written(by: "6.1.4", asMeant)),
    CapturedImage(
      id: "virtualbox-4-2-2mib-dynamic", file: "4.2-2MiB-dynamic.vci",
      title: "12 bytes: block counts written where bytes are due", crc32: "5859bb54",
      findings: [ExpectedFinding(.fileHoldsHeader, .corruption, at: 12)], verdict: .notAnImage,
      provenance: written(by: "6.1.4", asIs)),
    CapturedImage(
      id: "virtualbox-4-2-1gib-dynamic", file: "4.2-1GiB-dynamic.vci",
      title: "523 bytes: the same for a cache of 1 GiB", crc32: "027d5955",
      findings: [ExpectedFinding(.fileHoldsHeader, .corruption, at: 523)], verdict: .notAnImage,
      provenance: written(by: "6.1.4", asIs)),
  ]
}
