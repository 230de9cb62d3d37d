import SystemPackage
import VCIFormat
import VCIReference

/// Caches `bytes`, a whole number of blocks, as the first of a disk whose state is `state`, in a
/// new image of 2 MiB. Returns what was lost of them on the way.
func fillCache(at path: FilePath, with bytes: [UInt8], state: ImageUUID) throws -> [Loss] {
  var random = SystemRandomNumberGenerator()
  let plan = try CacheImage.Plan(
    blocks: 4096, type: .dynamic, imageUUID: ImageUUID.random(using: &random))
  try CacheImage.create(at: path, plan)

  let image = try CacheImage.open(at: path, purpose: .writing)
  var losses: [Loss] = []
  var done = 0
  while done < bytes.count {
    // A write takes one block at least. What is evicted for it, or cannot be kept, is no error.
    let taken = try unsafe image.write(
      bytes.span.bytes.extracting(done..<bytes.count),
      at: BlockOffset(UInt64(done) / Format.blockSize), losing: { losses.append($0) })
    done += Int(taken.bytes)
  }
  try image.flush()  // From here on a crash loses nothing.
  try image.setModificationUUID(state)  // Only now the cache agrees with this state of the disk.
  try image.close()
  return losses
}

/// Reads the first `count` blocks of the disk: from the cache if it has them, else from `disk`.
///
/// - Throws: `ImageError` if the cache agrees with another state of the disk than `state`.
func readCache(
  at path: FilePath, count: UInt64, state: ImageUUID,
  disk: (_ block: UInt64, _ count: UInt64) -> [UInt8]
) throws -> [UInt8] {
  let image = try CacheImage.open(at: path, purpose: .reading, expecting: state)
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 128 * Int(Format.blockSize))
  var block: UInt64 = 0
  while block < count {
    var span = buffer.mutableSpan
    var target = unsafe span.mutableBytes
    let wanted = BlockCount(min(128, count - block))
    switch try image.read(offset: BlockOffset(block), count: wanted, into: &target) {
    case .hit(let blocks):
      bytes += buffer.prefix(Int(blocks.bytes))
      block += blocks.rawValue
    case .miss(let blocks):
      bytes += disk(block, blocks.rawValue)
      block += blocks.rawValue
    }
  }
  try image.close()
  return bytes
}
