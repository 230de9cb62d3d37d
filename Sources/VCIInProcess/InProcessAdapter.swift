internal import SystemPackage
internal import VCIConformance
internal import VCIFormat

/// An implementation of this process, as an adapter of the test port.
final class InProcessAdapter<Tested: Implementation>: Adapter {
  let capabilities: Capabilities
  /// What the last error of the implementation said.
  private(set) var errorTail: [UInt8] = []
  private let make: () -> Tested
  /// The implementation; `nil` until the first request after a finish.
  private var program: Tested?
  private var images: [String: Tested.Image] = [:]

  /// The most blocks of a write that are offered at once: 8 MiB.
  private static var mostWrittenBlocks: UInt64 { 1 << 14 }
  /// The most distance of a hit from the first block of a read, in bytes, but for the first run.
  private static var mostDistance: UInt64 { 1 << 40 }

  /// Makes the adapter. `make` is called once for each time that a process would be started.
  init(_ make: @escaping () -> Tested) {
    self.make = make
    capabilities = Capabilities(make().declaration)
  }

  func answer(_ request: PortRequest) throws(AdapterFailure) -> PortAnswer {
    errorTail = []
    let program = program ?? make()
    self.program = program
    do {
      return .done(try details(of: request, by: program))
    } catch let refusal as Refusal {
      return try refusal.answer()
    } catch let failure as AdapterFailure {
      throw failure
    } catch {
      throw .internalError("\(error)")
    }
  }

  private func details(
    of request: PortRequest, by program: Tested
  ) throws -> PortAnswer.Details {
    switch request {
    case .hello: return .capabilities(capabilities)
    case .bye, .ping: break
    case .probe(let image): try program.probe(image.string)
    case .open(let image, let handle, let mode, let uuid):
      images[handle] = try program.open(
        image.string, for: mode == .reading ? .reading : .writing,
        modificationUUID: uuid?.description)
    case .extents(let image, _):
      return .extents(
        try program.extents(image.string).map {
          PortAnswer.BlockPair(block: $0.block, count: $0.count)
        })
    case .create(let image, let blocks, let isFixed, let uuid):
      try program.create(
        image.string, blocks: blocks, isFixed: isFixed, uuid: uuid.description)
    case .check(let image):
      return .findings(
        try program.check(image.string).map {
          PortAnswer.Finding(rule: $0.rule, class: $0.class)
        })
    case .close(let handle):
      if let image = images.removeValue(forKey: handle) { try program.close(image) }
    case .info(let handle), .read(let handle, _, _, _), .write(let handle, _, _, _),
      .discard(let handle, _, _), .flush(let handle), .setModUUID(let handle, _):
      return try use(handle) { try details(of: request, by: program, in: &$0) }
    }
    return .nothing
  }

  /// Makes a request about an image that is open.
  private func details(
    of request: PortRequest, by program: Tested, in image: inout Tested.Image
  ) throws -> PortAnswer.Details {
    switch request {
    case .info: return .info(try PortAnswer.Info(try program.information(&image)))
    case .read(_, let block, let count, let file):
      let runs = try program.read(&image, block: block, count: count)
      return .runs(try Self.store(runs, from: block, into: file))
    case .write(_, let block, let count, let file):
      let bytes = try Self.bytes(of: min(count, Self.mostWrittenBlocks), in: file)
      return .written(try program.write(&image, block: block, bytes: bytes), losses: [])
    case .discard(_, let block, let count):
      try program.discard(&image, block: block, count: count)
    case .flush: try program.flush(&image)
    case .setModUUID(_, let uuid): try program.setModificationUUID(&image, uuid.description)
    default: preconditionFailure("\(request) is about no image that is open")
    }
    return .nothing
  }

  /// Lends the image of a handle.
  private func use<Result>(
    _ handle: String, _ body: (inout Tested.Image) throws -> Result
  ) throws -> Result {
    guard var image = images.removeValue(forKey: handle) else {
      preconditionFailure("no image is open as \(handle)")
    }
    defer { images[handle] = image }
    return try body(&image)
  }

  func requireLimits() {}

  func finish() throws(AdapterFailure) {
    defer { program = nil }
    guard let program else { return }
    let open = images.sorted { $0.key < $1.key }
    images = [:]
    for (handle, image) in open {
      do {
        try program.close(image)
      } catch {
        throw .internalError("the image \(handle) could not be closed: \(error)")
      }
    }
  }

  func end() { try? finish() }
}

extension InProcessAdapter {
  /// Writes the bytes of hits into the file of a read, and returns the runs.
  ///
  /// - Throws: `AdapterFailure.protocolViolation` for a hit that is not of whole blocks, or for
  ///   more blocks than there are numbers.
  private static func store(
    _ runs: [ReadRun], from block: UInt64, into path: FilePath
  ) throws -> [PortAnswer.Run] {
    let file = try FileDescriptor.open(path, .writeOnly)
    defer { try? file.close() }
    var stored: [PortAnswer.Run] = []
    var distance: UInt64 = 0
    for run in runs {
      let (first, isBehind) = block.addingReportingOverflow(distance)
      guard !isBehind else {
        throw AdapterFailure.protocolViolation("runs behind block 2^64 - 1")
      }
      switch run {
      case .miss(let count):
        stored.append(PortAnswer.Run(isHit: false, block: first, count: count))
        distance = distance.addingReportingOverflow(count).partialValue
      case .hit(let bytes):
        guard UInt64(bytes.count) % Format.blockSize == 0 else {
          throw AdapterFailure.protocolViolation("a hit of \(bytes.count) bytes, not of blocks")
        }
        // The file would be far larger than what is in it. The rest is asked for.
        guard stored.isEmpty || distance <= mostDistance / Format.blockSize else { return stored }
        try file.writeAll(toAbsoluteOffset: Int64(distance * Format.blockSize), bytes)
        let count = UInt64(bytes.count) / Format.blockSize
        stored.append(PortAnswer.Run(isHit: true, block: first, count: count))
        distance += count
      }
    }
    return stored
  }

  /// Returns the first `count` blocks of the file of a write.
  private static func bytes(of count: UInt64, in path: FilePath) throws -> [UInt8] {
    let file = try FileDescriptor.open(path, .readOnly)
    defer { try? file.close() }
    let wanted = Int(count * Format.blockSize)
    return try unsafe Array(unsafeUninitializedCapacity: wanted) { buffer, done in
      while done < wanted {
        let rest = unsafe UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[done...])
        let read = try unsafe file.read(fromAbsoluteOffset: Int64(done), into: rest)
        guard read > 0 else { break }
        done += read
      }
    }
  }
}
