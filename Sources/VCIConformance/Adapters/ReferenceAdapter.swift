internal import SystemPackage
internal import VCIChecker
internal import VCIFormat
internal import VCIReference

/// The reference implementation and the checker as an adapter in this process.
package final class ReferenceAdapter: Adapter {
  package let capabilities: Capabilities
  package let errorTail: [UInt8] = []
  private var images: [String: CacheImage] = [:]

  package init() {
    var capabilities = Capabilities()
    capabilities.name = "VCIReference"
    capabilities.version = "0.1.0"
    capabilities.language = "Swift"
    capabilities.operations = Set(Capabilities.operations).subtracting([
      "repair-leaks", "repair-all",
    ])
    capabilities.features = Set(Feature.allCases)
    capabilities.durability = .flush
    self.capabilities = capabilities
  }

  package func answer(_ request: PortRequest) throws(AdapterFailure) -> PortAnswer {
    do throws(ImageError) {
      if case .probe(let path) = request { return try probe(path) }
      return .done(try details(request))
    } catch {
      return .refused(Self.refusal(error))
    }
  }

  package func requireLimits() {}

  package func finish() {
    for image in images.values { try? image.close() }
    images = [:]
  }

  package func end() { finish() }

  private func details(_ request: PortRequest) throws(ImageError) -> PortAnswer.Details {
    switch request {
    case .hello: return .capabilities(capabilities)
    case .bye, .ping, .probe: return .nothing
    case .open(let path, let handle, let mode, let uuid):
      images[handle] = try CacheImage.open(
        at: path, purpose: mode == .reading ? .reading : .writing, expecting: uuid)
    case .info(let handle): return .info(Self.info(image(handle).information))
    case .read(let handle, let block, let count, let file):
      return .runs(try read(image(handle), block, count, into: file))
    case .extents(let path, _): return .extents(try extents(path))
    case .create(let path, let blocks, let isFixed, let uuid):
      let plan = try CacheImage.Plan(
        blocks: BlockCount(blocks), type: isFixed ? .fixed : .dynamic, imageUUID: uuid)
      try CacheImage.create(at: path, plan)
    case .write(let handle, let block, let count, let file):
      return try write(image(handle), block, count, from: file)
    case .discard(let handle, let block, let count):
      try image(handle).discard(
        offset: BlockOffset(block), count: BlockCount(count), losing: { _ in })
    case .flush(let handle): try image(handle).flush()
    case .setModUUID(let handle, let uuid): try image(handle).setModificationUUID(uuid)
    case .close(let handle): try images.removeValue(forKey: handle)?.close()
    case .check(let path): return .findings(try findings(path))
    }
    return .nothing
  }

  private func image(_ handle: String) -> CacheImage {
    guard let image = images[handle] else { preconditionFailure("no handle \(handle)") }
    return image
  }

  /// VCI-RD-001: a probe says yes, no, or that the file cannot be read.
  private func probe(_ path: FilePath) throws(ImageError) -> PortAnswer {
    do throws(StorageError) {
      switch try VCIReference.probe(try FileStorage(reading: path)) {
      case .mine: return .done(.nothing)
      case .notMine(let violation):
        return .refused(PortAnswer.Refusal(rule: violation.rule.id, class: "not-vci"))
      }
    } catch {
      throw .storage(error)
    }
  }

  private static func info(_ known: CacheImage.Information) -> PortAnswer.Info {
    PortAnswer.Info(
      version: UInt64(known.version), isFixed: known.type == .fixed,
      blocks: known.blocks.rawValue, isDirty: known.isDirty, uuid: known.imageUUID,
      modUUID: known.modificationUUID)
  }

  /// The blocks of a piece that is read at once.
  private static let pieceBlocks: UInt64 = 2048

  /// Reads blocks into a file, hits at their distance from `block`.
  private func read(
    _ image: CacheImage, _ block: UInt64, _ count: UInt64, into path: FilePath
  ) throws(ImageError) -> [PortAnswer.Run] {
    var buffer = [UInt8](
      repeating: 0, count: Int(min(count, Self.pieceBlocks) * Format.blockSize))
    let file = try? WorkFile(writing: path)
    defer { file?.close() }
    var runs: [PortAnswer.Run] = []
    var done: UInt64 = 0
    while done < count, runs.count < 1000 {
      let place = BlockOffset(block + done)
      do throws(ImageError) {
        if case .miss(let missing) = try image.locate(
          offset: place, count: BlockCount(count - done))
        {
          runs.append(PortAnswer.Run(isHit: false, block: block + done, count: missing.rawValue))
          done += missing.rawValue
          continue
        }
        var span = buffer.mutableSpan
        var target = unsafe span.mutableBytes
        let wanted = BlockCount(min(count - done, Self.pieceBlocks))
        guard case .hit(let served) = try image.read(offset: place, count: wanted, into: &target)
        else { preconditionFailure("block \(place) is located and is a miss") }
        let offset = done * Format.blockSize
        // A hit for which no file is large enough is asked for again, by itself.
        guard (try? file?.write(buffer[..<Int(served.bytes)], at: offset)) != nil else {
          if runs.isEmpty { preconditionFailure("the file of a read cannot be written") }
          return runs
        }
        runs.append(PortAnswer.Run(isHit: true, block: block + done, count: served.rawValue))
        done += served.rawValue
      } catch {
        // What was answered so far is right; the damage is met again by the next request.
        guard !runs.isEmpty else { throw error }
        return runs
      }
    }
    return runs
  }

  private func extents(_ path: FilePath) throws(ImageError) -> [PortAnswer.BlockPair] {
    let image = try CacheImage.open(at: path, purpose: .reading)
    var pairs: [PortAnswer.BlockPair] = []
    var next: UInt64 = 0
    while let extent = try image.nextExtent(from: BlockOffset(next)) {
      pairs.append(
        PortAnswer.BlockPair(block: extent.offset.rawValue, count: extent.blocks.rawValue))
      next = extent.offset.rawValue + extent.blocks.rawValue
    }
    try image.close()
    return pairs
  }

  private func write(
    _ image: CacheImage, _ block: UInt64, _ count: UInt64, from path: FilePath
  ) throws(ImageError) -> PortAnswer.Details {
    guard let file = try? WorkFile(reading: path) else {
      preconditionFailure("the data of a write cannot be read")
    }
    defer { file.close() }
    let bytes = file.bytes(at: 0, count: Int(count * Format.blockSize))
    var losses: [PortAnswer.Loss] = []
    let written = try image.write(unsafe bytes.span.bytes, at: BlockOffset(block)) { loss in
      losses.append(
        PortAnswer.Loss(
          isEviction: loss.cause == .evicted, block: loss.offset.rawValue,
          count: loss.count.rawValue))
    }
    return .written(written.rawValue, losses: losses)
  }

  private func findings(_ path: FilePath) throws(ImageError) -> [PortAnswer.Finding] {
    do throws(StorageError) {
      let report = try Checker().check(try FileStorage(reading: path))
      let findings = report.findings.map {
        PortAnswer.Finding(rule: $0.rule.id, class: $0.ruleClass.rawValue)
      }
      return Set(findings).sorted { ($0.rule, $0.class) < ($1.rule, $1.class) }
    } catch {
      throw .storage(error)
    }
  }

  private static func refusal(_ error: ImageError) -> PortAnswer.Refusal {
    let name: String? =
      switch error {
      case .violation: nil
      case .storage, .fileShrank: "io"
      case .notUpToDate: "not-up-to-date"
      case .locked: "locked"
      case .noRoomToWrite: "no-room"
      case .readOnly, .informationOnly, .closed: "state"
      case .partialBlock, .emptyRequest, .shortBuffer, .sizeOutOfRange: "argument"
      case .notInFile, .cancelled: "other"
      }
    var rule: String?
    if case .violation(let violation) = error { rule = violation.rule.id }
    return PortAnswer.Refusal(rule: rule, class: name, message: "\(error)")
  }
}
