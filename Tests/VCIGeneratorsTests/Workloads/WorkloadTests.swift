import PropertyEngine
import Testing
import VCIFormat
import VCIGenerators

struct `An operation` {
  @Test
  func `is a line that is parsed again`() {
    let lines = [
      "write 5+3 = 7", "read 0+1", "discard 18014398509481984+9", "flush", "close",
      "reopen reading", "reopen writing", "crash 3 18446744073709551615", "fail 0 EIO",
      "fail 1 ENOSPC", "fail 2 EDQUOT", "fail 3 EFBIG", "fail 4294967295 short-write",
    ]
    let operations: [CacheOperation] = [
      .write(5, 3, version: 7), .read(0, 1), .discard(0x40_0000_0000_0000, 9), .flush, .close,
      .reopen(.reading), .reopen(.writing), .crash(call: 3, seed: .max),
      .fail(call: 0, .ioError), .fail(call: 1, .noSpace), .fail(call: 2, .quota),
      .fail(call: 3, .tooLarge), .fail(call: .max, .shortWrite),
    ]
    #expect(lines.map { CacheOperation(parsing: $0) } == operations)
    #expect(operations.map(\.description) == lines)
  }

  @Test(arguments: [
    "", "write", "write 5+3", "write 5+3 = x", "write 5+0 = 1", "write 5 = 1", "read 5+3 = 1",
    "read 18446744073709551615+1", "discard", "flush now", "reopen", "reopen information",
    "write 5+3 = 4294967296", "read +1", "read -1+1", "crash", "crash 1", "crash 1 2 3",
    "crash -1 2", "crash 4294967296 0", "crash 0 18446744073709551616", "fail 0", "fail 0 EINTR",
    "fail 0 eio", "fail 4294967296 EIO", "fail EIO 0", "fail 0 EIO 1",
  ])
  func `is no other line`(text: String) {
    #expect(CacheOperation(parsing: text) == nil)
  }

  @Test
  func `of a workload has no more blocks than fit into memory`() {
    #expect(Workload(parsing: ["write 0+2100 = 1", "discard 0+9999999"]) != nil)
    #expect(Workload(parsing: ["write 0+2101 = 1"]) == nil)
    #expect(Workload(parsing: ["read 0+2101"]) == nil)
  }
}

struct `Drawing a workload` {
  private static let workloads: [Workload] = (0..<2000 as Range<UInt64>).map { index in
    var random = RandomSource(seed: 1, index: index, stream: RandomStream(rawValue: 4))
    let blocks: UInt64 = [21, 64, 500, 4096][Int(index % 4)]
    return Workload.drawn(blocks: blocks, landmarks: [77, 1 << 40], from: &random)
  }

  @Test
  func `gives the same workload from the same numbers`() {
    var random = RandomSource(seed: 1, index: 3, stream: RandomStream(rawValue: 4))
    #expect(
      Workload.drawn(blocks: 4096, landmarks: [77, 1 << 40], from: &random) == Self.workloads[3])
  }

  @Test
  func `gives operations that are parsed again`() {
    for workload in Self.workloads {
      #expect(!workload.operations.isEmpty)
      #expect(Workload(parsing: workload.lines) == workload)
    }
  }

  @Test
  func `adds troubles to one workload in eight, and changes nothing else`() {
    let troubled = Self.workloads.enumerated().map { index, workload in
      var random = RandomSource(
        seed: 1, index: UInt64(index), stream: RandomStream(rawValue: 6))
      return workload.troubled(from: &random)
    }
    for (workload, other) in zip(Self.workloads, troubled) {
      #expect(other.operations.filter { !$0.isTrouble } == workload.operations)
      #expect(Workload(parsing: other.lines) == other)
    }
    let counts = troubled.map { $0.operations.count(where: \.isTrouble) }
    #expect(Set(counts) == [0, 1, 2, 3])
    #expect((200...300).contains(counts.count { $0 > 0 }))
    let words = Set(
      troubled.flatMap(\.operations).filter(\.isTrouble).map {
        $0.description.filter { !$0.isNumber }
      })
    #expect(
      words == [
        "crash  ", "fail  EIO", "fail  ENOSPC", "fail  EDQUOT", "fail  EFBIG", "fail  short-write",
      ])
  }

  @Test
  func `gives every kind, near and far, in short and long workloads`() {
    let all = Self.workloads.flatMap(\.operations)
    let words = Set(all.map { $0.description.prefix { $0 != " " } })
    #expect(words == ["write", "read", "discard", "flush", "close", "reopen"])
    let counts = Self.workloads.map(\.operations.count)
    #expect(counts.contains { $0 < 5 })
    #expect(counts.contains { $0 > 1000 })
    let offsets = all.compactMap { operation in
      if case .write(let offset, _, version: _) = operation { offset.rawValue } else { nil }
    }
    #expect(offsets.contains(0))
    #expect(offsets.contains { $0 > 1 << 32 && $0 < 1 << 53 })
    #expect(offsets.contains { $0 >= 1 << 54 })
    #expect(offsets.contains { abs(Int64(clamping: $0) - (1 << 32 - 1)) < 100 })
  }
}
