@testable import VCICrashing
import Testing
import VCIFormat
import VCIFuzzing
import VCIGenerators

/// What the reference asked of the disk, as if it were a program of somebody else.
private struct Recording {
  let work: RecordedWork
  let cached: [UInt64: UInt32]
  let inherited: InheritedWork?
  var events: [DiskTrace.Event] = [.begin(0), .end(0)]

  init(_ operations: [CacheOperation], on image: CrashImage = .empty) throws {
    try self.init(operations, on: try #require(ForeignStart(image)))
  }

  init(_ operations: [CacheOperation], on start: ForeignStart) throws {
    var model = CacheModel()
    for (block, version) in start.cached { model.put(.written(version), in: block..<block + 1) }
    work = RecordedWork(operations, on: start.bytes, caching: model)
    #expect(work.flaw == nil)
    (cached, inherited) = (start.cached, start.inherited)
    for event in work.trace.events {
      switch event {
      case .begin(let number): events.append(.begin(number + 1))
      case .end(let number): events.append(.end(number + 1))
      case .write, .setLength, .flush: events.append(event)
      }
    }
  }

  /// Leaves out the close.
  mutating func cutClose() {
    guard let close = events.lastIndex(of: .begin(work.operations.count)) else { return }
    events.removeSubrange(close...)
  }

  /// The places of the writes of block 0, which set flag and root.
  var switches: [Int] {
    events.indices.filter { if case .write(0, _) = events[$0] { true } else { false } }
  }

  func verdict(
    _ durability: ForeignWork.Durability = .flush, most: UInt64 = 20_000,
    isOfProgram: Bool = false, closesEach: Bool = false
  ) -> ForeignVerdict {
    var trace = DiskTrace(of: work.trace.initial)
    for event in events { trace.append(event) }
    var foreign = ForeignWork(
      trace, durability: durability, cached: cached, behind: inherited, closesEach: closesEach)
    foreign.add(.open)
    for operation in work.operations {
      switch operation {
      case .write(let offset, let count, let version):
        foreign.add(.write(RecordedWork.blocks(offset, count), version: version))
      case .discard(let offset, let count):
        foreign.add(.discard(offset.rawValue..<offset.rawValue + count.rawValue))
      case .flush: foreign.add(.flush)
      case .close, .reopen: foreign.add(.close)
      case .crash, .fail: break
      case .read: foreign.add(.look)
      }
    }
    return foreign.verdict(most: most, isOfProgram: isOfProgram)
  }
}

private let twice: [CacheOperation] = [
  .write(0, 2, version: 1), .flush, .write(0, 2, version: 2), .flush,
]

struct `Work of somebody else` {
  @Test(arguments: CrashImage.allCases)
  func `that keeps the order has no wrong state`(image: CrashImage) throws {
    let recording = try Recording(
      [.write(1, 2, version: 1), .flush, .discard(0, 2), .write(9, 3, version: 2), .flush],
      on: image)
    // Of trees of two leaves there are many states: each moment has its share of some.
    let isLarge = image == .split || image == .shrink
    let durabilities: [ForeignWork.Durability] = isLarge ? [.flush] : [.none, .close, .flush]
    for durability in durabilities {
      let verdict = recording.verdict(durability, most: isLarge ? 300 : 20_000)
      #expect(verdict.finding == nil)
      #expect(verdict.tried > 20)
      #expect(verdict.isCut == isLarge)
    }
  }

  @Test
  func `VCI-WR-002: sets the flag before all else`() throws {
    var recording = try Recording([.write(0, 1, version: 1)])
    let flag = recording.events.remove(at: recording.switches[0])
    let data = try #require(
      recording.events.firstIndex { if case .write = $0 { true } else { false } })
    recording.events.insert(flag, at: data + 1)
    let finding = try #require(recording.verdict().finding)
    #expect(finding.requirement == "VCI-WR-002")
    #expect(finding.flaw.kind == .flagClear)
  }

  @Test
  func `VCI-WR-002: makes the flag durable before all else`() throws {
    var recording = try Recording([.write(0, 1, version: 1)])
    #expect(recording.events.remove(at: recording.switches[0] + 1) == .flush)
    #expect(recording.verdict().finding?.requirement == "VCI-WR-002")
  }

  @Test
  func `VCI-WR-003: flushes before the root`() throws {
    var recording = try Recording(twice)
    #expect(recording.events.remove(at: recording.switches[1] - 1) == .flush)
    #expect(recording.verdict().finding?.requirement == "VCI-WR-003")
  }

  @Test
  func `VCI-WR-004: flushes after the root`() throws {
    var recording = try Recording(Array(twice[..<2]))
    #expect(recording.events.remove(at: recording.switches[1] + 1) == .flush)
    recording.cutClose()
    let finding = try #require(recording.verdict().finding)
    #expect(finding.requirement == "VCI-WR-004")
    #expect(finding.flaw.kind == .lost)
    #expect(finding.block?.number == 0)
    #expect(finding.block?.served == nil)
    #expect(finding.block?.versions == [1])
  }

  @Test
  func `VCI-WR-004: may lose what no close made durable, and serves nothing older`() throws {
    var once = try Recording(Array(twice[..<2]))
    once.events.remove(at: once.switches[1] + 1)
    once.cutClose()
    #expect(once.verdict(.close).finding == nil)
    #expect(once.verdict(.none).finding == nil)
    var again = try Recording(twice)
    again.events.remove(at: again.switches[2] + 1)
    again.cutClose()
    for durability in [ForeignWork.Durability.none, .close, .flush] {
      let finding = try #require(again.verdict(durability).finding)
      #expect(finding.flaw.kind == .olderBytes)
      #expect(finding.block?.versions == [2])
    }
  }

  @Test
  func `without any flush is asked for what its own end leaves`() throws {
    var recording = try Recording(twice)
    recording.events.removeAll { $0 == .flush }
    #expect(recording.verdict(.none, isOfProgram: true).finding == nil)
    #expect(recording.verdict(.flush).finding != nil)
  }

  @Test
  func `R-25: may serve what was discarded, and nothing older`() throws {
    var recording = try Recording(
      [.write(0, 1, version: 1), .flush, .discard(0, 1), .flush, .write(5, 1, version: 4)])
    // The root without the block never reaches the disk.
    let last = recording.switches[2]
    recording.events.remove(at: last)
    #expect(recording.verdict().finding?.flaw.kind != .forgotten)
  }

  @Test
  func `VCI-WR-001: is clean after a close`() throws {
    var recording = try Recording([.write(0, 1, version: 1)])
    // The flag that is cleared last is not made durable.
    #expect(recording.events.remove(at: recording.switches[2] + 1) == .flush)
    #expect(recording.verdict().finding?.requirement == "VCI-WR-001")
  }

  @Test
  func `ends with the most states, and says so`() throws {
    let recording = try Recording(twice)
    let all = recording.verdict()
    #expect(!all.isCut)
    let few = recording.verdict(most: 10)
    #expect(few.isCut)
    #expect(few.tried == 10)
  }

  @Test
  func `VCI-WR-004: tries some states of each moment where there are more than it may`() throws {
    // Only after the last flush is anything wrong: the root does not reach the disk.
    var recording = try Recording(twice + [.write(0, 2, version: 3), .flush])
    recording.events.remove(at: recording.switches[3] + 1)
    recording.cutClose()
    let all = try #require(recording.verdict().finding)
    // Without shares the first states would be tried, and this is the last of them.
    let few = recording.verdict(most: all.tried - 5)
    #expect(few.finding?.requirement == "VCI-WR-004")
    #expect(few.finding?.block?.versions == [3])
    #expect(few.tried <= all.tried - 5)
  }

  @Test
  func `VCI-WR-003: overwrites nothing that is durable before a newer tree is`() throws {
    var recording = try Recording(Array(twice[..<2]) + [.write(9, 1, version: 2)])
    // The root to which the durable header leads becomes an empty leaf.
    guard case .write(_, let header) = recording.events[recording.switches[1]] else { return }
    let root = header[21..<29].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    let next = try #require(recording.events.firstIndex(of: .begin(3)))
    let leaf = [2 as UInt8] + [UInt8](repeating: 0, count: 4095)
    recording.events.insert(.write(offset: root * 512, bytes: leaf), at: next + 1)
    #expect(recording.verdict().finding?.requirement == "VCI-WR-003")
  }

  @Test
  func `VCI-WR-001: is clean after each step that opens and closes the image`() throws {
    let recording = try Recording([.write(0, 1, version: 1), .flush])
    // As a session the image is open after the write, and dirty.
    #expect(recording.verdict().finding == nil)
    let each = recording.verdict(closesEach: true)
    #expect(each.finding?.requirement == "VCI-WR-001")
    #expect(each.finding.map { [$0.begun, $0.settled] } == [2, 2])
  }

  /// A full cache whose last writer was ended before its new root was durable.
  private static let inherited = ForeignStart(
    .full, endedAfter: [.write(0, 1, version: 300), .discard(8, 2)], isInherited: true)

  @Test(
    arguments: [
      [.write(100, 1, version: 1), .flush, .write(0, 2, version: 2)], [.flush],
      [.discard(12, 2), .write(200, 6, version: 2)], [],
    ] as [[CacheOperation]])
  func `R-28: makes durable what an ended writer left before it changes anything`(
    operations: [CacheOperation]
  ) throws {
    let recording = try Recording(operations, on: try #require(Self.inherited))
    for durability in [ForeignWork.Durability.none, .close, .flush] {
      #expect(recording.verdict(durability).finding == nil)
    }
  }

  @Test
  func `R-28: is wrong if it takes the blocks of the older tree for free ones before that`() throws
  {
    var recording = try Recording(
      [.write(100, 1, version: 1), .write(200, 6, version: 2), .flush],
      on: try #require(Self.inherited))
    let first = try #require(recording.events.firstIndex(of: .flush))
    #expect(recording.events[first - 1] == .begin(1))
    recording.events.remove(at: first)
    let finding = try #require(recording.verdict().finding)
    #expect(finding.requirement == "VCI-WR-003")
    #expect(finding.settled == 0)
  }

  @Test
  func `R-28: owes nothing of what an ended writer left as long as it changes nothing`() throws {
    var recording = try Recording([.flush], on: try #require(Self.inherited))
    let close = try #require(recording.events.firstIndex(of: .begin(2)))
    recording.events.removeSubrange(close...)
    recording.events.removeAll { $0 == .flush }
    #expect(recording.verdict().finding == nil)
    // No bytes are no change.
    #expect(recording.events[2] == .begin(1))
    recording.events.insert(.write(offset: 0, bytes: []), at: 3)
    #expect(recording.verdict().finding == nil)
    // Of one that has changed something, both are asked for.
    let header = Array(recording.work.trace.initial[..<512])
    recording.events.insert(.write(offset: 0, bytes: header), at: 3)
    #expect(recording.verdict().finding?.requirement == "VCI-WR-004")
  }

  @Test(
    arguments: [
      (.create, .flush, "VCI-WR-001"), (.create, .close, "VCI-WR-001"), (.create, .none, nil),
      (.flush, .flush, "VCI-WR-004"), (.flush, .close, nil), (.close, .close, "VCI-WR-001"),
      (.write(0..<1, version: 1), .flush, nil),
    ] as [(ForeignWork.Step, ForeignWork.Durability, String?)])
  func `R-27: has a durable name where its contents must be durable`(
    step: ForeignWork.Step, durability: ForeignWork.Durability, requirement: String?
  ) {
    var work = ForeignWork(DiskTrace(of: []), durability: durability, cached: [:])
    work.add(.look)
    work.add(step)
    #expect(work.finding(unnamed: [0], behind: 7) == nil)
    let finding = work.finding(unnamed: [0, 1], behind: 7)
    #expect(finding?.requirement == requirement)
    #expect(finding.map { [$0.begun, $0.settled, Int($0.tried)] } ?? [2, 2, 7] == [2, 2, 7])
    #expect(finding.map(\.flaw.kind) ?? .noName == .noName)
  }
}

struct `An image to begin with` {
  @Test
  func `is clean after a close, and dirty without one`() throws {
    let closed = try #require(ForeignStart(.full))
    #expect(closed.bytes[16] == 0)
    #expect(!closed.isDirty)
    #expect(closed.cached[4] == 201)
    let open = try #require(
      ForeignStart(.full, endedAfter: [.write(4, 1, version: 300), .discard(8, 2)]))
    #expect(open.bytes[16] == 1)
    #expect(open.isDirty)
    #expect(open.cached[4] == 300)
    #expect(open.cached[8] == nil)
    #expect(open.inherited == nil)
  }

  @Test
  func `R-28: need not be durable, but for the tree before`() throws {
    let image = try #require(
      ForeignStart(
        .full, endedAfter: [.write(4, 1, version: 300), .discard(8, 2)], isInherited: true))
    let inherited = try #require(image.inherited)
    #expect(image.cached[4] == 300 && image.cached[8] == nil)
    #expect(inherited.cached[4] == 201 && inherited.cached[8] == 202)
    #expect(inherited.trace.applied == image.bytes)
    // What is not durable is block 0 alone, and it has another root.
    #expect(inherited.trace.events.count == 1)
    guard case .write(0, let bytes) = inherited.trace.events[0] else { return }
    #expect(bytes.count == 512)
    #expect(inherited.trace.initial[16] == 1 && bytes[16] == 1)
    #expect(inherited.trace.initial[21..<29] != bytes[21..<29])
    #expect(image.words.hasSuffix("; flush, of which block 0 is not durable yet"))
  }
}
