internal import PropertyEngine
internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

extension CaseComparer {
  /// Reads at the edges of one or two extents, and at a random block.
  func read(_ opened: CacheImage, _ fuzzCase: FuzzCase) {
    let forecast = fuzzCase.image.model.map { ReadForecast($0) } ?? ReadForecast(image.bytes)
    var random = RandomSource(seed: seed, index: fuzzCase.iteration, stream: .reads)
    let edges = forecast.edges(of: Int(random.next() % UInt64(max(1, forecast.count))))
    let anywhere = BlockOffset(random.next() >> (random.next() % 64))
    for offset in [edges[Int(random.next() % UInt64(edges.count))], edges[0], anywhere] {
      read(opened, at: offset, count: BlockCount(1 + random.next() % 8), forecast)
    }
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
      if forecast.hasDamage, case .violation(let violation) = error {
        compareExactly(.refused(violation.rule), offset, count)
      } else {
        observation.report(.readRefused, nil, "read of \(count) at \(offset) failed: \(error)")
      }
      return
    }
    limitWork("read", to: workOfRead(of: count))
    compare(answer, bytes, forecast, offset, count)
    if forecast.hasDamage { compareExactly(Given(answer), offset, count) }
  }

  /// The result of a read, without the bytes.
  private enum Given: Equatable {
    case hit(BlockCount)
    case miss(BlockCount)
    case refused(Rule)

    init(_ answer: ReadAnswer) {
      self =
        switch answer {
        case .hit(let count): .hit(count)
        case .miss(let count): .miss(count)
        }
    }

    init(_ answer: RecipeRead.Answer) {
      self =
        switch answer {
        case .hit(let count, at: _): .hit(count)
        case .miss(let count): .miss(count)
        case .refused(let rule): .refused(rule)
        }
    }
  }

  /// Compares the result of a read in a damaged image with the one specified for the reference.
  /// Other readers may return something else; for the reference even the count and the rule are
  /// specified.
  private func compareExactly(_ given: Given, _ offset: BlockOffset, _ count: BlockCount) {
    guard observation.discrepancies.isEmpty else { return }
    let expected = Given(ExactReads(image.bytes).answer(at: offset, count: count))
    guard given != expected else { return }
    observation.report(
      .otherAnswer, nil,
      "read of \(count) at \(offset): \(expected) is specified, \(given) came")
  }

  /// Returns the largest number of bytes that a read may request: twice the sum of its blocks, the
  /// nodes of one path and all stored bytes.
  private func workOfRead(of count: BlockCount) -> UInt64 {
    let path = UInt64(Format.maximumLevels * Format.nodeSize)
    return 2 * (count.bytes + path + UInt64(image.bytes.keptBytes))
  }

  private func compare(
    _ answer: ReadAnswer, _ bytes: [UInt8], _ forecast: ReadForecast, _ offset: BlockOffset,
    _ count: BlockCount
  ) {
    let expected = forecast.answer(at: offset, count: count)
    // A nested function, so that text is formatted only for a discrepancy.
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

  /// Returns whether the first `count` blocks of `bytes` equal the blocks of the image from
  /// `address` on.
  private func isStored(_ bytes: [UInt8], at address: BlockAddress, _ count: BlockCount) -> Bool {
    let length = Int(count.bytes)
    var stored = [UInt8](repeating: 0, count: length)
    var span = stored.mutableSpan
    var buffer = unsafe span.mutableBytes
    let read = image.bytes.read(at: address.bytes, into: &buffer)
    return unsafe read == length
      && stored.span.bytes.isEqual(to: bytes.span.bytes.extracting(0..<length))
  }
}
