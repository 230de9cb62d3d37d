extension TestRun {
  /// Makes the requests of a test about an image with `body`. Returns the result: that the test was
  /// not run, if `body` throws.
  func result(about image: String, of body: () throws(WorkError) -> Void) -> TestResult {
    var result = result(of: body)
    result.image = String(image.prefix(Self.longestImage))
    return result
  }

  /// The most characters that are said about an image.
  private static var longestImage: Int { 400 }

  /// Makes the requests of a test with `body`. Returns the result: that the test was not run, if
  /// `body` throws.
  func result(of body: () throws(WorkError) -> Void) -> TestResult {
    do throws(WorkError) {
      try body()
    } catch {
      var result = result
      result.notRun = error.description
      return result
    }
    return result
  }

  /// Follows the runs of an answer to a read of `blocks`, and calls `body` with the blocks of each,
  /// and whether they are hits, for as long as that returns `true`. Returns the block behind the
  /// last run; `nil` if `body` returned `false`, or if a run is not one of these blocks, which is a
  /// failure.
  func follow(
    _ runs: [PortAnswer.Run], of blocks: Range<UInt64>, _ request: PortRequest,
    _ body: (_ blocks: Range<UInt64>, _ isHit: Bool) -> Bool
  ) -> UInt64? {
    var block = blocks.lowerBound
    for run in runs {
      guard run.block == block, run.count > 0, run.count <= blocks.upperBound - block else {
        fail(
          .reads, .reads, .wrongAnswer, request,
          expected: "a run of 1 to \(blocks.upperBound - block) blocks from \(block) on",
          got: "\(run)")
        return nil
      }
      guard body(block..<block + run.count, run.isHit) else { return nil }
      block += run.count
    }
    return block
  }
}
