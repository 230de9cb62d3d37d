internal import Glibc
internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

/// A writable image in memory: written pages over the original bytes.
///
/// It counts the bytes of all requests and throws after a limit, so that an endless loop of
/// requests ends. Its disk can be crashed, and one of its calls can fail.
final class ImageInMemory: Storage {
  private static let pageSize = 4096
  private static let emptyPage = [UInt8](repeating: 0, count: pageSize)

  private var base: SparseBytes
  /// The number of bytes of the base that no resize has cut off.
  private var baseEnd: UInt64
  private var size: UInt64
  /// The indices of the written pages, in ascending order, and the offset of each page in `bytes`.
  private var pages: [UInt64] = []
  private var slots: [Int] = []
  private var bytes: [UInt8] = []

  /// The work since `allow`: the bytes of all requests, and 16 for each request.
  private(set) var work: UInt64 = 0
  private var allowed = UInt64.max
  /// The number of writes, resizes and allocations so far.
  private(set) var changes: UInt64 = 0
  /// What is durable; `nil` as long as that is not recorded.
  var disk: UnsettledDisk?
  /// The call that is to fail; `nil` if none is.
  var failing: FailingCall?

  /// Makes an image that begins with these bytes.
  init(_ base: SparseBytes = SparseBytes(size: 0)) {
    self.base = base
    baseEnd = base.size
    size = base.size
  }

  /// Makes it hold `bytes`, all of them durable.
  func reset(to bytes: [UInt8]) {
    base = SparseBytes(bytes)
    (baseEnd, size) = (base.size, base.size)
    pages.removeAll()
    slots.removeAll()
    self.bytes.removeAll()
    changes += 1
    disk = UnsettledDisk(bytes)
  }

  /// Starts to record what is durable, unless the file is larger than `limit` bytes. At first all
  /// is.
  func recordDisk(limit: UInt64) { disk = allBytes(limit: limit).map { UnsettledDisk($0) } }

  /// Returns all bytes; `nil` if they are more than `limit`.
  func allBytes(limit: UInt64) -> [UInt8]? {
    guard size <= limit else { return nil }
    var held = [UInt8](repeating: 0, count: Int(clamping: size))
    held.withMutableBytes { _ = copy(from: 0, into: &$0) }
    return held
  }

  /// Starts to count work from 0, and sets its limit.
  func allow(_ limit: UInt64) {
    work = 0
    allowed = limit
  }

  /// Whether the work has exceeded the limit.
  var isExhausted: Bool { work > allowed }

  /// The number of bytes kept in memory.
  var keptBytes: UInt64 { UInt64(base.keptBytes + bytes.count) }

  func byteCount() throws(StorageError) -> UInt64 { size }

  func read(
    at offset: UInt64, into buffer: inout MutableRawSpan
  ) throws(StorageError) -> Int {
    try spend(buffer.byteCount, .read, offset)
    try strike(.read, offset)
    return copy(from: offset, into: &buffer)
  }

  /// Copies bytes from `offset` on until `buffer` is full or the image ends. Returns how many.
  private func copy(from offset: UInt64, into buffer: inout MutableRawSpan) -> Int {
    guard offset < size else { return 0 }
    let count = Int(min(UInt64(buffer.byteCount), size - offset))
    var done = 0
    while done < count {
      let start = offset + UInt64(done)
      let page = start / UInt64(Self.pageSize)
      let inPage = Int(start % UInt64(Self.pageSize))
      let index = index(of: page)
      if index < pages.count, pages[index] == page {
        let part = min(count - done, Self.pageSize - inPage)
        let source = slots[index] + inPage
        unsafe buffer.copy(bytes.span.bytes.extracting(source..<source + part), to: done)
        done += part
      } else {
        let next = index < pages.count ? pages[index] * UInt64(Self.pageSize) : .max
        let part = Int(min(UInt64(count - done), next - start))
        var rest = buffer._mutatingExtracting(done..<done + part)
        readBase(at: start, into: &rest)
        done += part
      }
    }
    return count
  }

  func write(_ new: RawSpan, at offset: UInt64) throws(StorageError) {
    try spend(new.byteCount, .write, offset)
    let (end, overflow) = offset.addingReportingOverflow(UInt64(new.byteCount))
    guard !overflow else { throw StorageError(.write, offset: offset, code: EFBIG, reason: "") }
    do throws(StorageError) {
      try strike(.write, offset)
    } catch {
      let stored = failing?.storedBytes(of: new.byteCount) ?? 0
      if stored > 0 { put(new.extracting(first: stored), at: offset, end: offset + UInt64(stored)) }
      throw error
    }
    put(new, at: offset, end: end)
  }

  /// Writes bytes that end at `end`.
  private func put(_ new: RawSpan, at offset: UInt64, end: UInt64) {
    size = max(size, end)
    changes += 1
    note { .write(offset: offset, bytes: [UInt8](copying: new)) }
    var done = 0
    while done < new.byteCount {
      let start = offset + UInt64(done)
      let inPage = Int(start % UInt64(Self.pageSize))
      let part = min(new.byteCount - done, Self.pageSize - inPage)
      let slot = slot(of: start / UInt64(Self.pageSize))
      var span = bytes.mutableSpan
      var target = unsafe span.mutableBytes
      target.copy(new.extracting(done..<done + part), to: slot + inPage)
      done += part
    }
  }

  func resize(to byteCount: UInt64) throws(StorageError) {
    try spend(0, .resize, byteCount)
    try strike(.resize, byteCount)
    changes += 1
    if byteCount < size { cut(to: byteCount) }
    size = byteCount
    note { .setLength(byteCount) }
  }

  func allocate(_ count: UInt64, at offset: UInt64) throws(StorageError) {
    try spend(0, .resize, offset)
    let (end, overflow) = offset.addingReportingOverflow(count)
    guard !overflow else { throw StorageError(.resize, offset: offset, code: EFBIG, reason: "") }
    try strike(.resize, offset)
    changes += 1
    guard end > size else { return }
    size = end
    note { .setLength(end) }
  }

  func synchronize() throws(StorageError) {
    try spend(0, .flush, 0)
    try strike(.flush, 0)
    note { .flush }
  }

  func nextData(from offset: UInt64) throws(StorageError) -> UInt64? {
    try spend(0, .seek, offset)
    guard offset < size else { return nil }
    let page = offset / UInt64(Self.pageSize)
    let index = index(of: page)
    var next = UInt64.max
    if index < pages.count { next = max(offset, pages[index] * UInt64(Self.pageSize)) }
    if offset < baseEnd, let data = base.nextData(from: offset), data < baseEnd {
      next = min(next, data)
    }
    return next < size ? next : nil
  }
}

extension ImageInMemory {
  /// Adds a change to what the disk knows, as long as the file is small.
  private func note(_ event: () -> DiskTrace.Event) {
    guard disk != nil else { return }
    if size > WorkloadRun.largestTroubled {
      disk = nil
    } else {
      disk?.append(event())
    }
  }

  /// Lets the call fail if it is the one that is to.
  private func strike(
    _ operation: StorageError.Operation, _ offset: UInt64
  ) throws(StorageError) {
    guard failing != nil, let error = failing?.strike(operation, offset) else { return }
    throw error
  }

  private func spend(
    _ byteCount: Int, _ operation: StorageError.Operation, _ offset: UInt64
  ) throws(StorageError) {
    work += UInt64(byteCount) + 16
    guard work <= allowed else {
      throw StorageError(
        operation, offset: offset, code: EIO, reason: "more was asked of it than can be needed")
    }
  }

  /// Returns the index of the first written page at or after `page`. O(log n), and O(1) after the
  /// last page.
  private func index(of page: UInt64) -> Int {
    guard let last = pages.last, last >= page else { return pages.count }
    return pages.partitionPoint { $0 >= page }
  }

  /// Returns the offset of `page` in `bytes`. Adds the page, with the bytes of the base, if it is
  /// not there.
  private func slot(of page: UInt64) -> Int {
    let index = index(of: page)
    if index < pages.count, pages[index] == page { return slots[index] }
    let slot = bytes.count
    bytes.append(contentsOf: Self.emptyPage)
    var span = bytes.mutableSpan
    var whole = unsafe span.mutableBytes
    var target = whole._mutatingExtracting(slot..<slot + Self.pageSize)
    readBase(at: page * UInt64(Self.pageSize), into: &target)
    pages.insert(page, at: index)
    slots.insert(slot, at: index)
    return slot
  }

  /// Fills `buffer` with the bytes of the base from `offset` on, and with zeros after the end of
  /// the base.
  private func readBase(at offset: UInt64, into buffer: inout MutableRawSpan) {
    let count = offset < baseEnd ? Int(min(UInt64(buffer.byteCount), baseEnd - offset)) : 0
    if count > 0 {
      var part = buffer._mutatingExtracting(0..<count)
      _ = base.read(at: offset, into: &part)
    }
    buffer.zero(count..<buffer.byteCount)
  }

  /// Removes all bytes from `end` on.
  private func cut(to end: UInt64) {
    baseEnd = min(baseEnd, end)
    let page = end / UInt64(Self.pageSize)
    let rest = Int(end % UInt64(Self.pageSize))
    var index = index(of: page)
    if rest > 0, index < pages.count, pages[index] == page {
      var span = bytes.mutableSpan
      var whole = unsafe span.mutableBytes
      whole.zero(slots[index] + rest..<slots[index] + Self.pageSize)
      index += 1
    }
    pages.removeSubrange(index...)
    slots.removeSubrange(index...)
  }
}

extension [UInt8] {
  /// Makes a copy of `bytes`.
  fileprivate init(copying bytes: RawSpan) {
    self.init(repeating: 0, count: bytes.byteCount)
    withMutableBytes { $0.copy(bytes, to: 0) }
  }
}
