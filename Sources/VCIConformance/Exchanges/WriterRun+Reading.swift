internal import SystemPackage
internal import VCIChecker
internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators
internal import VCIReference

extension WriterRun {
  /// The most extents at whose ends more is read than the extent itself.
  private static var mostEdges: Int { 4 }

  /// Compares what the program reads and finds in an image that another one has closed. Does
  /// nothing if the program does not declare what the image needs.
  func compareAsReader() throws(WorkError) {
    guard test.has("open-ro"), test.has("read") else { return }
    let extents = try extents()
    guard needs(extents).allSatisfy(test.has) else { return }
    guard try open(.reading) else { return }
    try compareReads()
    for extent in extents.prefix(Self.mostEdges) where !hasFailed {
      let (first, end) = (extent.offset.rawValue, extent.offset.rawValue + extent.blocks.rawValue)
      try read(first - min(first, 2), 4)
      if !hasFailed, end < Format.diskEnd.rawValue { try read(end - 1, 8) }
    }
    let close = PortRequest.close(handle: "w")
    guard !hasFailed else {
      // What is still open would be in the way of what is asked next.
      _ = test.ask(close, .open, .openForReading)
      return
    }
    if try succeed(close, .open, .openForReading) { compareFindings() }
  }

  /// The features that a reader of the image needs.
  private func needs(_ extents: [Extent]) -> [Feature] {
    var needs: [Feature] = []
    if let file = try? WorkFile(reading: image) {
      defer { file.close() }
      let bytes = file.bytes(at: 0, count: Format.headerSize)
      if bytes.count == Format.headerSize {
        let root = unsafe Header(decoding: bytes.span.bytes).treeRoot
        if file.bytes(at: root.bytes, count: 1) == [NodeType.internal.rawValue] {
          needs.append(.trees)
        }
      }
    }
    if let last = extents.last, last.offset.rawValue + last.blocks.rawValue > 1 << 32 {
      needs.append(.wideDisks)
    }
    return needs
  }

  /// Compares the findings of a program that checks with those of the checker.
  private func compareFindings() {
    guard test.capabilities.has("check") else { return }
    let request = PortRequest.check(image: image)
    guard let answer = test.ask(request, .check, .hostileBytes) else { return }
    guard case .done(.findings(let found)) = answer else {
      return test.fail(
        .check, .hostileBytes, .wrongAnswer, request, expected: "findings", got: "\(answer)")
    }
    guard let storage = try? FileStorage(reading: image),
      let report = try? Checker().check(storage)
    else { return }
    let expected = Set(
      report.findings.map {
        PortAnswer.Finding(rule: $0.rule.id, class: $0.ruleClass.rawValue)
      })
    guard Set(found) != expected else { return }
    test.fail(
      .check, .hostileBytes, .wrongFindings, request, expected: ImageTest.words(expected),
      got: ImageTest.words(Set(found)))
  }
}
