internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

extension CaseComparer {
  /// Compares probe with the forecast (VCI-RD-001): it must refuse exactly the images that break a
  /// rule of its stage.
  func probe(_ truth: Truth) throws(StorageError) {
    image.resetWork()
    switch try VCIReference.probe(image) {
    case .mine:
      observation.count(.probeAccepted)
      guard !truth.refusedByProbe.isEmpty else { break }
      observation.report(
        .probeAccepted, truth.refusedByProbe.rules.first,
        "probe took an image that breaks \(truth.refusedByProbe.rules)")
    case .notMine(let violation):
      observation.count(.probeRefused)
      if truth.refusedByProbe.isEmpty {
        observation.report(.probeRefused, violation.rule, "probe refused: \(violation)")
      } else if !truth.refusedByProbe.contains(violation.rule) {
        observation.report(.wrongRule, violation.rule, "probe named \(violation)")
      }
    }
    limitWork("probe", to: 2048)
  }

  /// Compares an open for reading with the forecast (VCI-RD-002, VCI-RD-005): it must refuse
  /// exactly the images with a corruption up to its stage. Reads from an image that must be
  /// accepted.
  func open(_ fuzzCase: FuzzCase, _ truth: Truth) {
    image.resetWork()
    let opened: CacheImage
    do throws(ImageError) {
      opened = try CacheImage.open(image, purpose: .reading)
    } catch {
      limitWork("open", to: Self.workOfOpen)
      return refused(error, truth)
    }
    observation.count(.openAccepted)
    limitWork("open", to: Self.workOfOpen)
    if !truth.refusedByOpen.isEmpty {
      observation.report(
        .openAccepted, truth.refusedByOpen.rules.first,
        "open took an image that breaks \(truth.refusedByOpen.rules)")
    } else {
      read(opened, fuzzCase)
    }
  }

  /// The largest number of bytes that an open may read: twice the header, the map header and the
  /// root.
  private static let workOfOpen: UInt64 = 2 * (1024 + 512 + 4096)

  private func refused(_ error: ImageError, _ truth: Truth) {
    switch error {
    case .violation(let violation):
      observation.count(.openRefused)
      if truth.refusedByOpen.isEmpty {
        observation.report(.openRefused, violation.rule, "open refused: \(violation)")
      } else if !truth.refusedByOpen.contains(violation.rule) {
        observation.report(.wrongRule, violation.rule, "open named \(violation)")
      }
    default:
      observation.report(
        truth.refusedByOpen.isEmpty ? .openRefused : .wrongRule, nil,
        "open failed without naming a rule: \(error)")
    }
  }
}
