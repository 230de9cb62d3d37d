internal import VCIFormat

/// How much is read of an image.
package struct ReadLimits: Sendable {
  /// The most reads.
  package var reads = 40
  /// The most segments of a read.
  package var segments = 64
  /// The most blocks that are hits, of all reads together.
  package var hits: UInt64 = 1 << 17
  /// The most runs whose edges are read.
  package var runs = 6
  /// The most borders of nodes that are read.
  package var borders = 6

  package init() {}
}

extension AimedReads {
  /// A read, and the segments that cover it.
  package struct Read: Hashable, Sendable {
    package let request: ReadRequest
    package let segments: [ReadForecast.Segment]
  }

  /// Returns the reads that a verdict has, each once.
  ///
  /// If the image has few runs, they are at all of them; otherwise at the first one, the last one,
  /// the longest extent, and around damage. Reads that exceed the limits are cut.
  ///
  /// - Complexity: O(*n*) for *n* runs.
  package func chosen(_ limits: ReadLimits = ReadLimits()) -> [Read] {
    var reads: [Read] = []
    var requests: Set<ReadRequest> = []
    var hits = limits.hits
    for candidate in candidates(limits) where reads.count < limits.reads {
      guard let read = read(candidate, limits, hits: hits),
        requests.insert(read.request).inserted
      else { continue }
      hits -= read.hits
      reads.append(read)
    }
    return reads
  }

  /// Returns the read of `request`, cut to the limits; `nil` if nothing is left of it.
  package func read(of request: ReadRequest, _ limits: ReadLimits = ReadLimits()) -> Read? {
    read(request, limits, hits: limits.hits)
  }

  /// Returns the reads in the order of their importance, long ones last.
  private func candidates(_ limits: ReadLimits) -> [ReadRequest] {
    let runs = runs(atMost: limits.runs)
    let longest = longest ?? 0
    var requests: [ReadRequest?] = []
    for run in runs { requests += [request(.lowerEdge, at: run), request(.upperEdge, at: run)] }
    requests += borders(atMost: limits.borders).map { around($0) }
    requests += [Kind.diskEnd, .pastDisk, .alias32, .alias54, .alias55, .alias63].map {
      request($0, at: longest)
    }
    requests.append(runs.lazy.compactMap { request(.fromGap, at: $0) }.first)
    requests.append(widestGap.flatMap { request(.overGap, at: $0 - 1) })
    requests.append(closestThree.flatMap { request(.overThree, at: $0) })
    // What a whole extent leaves of the limit is for the others.
    requests += [request(.whole, at: longest), request(.fromStart, at: 0)]
    requests += runs.map { request(.whole, at: $0) }
    return requests.compactMap { $0 }
  }

  /// Returns the read of `request`, cut to the limits and to `hits` blocks that are hits; `nil` if
  /// nothing is left of it.
  private func read(_ request: ReadRequest, _ limits: ReadLimits, hits: UInt64) -> Read? {
    var segments: [ReadForecast.Segment] = []
    var rest = hits
    let parts = forecast.segments(
      of: request.count, from: request.block, atMost: limits.segments)
    for segment in parts {
      guard case .hit = segment.state, segment.count.rawValue > rest else {
        segments.append(segment)
        rest -= segment.hits
        continue
      }
      if rest > 0 { segments.append(segment.prefix(BlockCount(rest))) }
      break
    }
    guard let last = segments.last else { return nil }
    let count = last.block + last.count - request.block
    return Read(request: ReadRequest(request.block, count), segments: segments)
  }

  /// Returns the indices of the runs whose edges are read, ascending.
  private func runs(atMost most: Int) -> [Int] {
    let count = forecast.count
    guard count > most else { return Array(0..<count) }
    var runs = Set([0, count - 1] + (longest.map { [$0] } ?? []))
    for index in 0..<count where forecast.run(index).isDamaged {
      for neighbour in max(0, index - 1)...min(count - 1, index + 1) where runs.count < most {
        runs.insert(neighbour)
      }
    }
    return runs.sorted()
  }

  /// Returns some borders: the first ones and the last ones of the disk.
  private func borders(atMost most: Int) -> [BlockOffset] {
    var borders: [BlockOffset] = []
    for border in forecast.borders.sorted() where border != borders.last { borders.append(border) }
    guard borders.count > most else { return borders }
    return Array(borders.prefix(most / 2) + borders.suffix(most / 2))
  }

  /// The index of the first of the longest extents.
  private var longest: Int? {
    (0..<forecast.count).filter { !forecast.run($0).isDamaged }
      .max { left, right in
        let (lesser, greater) = (forecast.run(left).blocks, forecast.run(right).blocks)
        return lesser == greater ? left > right : lesser < greater
      }
  }

  /// The index of the run after the first of the widest gaps between two runs.
  private var widestGap: Int? {
    (0..<forecast.count).dropFirst().max { left, right in
      let (lesser, greater) = (gap(before: left), gap(before: right))
      return lesser == greater ? left > right : lesser < greater
    }
  }

  /// The index of the first of those three neighbouring runs that lie closest together.
  private var closestThree: Int? {
    (0..<max(0, forecast.count - 2)).min { left, right in
      let (lesser, greater) = (span(from: left), span(from: right))
      return lesser == greater ? left < right : lesser < greater
    }
  }

  private func span(from index: Int) -> BlockCount {
    forecast.run(index + 2).end - forecast.run(index).offset
  }
}

extension AimedReads.Read {
  /// The number of blocks that are hits.
  package var hits: UInt64 { segments.reduce(0) { $0 + $1.hits } }
}

extension ReadForecast.Segment {
  /// The number of blocks that are hits.
  fileprivate var hits: UInt64 {
    if case .hit = state { count.rawValue } else { 0 }
  }

  /// Returns the segment's first `count` blocks.
  fileprivate func prefix(_ count: BlockCount) -> Self {
    Self(block: block, count: count, state, isNear: isNear)
  }
}
