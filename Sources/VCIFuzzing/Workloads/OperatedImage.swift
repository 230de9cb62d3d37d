internal import VCIFormat
internal import VCIReference

/// The requests of a `WorkloadRun` to an image.
///
/// `CacheImage` documents each of them.
protocol OperatedImage: AnyObject {
  func write(
    _ bytes: RawSpan, at offset: BlockOffset, losing: (Loss) -> Void
  ) throws(ImageError) -> BlockCount
  func read(
    offset: BlockOffset, count: BlockCount, into buffer: inout MutableRawSpan
  ) throws(ImageError) -> ReadAnswer
  func locate(offset: BlockOffset, count: BlockCount) throws(ImageError) -> ReadAnswer
  func nextExtent(from block: BlockOffset) throws(ImageError) -> Extent?
  func discard(
    offset: BlockOffset, count: BlockCount, losing: (Loss) -> Void
  ) throws(ImageError)
  func flush() throws(ImageError)
  func reopen(for purpose: CacheImage.Purpose) throws(ImageError)
  func close() throws(ImageError)
  var activity: Activity { get }
  func checkInvariants()
}

extension CacheImage: OperatedImage {}

/// What creates and opens images: the reference, or its stand-in in a test.
struct Implementation {
  /// Makes an empty cache in storage that is empty.
  var create: (ImageInMemory, CacheImage.Plan) throws(ImageError) -> Void = {
    (storage, plan) throws(ImageError) in
    try CacheImage.create(in: storage, plan)
  }
  /// Opens the image in the storage.
  var open: (ImageInMemory, CacheImage.Purpose) throws(ImageError) -> any OperatedImage = {
    (storage, purpose) throws(ImageError) in
    try CacheImage.open(storage, purpose: purpose)
  }
}
