internal import VCIFormat
internal import VCIReference

/// The requests that a `WorkloadRun` makes to an image. It is a protocol so that a test can use a
/// faulty image.
///
/// `CacheImage` documents each request.
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

/// The functions that create and open images: by default those of the reference; a test replaces
/// them.
struct Implementation {
  /// Creates an empty cache in empty storage.
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
