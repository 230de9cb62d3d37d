import SystemPackage
import VCICorpus
import VCIFormat
import VCIGenerators
import VCIReference

@testable import VCIConformance

/// The reference as a program under test.
final class ReferenceProgram {
  private var image: CacheImage?
  private var path: FilePath = ""
  /// What is wrong with it: an answer to a request in place of its own.
  private let change: (PortRequest, _ isCached: () -> Bool) -> PortAnswer?
  /// What it does to the file after it was closed.
  private let spoil: (FilePath) -> Void
  /// What it does to the file of an open image, after a request was carried out.
  private let spoilOpen: (FilePath, PortRequest) -> Void

  init(
    change: @escaping (PortRequest, () -> Bool) -> PortAnswer? = { _, _ in nil },
    spoil: @escaping (FilePath) -> Void = { _ in },
    spoilOpen: @escaping (FilePath, PortRequest) -> Void = { _, _ in }
  ) {
    self.change = change
    self.spoil = spoil
    self.spoilOpen = spoilOpen
  }

  var adapter: FakeAdapter { adapter() }

  /// Returns the program with more operations than those that only write.
  func adapter(and more: Set<String> = []) -> FakeAdapter {
    let operations = more.union(["create", "open-rw", "write", "discard", "flush", "set-moduuid"])
    return FakeAdapter(operations) { request in
      do throws(ImageError) {
        return try self.answer(request)
      } catch {
        return .refused(PortAnswer.Refusal(class: "other", message: "\(error)"))
      }
    }
  }

  private func answer(_ request: PortRequest) throws(ImageError) -> PortAnswer {
    if let changed = change(request, { self.isCached(request) }) { return changed }
    defer { if image != nil { spoilOpen(path, request) } }
    switch request {
    case .create(let path, let blocks, let isFixed, let uuid):
      try CacheImage.create(
        at: path,
        try CacheImage.Plan(
          blocks: BlockCount(blocks), type: isFixed ? .fixed : .dynamic, imageUUID: uuid))
    case .open(let path, _, _, _):
      self.path = path
      image = try CacheImage.open(at: path, purpose: .writing)
    case .write(_, let block, _, let file):
      let bytes = (try? StoredFile.read(file, limit: 1 << 24)) ?? []
      let taken = try image?.write(unsafe bytes.span.bytes, at: BlockOffset(block)) { _ in }
      return .done(.written(taken?.rawValue ?? 0, losses: []))
    case .read(_, let block, _, let file):
      var bytes = [UInt8](repeating: 0, count: 512)
      var span = bytes.mutableSpan
      var target = unsafe span.mutableBytes
      let found = try image?.read(offset: BlockOffset(block), count: 1, into: &target)
      guard case .hit = found else {
        return .done(.runs([PortAnswer.Run(isHit: false, block: block, count: 1)]))
      }
      put(bytes, at: 0, in: file)
      return .done(.runs([PortAnswer.Run(isHit: true, block: block, count: 1)]))
    case .discard(_, let block, let count):
      try image?.discard(offset: BlockOffset(block), count: BlockCount(count))
    case .flush: try image?.flush()
    case .setModUUID(_, let uuid): try image?.setModificationUUID(uuid)
    case .close:
      try image?.close()
      image = nil
      spoil(path)
    default: return .notImplemented
    }
    return .done(.nothing)
  }

  private func isCached(_ request: PortRequest) -> Bool {
    guard case .write(_, let block, _, _) = request else { return false }
    return (try? image?.nextExtent(from: BlockOffset(block)))?.offset == BlockOffset(block)
  }
}
