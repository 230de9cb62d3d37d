internal import PropertyEngine
internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

extension CaseComparer {
  /// Reads at three places of the image, and at the first of them again unless something was found.
  func read(_ opened: CacheImage, _ fuzzCase: FuzzCase) {
    let forecast = fuzzCase.image.model.map { ReadForecast($0) } ?? ReadForecast(image.bytes)
    var random = RandomSource(seed: seed, index: fuzzCase.iteration, stream: .reads)
    let reads = AimedReads(forecast)
    let requests = (0..<3).map { _ in Self.drawn(reads, forecast, &random) }
    for request in requests { readThrough(request, opened, forecast) }
    if observation.discrepancies.isEmpty { readThrough(requests[0], opened, forecast) }
  }

  /// Returns a read that is aimed at an extent, a gap or a node, or a few blocks anywhere.
  private static func drawn(
    _ reads: AimedReads, _ forecast: ReadForecast, _ random: inout RandomSource
  ) -> ReadRequest {
    let draw = random.next()
    let kind = AimedReads.Kind.allCases[Int(draw % UInt64(AimedReads.Kind.allCases.count))]
    let count = kind == .border ? forecast.borders.count : forecast.count
    let index = Int((draw >> 8 & 0xffff_ffff) % UInt64(max(1, count)))
    if draw >> 40 & 7 > 0, let request = reads.request(kind, at: index) { return request }
    return ReadRequest(
      BlockOffset(random.next() >> (draw >> 43 & 63)), BlockCount(1 + draw >> 49 & 7))
  }

  /// The largest number of blocks that are read at once.
  private static let mostAtOnce: BlockCount = 16
  /// The largest number of reads of a request.
  private static let mostReads = 4

  /// Reads the blocks of a request one part after the other, as the answers divide it. Of a part
  /// that is too large to read, the blocks are located, and the last ones are read.
  private func readThrough(
    _ request: ReadRequest, _ opened: CacheImage, _ forecast: ReadForecast
  ) {
    var next = request.block
    var rest = request.count
    for _ in 0..<Self.mostReads where rest > 0 {
      let isLarge = rest > Self.mostAtOnce
      let answer =
        isLarge
        ? locate(opened, at: next, count: rest, forecast)
        : read(opened, at: next, count: rest, forecast)
      guard let done = answer, done > 0, done <= rest, let end = next.adding(done) else { return }
      if isLarge, case .hit = forecast.answer(at: next, count: 1) {
        let last = min(done, Self.mostAtOnce)
        _ = read(opened, at: end - last, count: last, forecast)
      }
      guard done < rest else { return }
      next = end
      rest -= done
    }
  }

  /// Locates blocks. Returns the number of blocks of the answer, or `nil` if there is none.
  private func locate(
    _ opened: CacheImage, at offset: BlockOffset, count: BlockCount, _ forecast: ReadForecast
  ) -> BlockCount? {
    image.resetWork()
    let answer: ReadAnswer
    do throws(ImageError) {
      answer = try opened.locate(offset: offset, count: count)
    } catch {
      refused(error, forecast, offset, count)
      return nil
    }
    limitWork("locate", to: workOfRead(of: 0))
    compare(answer, nil, forecast, offset, count)
    if forecast.hasDamage { compareExactly(Given(answer), offset, count) }
    return answer.count
  }

  /// Reads blocks. Returns the number of blocks of the answer, or `nil` if there is none.
  private func read(
    _ opened: CacheImage, at offset: BlockOffset, count: BlockCount, _ forecast: ReadForecast
  ) -> BlockCount? {
    var bytes = [UInt8](repeating: 0xa5, count: Int(count.bytes))
    image.resetWork()
    let answer: ReadAnswer
    do throws(ImageError) {
      var span = bytes.mutableSpan
      var buffer = unsafe span.mutableBytes
      answer = try opened.read(offset: offset, count: count, into: &buffer)
    } catch {
      refused(error, forecast, offset, count)
      return nil
    }
    limitWork("read", to: workOfRead(of: count))
    compare(answer, bytes, forecast, offset, count)
    if forecast.hasDamage { compareExactly(Given(answer), offset, count) }
    return answer.count
  }

  /// Compares the refusal of a read with the forecast.
  private func refused(
    _ error: ImageError, _ forecast: ReadForecast, _ offset: BlockOffset, _ count: BlockCount
  ) {
    observation.count(.readRefused)
    if forecast.hasDamage, case .violation(let violation) = error {
      compareExactly(.refused(violation.rule), offset, count)
    } else {
      let isDamaged = forecast.answer(at: offset, count: count) == .damaged
      observation.report(
        isDamaged ? .wrongRule : .readRefused, nil,
        "read of \(count) at \(offset) failed: \(error)")
    }
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
    let isOtherRule = if case (.refused, .refused) = (given, expected) { true } else { false }
    observation.report(
      isOtherRule ? .wrongRule : .otherAnswer, nil,
      "read of \(count) at \(offset): \(expected) is specified, \(given) came")
  }

  /// Returns the largest number of bytes that a read may request: twice the sum of its blocks, the
  /// nodes of one path and all stored bytes.
  private func workOfRead(of count: BlockCount) -> UInt64 {
    let path = UInt64(Format.maximumLevels * Format.nodeSize)
    return 2 * (count.bytes + path + UInt64(image.bytes.keptBytes))
  }

  /// Compares an answer with the forecast. `bytes` is `nil` if no bytes were read.
  private func compare(
    _ answer: ReadAnswer, _ bytes: [UInt8]?, _ forecast: ReadForecast, _ offset: BlockOffset,
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
      } else if let bytes, !isStored(bytes, at: address, served) {
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

extension ReadAnswer {
  /// The number of blocks of a hit or a miss.
  fileprivate var count: BlockCount {
    switch self {
    case .hit(let count), .miss(let count): count
    }
  }
}
