internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIReference

/// Compares the cached blocks of an image with a disk, in ascending order of blocks.
struct DiskComparison {
  private let image: CacheImage
  private let paths: (cache: FilePath, disk: FilePath)
  private let disk: FileStorage
  /// The disk block with which the disk begins if it is a part; `nil` if it is the whole disk.
  private let first: UInt64?
  private let runs: RunLines
  private let bar: ProgressBar
  /// The numbers of cached blocks, of those that differ, and of those that lie outside of a part.
  private(set) var cached: UInt64 = 0
  private(set) var differing: UInt64 = 0
  private(set) var outside: UInt64 = 0
  private var bytes = [UInt8](repeating: 0, count: pieceSize)
  private var diskBytes = [UInt8](repeating: 0, count: pieceSize)

  private static var pieceSize: Int { 1 << 20 }

  /// Makes a comparison of the cache and the disk in the files at `paths`.
  init(
    _ image: CacheImage, _ paths: (cache: FilePath, disk: FilePath), _ disk: FileStorage,
    from first: UInt64?, _ runs: RunLines, _ bar: ProgressBar
  ) {
    (self.image, self.paths, self.disk) = (image, paths, disk)
    (self.first, self.runs, self.bar) = (first, runs, bar)
  }

  /// Compares all cached blocks, and reports those that differ.
  ///
  /// - Throws: `ToolFailure` if image or disk cannot be read, or on an interrupt.
  mutating func run() throws {
    let size = try diskSize()
    var next: BlockOffset = 0
    while let extent = try nextExtent(from: next) {
      var block = extent.offset
      let end = block + extent.blocks
      while block < end {
        guard !Interruption.isRequested else {
          throw ToolFailure(
            code: 1, kind: "interrupted", "\(FileName(paths.cache)): interrupted")
        }
        // A piece does not go across the beginning of a part of the disk.
        let next = first.map { $0 > block.rawValue ? BlockOffset($0) : end } ?? end
        let count = min(
          (min(end, next) - block).rawValue, UInt64(Self.pieceSize) / Format.blockSize)
        block = block + (try compare(block, BlockCount(count), size))
        bar.show(BlockCount(cached).bytes, of: nil)
      }
      next = end
    }
    runs.finish()
  }

  private func diskSize() throws -> UInt64 {
    do throws(StorageError) {
      return try disk.byteCount()
    } catch {
      throw Failure.of(.storage(error), paths.disk)
    }
  }

  private func nextExtent(from block: BlockOffset) throws -> Extent? {
    guard block < Format.diskEnd else { return nil }
    do throws(ImageError) {
      return try image.nextExtent(from: block)
    } catch {
      throw Failure.of(error, paths.cache)
    }
  }

  /// Compares cached blocks from `block` on, `count` at most. Returns how many were compared.
  private mutating func compare(
    _ block: BlockOffset, _ count: BlockCount, _ size: UInt64
  ) throws -> BlockCount {
    let served = try read(block, count)
    cached += served.rawValue
    let start = block.rawValue
    let place = first.map { start >= $0 ? start - $0 : nil } ?? start
    let diskBlocks = (size + Format.blockSize - 1) / Format.blockSize
    let onDisk = place.map { $0 < diskBlocks ? diskBlocks - $0 : 0 } ?? 0
    let compared = min(served.rawValue, onDisk)
    if let place, compared > 0 { try readDisk(place, BlockCount(compared)) }
    for step in 0..<served.rawValue {
      guard step < compared else {
        note(outside: block + BlockCount(step))
        continue
      }
      let range = Int(step * Format.blockSize)..<Int((step + 1) * Format.blockSize)
      let isEqual = unsafe bytes.span.bytes.extracting(range)
        .isEqual(to: diskBytes.span.bytes.extracting(range))
      if !isEqual { note(differing: block + BlockCount(step)) }
    }
    return served
  }

  /// Notes a cached block that the disk does not have.
  private mutating func note(outside block: BlockOffset) {
    guard first == nil else {
      outside += 1
      return
    }
    note(differing: block)
  }

  private mutating func note(differing block: BlockOffset) {
    differing += 1
    runs.add(.differs, block, 1)
  }

  private mutating func read(_ block: BlockOffset, _ count: BlockCount) throws -> BlockCount {
    let image = image
    do throws(ImageError) {
      var span = bytes.mutableSpan
      var target = unsafe span.mutableBytes
      guard case .hit(let served) = try image.read(offset: block, count: count, into: &target)
      else { preconditionFailure("block \(block) was cached and is no more") }
      return served
    } catch {
      throw Failure.of(error, paths.cache)
    }
  }

  /// Reads blocks of the disk; what is behind its end is zeros.
  private mutating func readDisk(_ place: UInt64, _ count: BlockCount) throws {
    let disk = disk
    do throws(StorageError) {
      var span = diskBytes.mutableSpan
      var whole = unsafe span.mutableBytes
      whole.zero(0..<Int(count.bytes))
      var target = whole._mutatingExtracting(0..<Int(count.bytes))
      _ = try disk.read(at: place * Format.blockSize, into: &target)
    } catch {
      throw Failure.of(.storage(error), paths.disk)
    }
  }
}
