import SystemPackage
import Testing
import VCICorpus
import VCIFormat
import VCIGenerators
import VCIReference

@testable import VCIConformance

/// The words of failures of a workload, the first that fails of the first `count`.
private func failures(_ program: ReferenceProgram) throws -> [String] {
  try failures(program.adapter)
}

private func failures(
  _ adapter: FakeAdapter, of workloads: some Sequence<UInt64> = 0..<40
) throws -> [String] {
  let folder = try WorkFolder()
  for index in workloads {
    let result = WriterTest(seed: 1, index: index).run(adapter, in: folder, nil)
    #expect(result.notRun == nil)
    if !result.failures.isEmpty { return result.words }
  }
  return []
}

/// Makes a request again whose data was kept.
private func repeated(
  _ request: PortRequest, _ bytes: [UInt8], _ adapter: FakeAdapter, _ folder: WorkFolder
) throws(AdapterFailure) {
  guard case .write(let handle, let block, _, _) = request else {
    _ = try adapter.answer(request)
    return
  }
  var done = 0
  while done < bytes.count {
    guard let file = try? folder.file(Array(bytes[done...])) else { return }
    defer { remove(file) }
    let next = PortRequest.write(
      handle: handle, block: block + UInt64(done / 512), count: UInt64((bytes.count - done) / 512),
      file: file)
    guard case .done(.written(let taken, _)) = try adapter.answer(next), taken > 0 else { return }
    done += Int(taken) * 512
  }
}

struct `A workload` {
  @Test
  func `finds nothing wrong with the reference`() throws {
    // One of each kind.
    let firsts = WorkloadKind.allCases.compactMap { kind in
      (0..<20 as Range<UInt64>).first { WorkloadKind.ofWorkload($0) == kind }
    }
    #expect(firsts.count == WorkloadKind.allCases.count)
    #expect(try failures(ReferenceProgram().adapter, of: firsts) == [])
  }

  @Test
  func `VCI-WR-001 tells bytes that were not replaced`() throws {
    let program = ReferenceProgram(change: { request, isCached in
      guard case .write(_, _, let count, _) = request, isCached() else { return nil }
      return .done(.written(count, losses: []))
    })
    let words = try failures(program)
    #expect(words.count == 1)
    #expect(words.first?.hasPrefix("wrong-bytes, ") == true)
    #expect(words.first?.hasSuffix(", VCI-WR-001") == true)
  }

  @Test
  func `tells a wrong read of an open image from what is wrong in the file`() throws {
    var capabilities = Capabilities()
    capabilities.features = Set(Feature.allCases)
    var plan = WriterPlan(seed: 1, index: 0, capabilities)
      .with(
        [
          .write(0, 1, version: 1), .write(0, 1, version: 2), .read(0, 1), .write(4, 1, version: 3),
        ].map { .operation($0) })
    plan.start = .created(blocks: 64, isFixed: false)
    plan.hasTurns = false
    let test = WriterTest("two", plan)
    func words(_ change: @escaping (PortRequest, () -> Bool) -> PortAnswer?) throws -> [String] {
      let adapter = ReferenceProgram(change: change).adapter(and: ["read"])
      return test.run(adapter, in: try WorkFolder(), nil).words
    }
    #expect(try words { _, _ in nil } == [])
    let zeros = try words { request, _ in
      guard case .read(_, let block, _, let file) = request else { return nil }
      put([UInt8](repeating: 0, count: 512), at: 0, in: file)
      return .done(.runs([PortAnswer.Run(isHit: true, block: block, count: 1)]))
    }
    #expect(zeros == ["wrong-bytes, reads, VCI-RD-006"])
    let kept = try words { request, isCached in
      guard case .write = request, isCached() else { return nil }
      return .done(.written(1, losses: []))
    }
    #expect(
      kept == ["wrong-bytes, reads, VCI-RD-006", "wrong-bytes, writes, VCI-WR-001"])
  }

  @Test
  func `VCI-WR-001 tells what was discarded and stays`() throws {
    let program = ReferenceProgram(change: { request, _ in
      if case .discard = request { .done(.nothing) } else { nil }
    })
    #expect(try failures(program).first?.hasPrefix("foreign-data, ") == true)
  }

  @Test
  func `VCI-WR-001 tells a flag that stays set`() throws {
    let program = ReferenceProgram(spoil: { put([1], at: 16, in: $0) })
    #expect(
      try failures(program).first?.hasPrefix("output-rejected-by-checker, ") == true)
  }

  @Test
  func `VCI-WR-001 tells a file that is gone`() throws {
    let program = ReferenceProgram(spoil: { remove($0) })
    #expect(
      try failures(program).first?.hasPrefix("output-rejected-by-checker, ") == true)
  }

  @Test
  func `VCI-WR-006 tells an image that was not made`() throws {
    let program = ReferenceProgram(change: { request, _ in
      if case .create = request { .done(.nothing) } else { nil }
    })
    #expect(try failures(program) == ["output-rejected-by-checker, writes, VCI-WR-001"])
  }

  @Test
  func `VCI-WR-002 tells a flag that is clear while the image is open`() throws {
    for isFlush in [false, true] {
      let program = ReferenceProgram(spoilOpen: { path, request in
        switch request {
        case .flush: if isFlush { put([0], at: 16, in: path) }
        case .write, .discard: if !isFlush { put([0], at: 16, in: path) }
        default: break
        }
      })
      #expect(try failures(program).first == "clear-flag, writes, VCI-WR-002")
    }
  }

  @Test
  func `VCI-WR-002 lets a program keep its changes to itself until close`() throws {
    let inner = ReferenceProgram().adapter
    var kept: [(request: PortRequest, bytes: [UInt8])] = []
    let folder = try WorkFolder()
    let adapter = FakeAdapter(["create", "open-rw", "write", "discard", "flush"]) {
      request throws(AdapterFailure) in
      switch request {
      case .write(_, _, let count, let file):
        kept.append((request, (try? StoredFile.read(file, limit: 1 << 24)) ?? []))
        return .done(.written(count, losses: []))
      case .discard, .flush:
        kept.append((request, []))
        return .done(.nothing)
      case .close:
        for (request, bytes) in kept { try repeated(request, bytes, inner, folder) }
        kept = []
        return try inner.answer(request)
      default: return try inner.answer(request)
      }
    }
    #expect(try failures(adapter, of: 0..<4) == [])
  }

  @Test
  func `VCI-WR-001 tells a dirty image that stays dirty`() throws {
    var wasDirty = false
    let program = ReferenceProgram(
      change: { request, _ in
        if case .open(let path, _, _, _) = request {
          wasDirty = (try? WorkFile(reading: path))?.bytes(at: 16, count: 1) == [1]
        }
        return nil
      },
      spoil: { if wasDirty { put([1], at: 16, in: $0) } })
    #expect(try failures(program).first?.hasPrefix("output-rejected-by-checker, ") == true)
  }

  @Test
  func `VCI-WR-001 tells a discard up to block 2^64 that wraps`() throws {
    let program = ReferenceProgram(change: { request, _ in
      guard case .discard(_, let block, let count) = request, block > 0, block &+ count == 0
      else { return nil }
      return .done(.nothing)
    })
    #expect(try failures(program).first?.hasPrefix("foreign-data, ") == true)
  }

  @Test
  func `VCI-WR-007 tells a modification UUID that is not stored`() throws {
    let program = ReferenceProgram(change: { request, _ in
      if case .setModUUID = request { .done(.nothing) } else { nil }
    })
    #expect(try failures(program).first == "wrong-bytes, writes, VCI-WR-007")
  }

  @Test
  func `VCI-WR-005 limits the file of some, after it was made`() throws {
    let program = ReferenceProgram()
    let adapter = program.adapter
    var limits: [UInt64] = []
    adapter.limits = { limits.append($0) }
    #expect(WorkloadKind.ofWorkload(6) == .limited)
    let result = WriterTest(seed: 1, index: 6).run(adapter, in: try WorkFolder(), nil)
    #expect(result.words == [])
    // A created image has at least header, map and root: 2 + 2 + 8 blocks.
    #expect(limits.count == 1)
    #expect(limits.allSatisfy { 12 * 512 + 64 * 512 <= $0 && $0 < 1 << 20 })
  }

  @Test
  func `VCI-WR-005 tells a write that fails, that takes nothing, or too much`() throws {
    for answer in [
      PortAnswer.refused(PortAnswer.Refusal(class: "space")), .done(.written(0, losses: [])),
      .done(.written(1 << 40, losses: [])), .done(.nothing),
    ] {
      let program = ReferenceProgram(change: { request, _ in
        if case .write = request { answer } else { nil }
      })
      let words = try failures(program)
      #expect(words.count == 1)
      #expect(words.first?.hasSuffix(", VCI-WR-005") == true)
    }
  }

  @Test
  func `VCI-RD-003 tells an image that its writer does not open again`() throws {
    var opens = 0
    let program = ReferenceProgram(change: { request, _ in
      guard case .open = request else { return nil }
      opens += 1
      return opens == 2 ? .refused(PortAnswer.Refusal(class: "state")) : nil
    })
    #expect(
      try failures(program) == ["refused-own-image, open for writing, VCI-RD-003"])
  }

  @Test
  func `ends where the program cannot open the image for want of a feature`() throws {
    var requests = 0
    let program = ReferenceProgram(change: { request, _ in
      requests += 1
      if case .open = request { return .unsupported(feature: "multi-level-tree") }
      return nil
    })
    #expect(
      try failures(program) == ["declared-but-unsupported, open for writing, VCI-RD-003"])
    #expect(requests == 2)
  }
}
