internal import PropertyEngine
internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

extension Judge {
  /// Asks probe, which refuses exactly what breaks a rule of its stage (VCI-RD-001).
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

  /// Opens for reading, which refuses exactly what breaks a corruption up to its stage
  /// (VCI-RD-002, VCI-RD-005), and reads.
  func open(_ fuzzCase: FuzzCase, _ truth: Truth, isJudged: Bool) {
    image.resetWork()
    let opened: CacheImage
    do throws(ImageError) {
      opened = try CacheImage.open(image, purpose: .reading)
    } catch {
      limitWork("open", to: Self.workOfOpen)
      return refused(error, truth, isJudged: isJudged)
    }
    observation.count(.openAccepted)
    limitWork("open", to: Self.workOfOpen)
    if !truth.refusedByOpen.isEmpty {
      observation.report(
        .openAccepted, truth.refusedByOpen.rules.first,
        "open took an image that breaks \(truth.refusedByOpen.rules)")
    } else if !isJudged {
      observation.count(.openUnsupported)
    } else {
      read(opened, fuzzCase)
    }
  }

  /// Header, map header, root, and as much again.
  private static let workOfOpen: UInt64 = 2 * (1024 + 512 + 4096)

  private func refused(_ error: ImageError, _ truth: Truth, isJudged: Bool) {
    switch error {
    case .violation where !isJudged: observation.count(.openUnsupported)
    case .violation(let violation):
      observation.count(.openRefused)
      if truth.refusedByOpen.isEmpty {
        observation.report(.openRefused, violation.rule, "open refused: \(violation)")
      } else if !truth.refusedByOpen.contains(violation.rule) {
        observation.report(.wrongRule, violation.rule, "open named \(violation)")
      }
    default:
      observation.report(.openRefused, nil, "open failed without naming a rule: \(error)")
    }
  }
}

extension Judge {
  /// Reads at the edges of an extent or two, and at some block.
  private func read(_ opened: CacheImage, _ fuzzCase: FuzzCase) {
    let forecast = fuzzCase.image.model.map { ReadForecast($0) } ?? readForecast()
    var random = RandomSource(seed: seed, index: fuzzCase.iteration, lane: .reads)
    let edges = forecast.edges(of: Int(random.next() % UInt64(max(1, forecast.count))))
    let anywhere = BlockOffset(random.next() >> (random.next() % 64))
    for offset in [edges[Int(random.next() % UInt64(edges.count))], edges[0], anywhere] {
      read(opened, at: offset, count: BlockCount(1 + random.next() % 8), forecast)
    }
  }

  /// The forecast for an image of which only the bytes are known, and that a check has accepted.
  private func readForecast() -> ReadForecast {
    let header = decoded(at: 0, count: Format.headerSize) { Header(decoding: $0) }
    let slots = decoded(at: header.treeRoot.bytes, count: Format.nodeSize) { node in
      (0..<Format.extentsPerLeaf).map { Extent(decoding: node, slot: $0) }
    }
    return ReadForecast(slots: slots, blocks: header.blocks, size: image.bytes.size)
  }

  private func decoded<Value>(
    at offset: UInt64, count: Int, _ decode: (RawSpan) -> Value
  ) -> Value {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    _ = image.bytes.read(at: offset, into: &buffer)
    return unsafe decode(bytes.span.bytes)
  }

  private func read(
    _ opened: CacheImage, at offset: BlockOffset, count: BlockCount, _ forecast: ReadForecast
  ) {
    var bytes = [UInt8](repeating: 0xa5, count: Int(count.bytes))
    image.resetWork()
    let answer: ReadAnswer
    do throws(ImageError) {
      var span = bytes.mutableSpan
      var buffer = unsafe span.mutableBytes
      answer = try opened.read(offset: offset, count: count, into: &buffer)
    } catch {
      observation.count(.readRefused)
      if !forecast.hasDamage {
        observation.report(.readRefused, nil, "read of \(count) at \(offset) failed: \(error)")
      }
      return
    }
    limitWork("read", to: 2 * count.bytes + 1024)
    compare(answer, bytes, forecast, offset, count)
  }

  private func compare(
    _ answer: ReadAnswer, _ bytes: [UInt8], _ forecast: ReadForecast, _ offset: BlockOffset,
    _ count: BlockCount
  ) {
    let expected = forecast.answer(at: offset, count: count)
    // Words are made only where there is something to tell.
    func report(_ kind: DiscrepancyKind, _ more: String = "") {
      observation.report(
        kind, nil, "read of \(count) at \(offset): \(expected) expected, \(answer) came\(more)")
    }
    switch (expected, answer) {
    case (.hit(let most, let address), .hit(let served)):
      observation.count(.readHits)
      if served == 0 || served > most {
        report(.wrongCount)
      } else if served < most, !forecast.hasDamage {
        report(.falseMiss)
      } else if !isStored(bytes, at: address, served) {
        report(.wrongBytes, ", and the bytes differ")
      }
    case (.miss(let most), .miss(let missing)):
      observation.count(.readMisses)
      if missing == 0 || missing > count || (!forecast.hasDamage && missing != most) {
        report(.wrongCount)
      }
    case (.hit, .miss), (.damaged, .miss):
      observation.count(.readMisses)
      if !forecast.hasDamage { report(.falseMiss) }
    case (.miss, .hit):
      observation.count(.readHits)
      report(.wrongBytes)
    case (.damaged, .hit):
      observation.count(.readHits)
      report(.servedDamage)
    }
  }

  /// Whether the first `count` blocks of `bytes` are those from `address` on.
  private func isStored(_ bytes: [UInt8], at address: BlockAddress, _ count: BlockCount) -> Bool {
    let length = Int(count.bytes)
    var stored = [UInt8](repeating: 0, count: length)
    var span = stored.mutableSpan
    var buffer = unsafe span.mutableBytes
    let read = image.bytes.read(at: address.bytes, into: &buffer)
    return read == length && stored[...] == bytes[..<length]
  }
}
