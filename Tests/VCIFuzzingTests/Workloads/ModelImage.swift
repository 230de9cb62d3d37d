@testable import VCIFuzzing
@testable import VCIReference
import VCIFormat
import VCIGenerators

/// A writer that keeps all blocks in memory and lays out a new image at each close: what the runner
/// of workloads is tried on, right and with faults.
final class ModelImage: OperatedImage {
  /// What it does wrong.
  enum Fault: CaseIterable {
    /// The second write since it was opened is claimed and not kept.
    case losesWrite
    /// A block that is cached keeps its bytes when it is written.
    case keepsStaleBytes
    /// What is evicted is not reported.
    case hidesEviction
    /// The flag stays set at close.
    case leavesFlag
    /// The flag is not set before the first change.
    case setsNoFlag
    /// What is discarded stays cached.
    case discardsNothing
    /// Once the cache is full, a write fails.
    case failsWhenFull
    /// Once the cache is full, a write takes nothing.
    case takesNothing
    /// An image that is open for reading takes writes.
    case writesWhenReading
    /// A miss is as long as the request.
    case missesTooMuch
    /// A block too few is laid out at close.
    case closesWithoutLast
    /// No list is laid out at close.
    case keepsNoList
    /// A block is evicted for each that is written, whether or not there is room.
    case evictsTooMuch
    /// A read asks the file on and on.
    case readsOnAndOn
  }

  private let storage: ImageInMemory
  private let fault: Fault?
  private var purpose: CacheImage.Purpose
  private let blocks: BlockCount
  /// What is cached, a block each, and the order in which it was written.
  private var contents: [UInt64: [UInt8]] = [:]
  private var order: [UInt64] = []
  private var isChanged = false
  private var writes = 0
  private(set) var activity = Activity()

  private init(
    _ storage: ImageInMemory, _ purpose: CacheImage.Purpose, _ fault: Fault?
  ) throws(ImageError) {
    self.storage = storage
    self.purpose = purpose
    self.fault = fault
    let opened = try CacheImage.open(storage, purpose: .reading)
    blocks = opened.information.blocks
    var next: UInt64 = 0
    while let extent = try opened.nextExtent(from: BlockOffset(next)) {
      for block in extent.offset.rawValue..<extent.offset.rawValue + extent.blocks.rawValue {
        var bytes = [UInt8](repeating: 0, count: 512)
        var span = bytes.mutableSpan
        var target = unsafe span.mutableBytes
        _ = try opened.read(offset: BlockOffset(block), count: 1, into: &target)
        contents[block] = bytes
        order.append(block)
      }
      next = extent.offset.rawValue + extent.blocks.rawValue
    }
  }

  /// The implementation whose images have `fault`.
  static func implementation(_ fault: Fault? = nil) -> Implementation {
    var made = Implementation()
    made.open = { (storage, purpose) throws(ImageError) in
      try ModelImage(storage, purpose, fault)
    }
    return made
  }

  /// A root of one leaf, behind header and map, is all the tree there is.
  private var capacity: Int {
    let metadata = 2 + Format.mapBlocks(for: blocks).rawValue + 8
    return Int(min(UInt64(Format.extentsPerLeaf), blocks.rawValue - metadata))
  }

  private var limit: Int { fault == .evictsTooMuch ? 2 : capacity }

  private func change() throws(ImageError) {
    guard purpose == .writing || fault == .writesWhenReading else { throw .readOnly }
    guard !isChanged else { return }
    isChanged = true
    put([fault == .setsNoFlag ? 0 : 1], at: 16)
  }

  private func put(_ bytes: [UInt8], at offset: UInt64) {
    unsafe try? storage.write(bytes.span.bytes, at: offset)
  }

  func write(
    _ bytes: RawSpan, at offset: BlockOffset, losing: (Loss) -> Void
  ) throws(ImageError) -> BlockCount {
    try change()
    writes += 1
    let count = UInt64(bytes.byteCount) / 512
    if fault == .losesWrite, writes == 2 { return BlockCount(count) }
    for step in 0..<count {
      let block = offset.rawValue + step
      guard block < Format.diskEnd.rawValue else {
        activity.droppedBlocks += 1
        losing(Loss(offset: BlockOffset(block), count: 1, cause: .dropped))
        continue
      }
      if contents[block] == nil, order.count == limit {
        if fault == .failsWhenFull { throw .cancelled }
        if fault == .takesNothing { return 0 }
        evict(losing)
      }
      if fault == .keepsStaleBytes, contents[block] != nil { continue }
      let start = Int(step * 512)
      order.removeAll { $0 == block }
      order.append(block)
      var held = [UInt8](repeating: 0, count: 512)
      var span = held.mutableSpan
      var target = unsafe span.mutableBytes
      target.copy(bytes.extracting(start..<start + 512), to: 0)
      contents[block] = held
    }
    return BlockCount(count)
  }

  private func evict(_ losing: (Loss) -> Void) {
    let block = order.removeFirst()
    contents[block] = nil
    activity.evictions += 1
    guard fault != .hidesEviction else { return }
    activity.evictedBlocks += 1
    losing(Loss(offset: BlockOffset(block), count: 1, cause: .evicted))
  }

  func locate(offset: BlockOffset, count: BlockCount) throws(ImageError) -> ReadAnswer {
    let block = offset.rawValue
    if contents[block] != nil { return .hit(1) }
    if fault == .missesTooMuch { return .miss(count) }
    let next = order.filter { $0 > block }.min()
    return .miss(BlockCount(min(count.rawValue, next.map { $0 - block } ?? .max)))
  }

  func read(
    offset: BlockOffset, count: BlockCount, into buffer: inout MutableRawSpan
  ) throws(ImageError) -> ReadAnswer {
    if fault == .readsOnAndOn, order.count > 1 {
      while true {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        var span = bytes.mutableSpan
        var target = unsafe span.mutableBytes
        do throws(StorageError) {
          _ = try storage.read(at: 0, into: &target)
        } catch {
          throw .storage(error)
        }
      }
    }
    if let bytes = contents[offset.rawValue] { unsafe buffer.copy(bytes.span.bytes, to: 0) }
    return try locate(offset: offset, count: count)
  }

  func nextExtent(from block: BlockOffset) throws(ImageError) -> Extent? {
    guard let next = order.filter({ $0 >= block.rawValue }).min() else { return nil }
    // Whoever has it open for reading reads the links of the list.
    let link: BlockAddress = fault == .keepsNoList || purpose == .writing ? 0 : 2
    return Extent(previous: link, next: link, offset: BlockOffset(next), blocks: 1, address: 2)
  }

  func discard(
    offset: BlockOffset, count: BlockCount, losing: (Loss) -> Void
  ) throws(ImageError) {
    guard purpose == .writing else { throw .readOnly }
    try change()
    guard fault != .discardsNothing else { return }
    let gone = order.filter { $0 >= offset.rawValue && $0 - offset.rawValue < count.rawValue }
    for block in gone { contents[block] = nil }
    order.removeAll { gone.contains($0) }
  }

  func flush() throws(ImageError) {
    guard purpose == .writing || fault == .writesWhenReading else { throw .readOnly }
  }

  func reopen(for purpose: CacheImage.Purpose) throws(ImageError) {
    try close()
    self.purpose = purpose
    (isChanged, writes, activity) = (false, 0, Activity())
  }

  func close() throws(ImageError) {
    guard isChanged else { return }
    let kept = fault == .closesWithoutLast ? Array(order.sorted().dropLast()) : order.sorted()
    let root = 2 + Format.mapBlocks(for: blocks).rawValue
    let extents = kept.enumerated().map { index, block in
      let address = root + 8 + UInt64(index)
      return Extent(
        previous: BlockAddress(index > 0 ? address - 1 : 0),
        next: BlockAddress(index + 1 < kept.count ? address + 1 : 0),
        offset: BlockOffset(block), blocks: 1, address: BlockAddress(address))
    }
    var plan = ImagePlan(
      blocks: blocks, mapAddress: 2, rootAddress: BlockAddress(root), extents: extents,
      size: (root + 8 + UInt64(kept.count)) * 512)
    if fault != .keepsNoList { plan.link(in: Array(extents.indices)) }
    put(EditableImage(plan).bytes.materialized(limit: 1 << 24) ?? [], at: 0)
    for extent in extents {
      put(contents[extent.offset.rawValue] ?? [], at: extent.address.bytes)
    }
    if fault == .leavesFlag { put([1], at: 16) }
  }

  func checkInvariants() {
    precondition(order.count == contents.count, "\(order.count) of \(contents.count) blocks")
  }
}
